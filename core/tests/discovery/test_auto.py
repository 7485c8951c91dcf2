"""`Auto` asks the algorithms of every installed plugin how well they suit a search, and takes the best."""

import math
import os
import subprocess
import sys

import pytest
import yaml
from fgspace import Objectives
from fgspace.api import space
from fgspace.plugins.registry import load_registry
from fgspace.study.algorithms.auto import pick

SMALL = space({"type": "FineGrainedSpace", "hyper_parameters": {"depth": {"int": [1, 9]}}})
LARGE = space({"type": "FineGrainedSpace", "hyper_parameters": {"rate": {"float": [0.1, 0.9]}}})
ALGORITHMS = '''
"""An algorithm with an option."""

from fgspace import Algorithm


class Keen(Algorithm):
    """Draws at random."""

    def __init__(self, space, objectives, *, seed: int = 0, steps: int = 1):
        super().__init__(space, objectives, seed=seed)

    def propose(self, rng):
        return self.fresh(lambda: self.space.sample(rng))
'''


def provides(**suits):
    """Return the source of a plugin with these algorithms, given the source of each `suits`."""
    records = [
        f"Provided({name!r}, 'fgspace_acme.algorithms:Keen', 'is keen', suits={source})"
        for name, source in suits.items()
    ]
    return (
        "from fgspace import Fit, Provided, hookimpl\n\n@hookimpl\ndef fgspace_provide_algorithms():\n"
        f"    return [{', '.join(records)}]\n"
    )


def picked(searched=LARGE, trials=20, **objectives):
    return str(pick(searched, Objectives(objectives or {"score": "max"}), trials, load_registry()))


def test_an_algorithm_of_another_plugin_is_taken_where_it_suits_the_search_best(install):
    install("acme", provides(Keen="lambda task: Fit(50, f'{task.trials} trials are to its taste')"))
    assert picked() == "Keen, since 20 trials are to its taste"
    assert picked(SMALL, 20) == "GridSearch, since 20 trials go through all 9 points"


def test_what_is_told_of_the_search_is_its_size_its_trials_and_which_objectives_are_measured(install):
    install("acme", provides(Keen="lambda task: Fit(99, repr(task), {'steps': task.trials})"))
    task = "SearchTask(points={}, trials={}, objectives=('score', 'macs'), measured={})"
    conv = {"type": "Conv2d", "out_channels": {"int": [1, 8]}, "kernel_size": 1}
    network = space({"type": "FineGrainedSpace", "modules": ["conv"], "conv": conv})
    for searched, points, trials, measured in (
        (SMALL, 9, 3, ("score", "macs")),
        (LARGE, math.inf, 30, ("score", "macs")),
        (network, 8, 5, ("score",)),
    ):
        told = task.format(points, trials, measured)
        assert picked(searched, trials, score="max", macs="min") == f"Keen, since {told}"


def test_of_equal_scores_the_first_by_its_full_name_is_taken(install):
    install("beta", provides(Avid="lambda task: Fit(70, 'avid')", Keen="lambda task: Fit(70, 'keen')"))
    assert picked() == "Avid, since avid"
    install("acme", provides(Zealous="lambda task: Fit(70, 'zealous')"))
    assert picked() == "Zealous, since zealous"
    assert str(pick(LARGE, Objectives({"score": "max"}), 20, load_registry(no_plugin=["acme"]))) == "Avid, since avid"


def test_an_algorithm_that_does_not_suit_or_does_not_say_is_left_out(install):
    install("acme", provides(Keen="lambda task: None", Mute="None"))
    assert picked() == "RandomSearch, since no installed algorithm suits the search better"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("lambda task: 1 / 0", "division by zero"),
        ("lambda task: Fit(task.budget, 'keen')", "'SearchTask' object has no attribute 'budget'"),
        ("lambda task: 'yes'", "it returned 'yes', not a Fit"),
        ("lambda task: (50, 'keen')", "it returned (50, 'keen'), not a Fit"),
        ("lambda task: Fit('90', 'keen')", "its score is '90', not a finite number"),
        ("lambda task: Fit(float('nan'), 'keen')", "its score is nan, not a finite number"),
        ("lambda task: Fit(90, 'keen', ['steps'])", "its options are ['steps'], not a mapping"),
    ],
)
def test_an_algorithm_that_cannot_say_whether_it_suits_is_warned_of_and_left_out(install, source, error):
    install("acme", provides(Keen=source, Mild="lambda task: Fit(20, 'mild')"))
    with pytest.warns(UserWarning) as warned:  # noqa: PT030  the whole message follows
        assert picked() == "Mild, since mild"
    assert [str(one.message) for one in warned] == [
        f"acme/Keen (fgspace-plugin-acme 0.3.1) cannot say whether it suits this search: {error}"
    ]


SEARCH = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters: {rate: {float: [0.1, 0.9]}}
evaluator: {type: Rate}
objectives: {score: max}
budget: {trials: 3}
"""
EVALUATOR = '''
import fgspace


@fgspace.register(kind="evaluator")
class Rate:
    """Tells the rate."""

    metrics = ("score",)
    input_shape = None

    def __call__(self, description):
        return {"score": description["rate"]}
'''


def test_a_search_that_names_no_algorithm_runs_that_of_the_plugin_with_its_options(install, tmp_path):
    site = install("acme", provides(Keen="lambda task: Fit(50, 'keen', {'steps': task.trials})"), algorithms=ALGORITHMS)
    (tmp_path / "search.yaml").write_text(SEARCH)
    (tmp_path / "rate.py").write_text(EVALUATOR)
    done = subprocess.run(
        [sys.executable, "-m", "fgspace", "search", "search.yaml", "--out", "out", "-p", "./rate.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Auto: Keen, since keen\n")
    frozen = yaml.safe_load((tmp_path / "out" / "experiment.yaml").read_text())
    assert frozen["search_algorithm"] == {"type": "acme/Keen", "steps": 3}
    assert frozen["origins"]["acme/Keen"] == "fgspace-plugin-acme 0.3.1"
