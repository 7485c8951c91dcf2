"""Types that moved to another distribution: names, files and studies from before the move still work."""

import csv
import os
import subprocess
import sys

import pytest
import yaml
from fgspace.plugins.registry import UnknownTypeError, load_registry

KINDS = {"modules": "Block", "algorithms": "Walk", "evaluators": "Depth", "early_stopping": "Ahead"}
PARTS = '''
"""One type of each kind."""

from fgspace import EarlyStopping, FineGrainedSpace, nn
from fgspace import Algorithm


class Block(FineGrainedSpace):
    """A convolution."""

    def constructor(self, width: int = 4):
        self.conv = nn.Conv2d(3, width, 1)


class Walk(Algorithm):
    """Goes on from the best trial so far."""

    best = None

    def propose(self, rng):
        if self.best is None:
            return self.space.sample(rng)
        return self.fresh(lambda: self.space.mutate(self.best.point, rng))

    def learn(self, trial, rng):
        if trial.state == "complete" and (self.best is None or self.objectives.dominates(trial, self.best)):
            self.best = trial


class Depth:
    """Reports two epochs."""

    metrics = ("score",)
    input_shape = (3, 4, 4)

    def __call__(self, description, report=None):
        for epoch in (1, 2):
            score = epoch * description["block"]["width"] % 7
            if report:
                report(epoch, {"score": score}, of=2)
        return {"score": score}


class Ahead(EarlyStopping):
    """Stops whoever does not lead after the first epoch."""

    lead = float("inf")

    def check(self, trial):
        return Behind(self.lead)

    def learn(self, trial):
        self.lead = min(self.lead, self.comparison.value(trial.curve[0].metrics))


class Behind:
    """Stops a trial that is behind the lead."""

    def __init__(self, lead):
        self.lead = lead

    def __call__(self, curve):
        score = curve[-1].metrics["score"]
        return f"score {score} is behind {-self.lead}" if -score > self.lead else None
'''
SEARCH = """\
search_space:
  type: FineGrainedSpace
  modules: [block]
  block: {type: Block, width: {int: [1, 40]}}
search_algorithm: {type: Walk}
evaluator: {type: Depth}
early_stopping: {type: Ahead}
objectives: {score: max}
budget: {trials: 12}
seed: 5
"""


def provides(plugin, formerly=""):
    """Return the source of a plugin with a type of each kind; `formerly` is the plugin that these types came from."""
    hooks = []
    for kind, name in KINDS.items():
        old = (f"fgspace_{formerly}.parts:{name}", f"{formerly}/{name}") if formerly else ()
        record = f"Provided({name!r}, 'fgspace_{plugin}.parts:{name}', 'moved about', formerly={old!r})"
        hooks.append(f"@hookimpl\ndef fgspace_provide_{kind}():\n    return [{record}]\n")
    return "from fgspace import Provided, hookimpl\n" + "".join(hooks)


@pytest.fixture
def search(tmp_path):
    """Return a function that runs `fgspace search` in a folder with search.yaml, and one plugin from its site."""
    (tmp_path / "search.yaml").write_text(SEARCH)

    def run(site, file, out, *arguments):
        environ = {"PYTHONPATH": str(site), "FGSPACE_PLUGINS": site.name.rpartition("-")[2], "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, "-m", "fgspace", "search", file, "--out", out, *arguments],
            cwd=tmp_path,
            env=os.environ | environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def outcomes(file):
    with file.open(newline="") as text:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(text)]


