"""A search that names no algorithm uses the one that suits it, prints which, and keeps it."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import fgspace
import pytest
import yaml
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Registry, load_registry
from fgspace.study.algorithms.auto import pick

PLUGINS = ("predictor", "ea", "annealing")
SMALL = {"kernel": {"choice": [1, 3, 5]}, "mask": {"bits": 4}}
LARGE = {f"kernel{index}": {"choice": [1, 3, 5, 7]} for index in range(20)}
NETWORK = {
    "type": "FineGrainedSpace",
    "modules": [f"conv{index}" for index in range(8)],
    **{f"conv{index}": {"type": "Conv2d", "out_channels": {"int": [8, 64]}, "kernel_size": 3} for index in range(8)},
}
ONE = {"accuracy": "max"}
TWO = {"accuracy": "max", "seconds": "min"}
THREE = {**TWO, "loss": "min"}
RELAY = "Relay, from Predictor, since 500 trials are few enough to model"
MANY = "since 501 trials are too many to model, and"
COSTS = {"macs": "min", "params": "max"}


def space(described: dict[str, Any]) -> fgspace.Space:
    return fgspace.space(
        described if "type" in described else {"type": "FineGrainedSpace", "hyper_parameters": described}
    )


def without(*plugins: str) -> Registry:
    return load_registry(no_plugin=plugins)


@pytest.mark.parametrize(
    ("described", "objectives", "trials", "missing", "expected"),
    [
        (SMALL, ONE, 48, (), "GridSearch, since 48 trials go through all 48 points"),
        (SMALL, ONE, 47, (), "Predictor, since 47 trials are few enough to model accuracy"),
        (LARGE, TWO, 500, (), "Predictor, since 500 trials are few enough to model accuracy and seconds"),
        (LARGE, ONE, 501, (), f"{RELAY} accuracy, to LocalSearch after that many, {MANY} there is one objective"),
        (
            LARGE,
            TWO,
            501,
            (),
            f"{RELAY} accuracy and seconds, to NSGA2 after that many, {MANY} there are two objectives",
        ),
        (
            LARGE,
            THREE,
            501,
            (),
            f"{RELAY} accuracy and seconds and loss, to NSGA3 after that many, {MANY} there are 3 objectives",
        ),
        (
            LARGE,
            ONE,
            501,
            ("predictor",),
            "LocalSearch, since 501 trials are too many to model, and there is one objective",
        ),
        (NETWORK, COSTS, 50, (), "NSGA2, since no objective has to be measured, and there are two objectives"),
        (
            NETWORK,
            {"macs": "min"},
            50,
            (),
            "LocalSearch, since no objective has to be measured, and there is one objective",
        ),
        (NETWORK, {**ONE, "macs": "min"}, 50, (), "Predictor, since 50 trials are few enough to model accuracy"),
        (
            LARGE,
            ONE,
            50,
            ("predictor",),
            "LocalSearch, since there is one objective",
        ),
        (
            LARGE,
            ONE,
            50,
            ("predictor", "ea"),
            "SANAS, since its schedule fits 50 trials",
        ),
        (
            LARGE,
            TWO,
            1000,
            PLUGINS,
            "RandomSearch, since no installed algorithm suits the search better",
        ),
    ],
)
def test_the_algorithm_follows_from_space_objectives_budget_and_what_is_installed(
    described, objectives, trials, missing, expected
):
    registry = without(*missing) if missing else default_registry()
    assert str(pick(space(described), fgspace.Objectives(objectives), trials, registry)) == expected


def test_a_fitted_schedule_gets_the_budget():
    picked = pick(space(LARGE), fgspace.Objectives(ONE), 50, without("predictor", "ea"))
    assert picked.options == {"steps": 50}


@pytest.mark.parametrize("named", [(), ("Auto",)])
def test_a_study_without_an_algorithm_runs_the_one_that_is_picked(named):
    study = fgspace.Study(space(LARGE), *named, objectives=ONE, trials=30)
    study.run(
        lambda described: {"accuracy": sum(value for name, value in described.items() if name != "type")}, trials=30
    )
    assert str(study.picked) == "Predictor, since 30 trials are few enough to model accuracy"
    assert type(study.algorithm).__name__ == "Predictor"
    assert study.identity.algorithm == "predictor/Predictor"
    assert len(study.trials) == 30


def test_a_study_that_names_its_algorithm_picks_none():
    assert fgspace.Study(space(LARGE), "RandomSearch", ONE).picked is None


def test_a_stored_study_keeps_its_algorithm_when_the_budget_changes(tmp_path):
    with closing(fgspace.Study(space(LARGE), "Auto", ONE, store=tmp_path, trials=1000)) as study:
        study.run(lambda description: {"accuracy": 1.0}, trials=3)
    with closing(fgspace.Study(space(LARGE), "Auto", ONE, store=tmp_path, trials=20)) as again:
        assert str(again.picked) == "Relay, which the study was begun with"
        stages = [type(stage.algorithm).__name__ for stage in again.algorithm.stages]
        assert stages == ["Predictor", "LocalSearch"]
        assert len(again.trials) == 3


FILE = f"""\
search_space:
  type: FineGrainedSpace
  hyper_parameters: {LARGE}
evaluator: {{type: CountOnes}}
objectives: {ONE}
budget: {{trials: 12}}
"""
EVALUATOR = '''
"""An evaluator that needs no training."""

import fgspace


@fgspace.register(kind="evaluator")
class CountOnes:
    """Tells the share of kernels of size one."""

    metrics = ("accuracy",)
    input_shape = None

    def __init__(self, seed=0, folder=None):
        pass

    def __call__(self, description):
        return {"accuracy": sum(kernel == 1 for kernel in description.values()) / len(description)}
'''


def search(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Return the exit status of a search, the first line of its output, and its errors."""
    (folder / "count_ones.py").write_text(EVALUATOR)
    (folder / "search.yaml").write_text(FILE)
    command = [sys.executable, "-m", "fgspace", "search", "search.yaml", "--out", "out", "-p", "./count_ones.py"]
    done = subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout.partition("\n")[0], done.stderr


def test_a_search_says_what_was_picked_and_why_records_it_and_goes_on_with_it(tmp_path):
    status, line, _ = search(tmp_path, "--no-plugin", "predictor", "--no-plugin", "ea")
    assert (status, line) == (
        0,
        "Auto: SANAS, since its schedule fits 12 trials",
    )
    frozen = yaml.safe_load((tmp_path / "out/experiment.yaml").read_text())
    assert frozen["search_algorithm"] == {"type": "annealing/SANAS", "steps": 12}
    assert "annealing/SANAS" in frozen["origins"]
    # All plugins are installed now, and the budget is different.
    assert search(tmp_path, "--resume", "--trials", "15") == (0, "Auto: SANAS, which the study was begun with", "")


def test_a_search_whose_algorithm_is_gone_says_where_it_went(tmp_path):
    assert search(tmp_path, "--trials", "2")[1] == "Auto: Predictor, since 2 trials are few enough to model accuracy"
    status, _, error = search(tmp_path, "--resume", "--no-plugin", "predictor")
    assert status == 2
    assert error == (
        "unknown search algorithm 'Predictor'; plugin 'predictor' (fgspace-plugin-predictor 0.1.0): left out by"
        " --no-plugin\n"
    )