@pytest.mark.parametrize("file", ["search.yaml", "part/experiment.yaml"])
def test_a_study_goes_on_when_all_its_types_have_moved(install, search, tmp_path, file):
    acme = install("acme", provides("acme"), parts=PARTS)
    beta = install("beta", provides("beta", formerly="acme"), version="2.0", parts=PARTS)
    for out, trials in (("whole", "12"), ("part", "5")):
        done = search(acme, "search.yaml", out, "--trials", trials)
        assert (done.returncode, done.stderr) == (0, "")
    begun = yaml.safe_load((tmp_path / "part" / "experiment.yaml").read_text())
    assert begun["origins"] == {f"acme/{name}": "fgspace-plugin-acme 0.3.1" for name in sorted(KINDS.values())}
    done = search(beta, file, "part", "--resume", "--trials", "12")
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(tmp_path / "part" / "trials.csv") == outcomes(tmp_path / "whole" / "trials.csv")
    assert {row["state"] for row in outcomes(tmp_path / "part" / "trials.csv")} == {"complete", "stopped"}
    frozen = yaml.safe_load((tmp_path / "part" / "experiment.yaml").read_text())
    assert frozen["search_space"]["block"]["type"] == "beta/Block"
    assert [frozen[section]["type"] for section in ("search_algorithm", "evaluator", "early_stopping")] == [
        "beta/Walk",
        "beta/Depth",
        "beta/Ahead",
    ]
    assert frozen["origins"] == {f"beta/{name}": "fgspace-plugin-beta 2.0" for name in sorted(KINDS.values())}
    done = search(beta, "part/experiment.yaml", "part", "--resume", "--trials", "13")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_study_is_refused_whose_algorithm_is_another_than_the_one_that_moved(install, search):
    acme = install("acme", provides("acme"), parts=PARTS)
    beta = install("beta", provides("beta", formerly="acme"), parts=PARTS)
    assert search(acme, "search.yaml", "out", "--trials", "2").returncode == 0
    (file := acme.parent / "search.yaml").write_text(SEARCH.replace("Walk", "RandomSearch"))
    done = search(beta, file.name, "out", "--resume")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "search.yaml:5:19: algorithm is fgspace_beta.parts:Walk in the study, and"
        " fgspace.study.algorithms.random_search:RandomSearch here\n"
        "out: to resume it, make the file as it was; to begin a new study with its front:"
        " fgspace search search.yaml --from out\n",
    )


def test_a_study_is_refused_whose_types_are_those_of_another_plugin_that_says_nothing_of_a_move(install, search):
    acme = install("acme", provides("acme"), parts=PARTS)
    beta = install("beta", provides("beta"), version="2.0", parts=PARTS)
    assert search(acme, "search.yaml", "out", "--trials", "2").returncode == 0
    done = search(beta, "search.yaml", "out", "--resume")
    assert (done.returncode, done.stdout) == (2, "")
    names = sorted(KINDS.values())
    differences, origins = (
        [line for line in done.stderr.splitlines() if (" came from " in line) == wanted] for wanted in (False, True)
    )
    assert differences == [
        "search.yaml:4:17: block.type is acme/Block in the study, and beta/Block here",
        "search.yaml:5:19: algorithm is fgspace_acme.parts:Walk in the study, and fgspace_beta.parts:Walk here",
        "search.yaml:6:12: evaluator is acme/Depth in the study, and beta/Depth here",
        "search.yaml:7:17: early_stopping is fgspace_acme.parts:Ahead in the study, and fgspace_beta.parts:Ahead here",
        "out: to resume it, make the file as it was; to begin a new study with its front:"
        " fgspace search search.yaml --from out",
    ]
    assert origins == [
        *(f"acme/{name} came from fgspace-plugin-acme 0.3.1 in the study, and absent here" for name in names),
        *(f"beta/{name} came from absent in the study, and fgspace-plugin-beta 2.0 here" for name in names),
    ]


def test_a_former_full_name_stands_for_the_type_of_its_kind_and_a_former_target_is_no_name(install):
    install("beta", provides("beta", formerly="acme"), parts=PARTS)
    registry = load_registry()
    assert registry.get("algorithm", "acme/Walk") is registry.get("algorithm", "beta/Walk")
    assert registry.part("acme/Block").name == "beta/Block"
    assert [one.name for one in registry.find("acme/Walk")] == ["beta/Walk"]
    for kind, name, word in (
        ("evaluator", "acme/Walk", "evaluator"),
        ("algorithm", "fgspace_acme.parts:Walk", "search algorithm"),
    ):
        with pytest.raises(UnknownTypeError) as raised:
            registry.get(kind, name)
        assert str(raised.value).startswith(f"unknown {word} {name!r}; ")


def test_a_former_full_name_that_is_some_types_present_one_is_that_types(install):
    install("acme", provides("acme"), parts=PARTS)
    install("beta", provides("beta", formerly="acme"), parts=PARTS)
    registry = load_registry()
    assert registry.get("algorithm", "acme/Walk").name == "acme/Walk"
    assert registry.get("algorithm", "acme/Walk").load().__module__ == "fgspace_acme.parts"
