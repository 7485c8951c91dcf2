"""`fgspace search` with the rules: what each stops, the names that are kept, and what is refused."""

import csv
import json

import pytest
import yaml

EVALUATOR = '''
"""An evaluator that reports."""

from pathlib import Path

import fgspace


@fgspace.register(kind="evaluator")
class Rise:
    """Rises to the depth in four epochs."""

    metrics = ("score",)
    input_shape = None

    def __init__(self, seed: int = 0, folder: Path | None = None):
        pass

    def __call__(self, description, report):
        for epoch in (1, 2, 3, 4):
            score = description["depth"] * epoch / 4
            report(epoch, {"score": score}, of=4)
        return {"score": score}
'''
RULE = "{type: SuccessiveHalving, eta: 2}"
RISE = f"""\
search_space:
  type: FineGrainedSpace
  hyper_parameters: {{depth: {{int: [1, 30]}}}}
evaluator: {{type: Rise}}
early_stopping: {RULE}
objectives: {{score: max}}
budget: {{trials: 12}}
"""
MINE = ("-p", "./rise.py")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rise.py").write_text(EVALUATOR)
    (tmp_path / "rise.yaml").write_text(RISE)
    return tmp_path


def change(folder, old, new):
    file = folder / "rise.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def rows(file):
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def outcomes(folder):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows(folder / "trials.csv")]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (RULE, "trials there, the best "),
        ("{type: Hyperband, max_epochs: 4, eta: 2}", "trials there, the best "),
        ("{type: MedianStop, min_trials: 2}", ", the median of "),
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.soak
def test_every_rule_stops_trials_wherever_they_run_and_spares_the_best(fgspace, folder, rule, reason, workers):
    change(folder, RULE, rule)
    done = fgspace("search", "rise.yaml", "--out", "out", "--workers", workers, *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    table = rows(folder / "out" / "trials.csv")
    stopped = [row for row in table if row["state"] == "stopped"]
    assert 0 < len(stopped) < len(table) == 12
    assert f"front: 1 of 12 trials; {len(stopped)} stopped early" in done.stdout.splitlines()
    for row in stopped:
        epoch, metrics = json.loads(row["curve"])[-1]
        assert epoch < 4
        assert float(row["score"]) == metrics["score"] == int(row["depth"]) * epoch / 4
        assert row["error"].startswith(f"stopped after epoch {epoch}: ")
        assert reason in row["error"]
    best = max(table, key=lambda row: int(row["depth"]))
    assert (best["state"], len(json.loads(best["curve"]))) == ("complete", 4)


def test_the_frozen_experiment_has_the_full_name_of_the_rule_and_its_origin(fgspace, folder):
    assert fgspace("search", "rise.yaml", "--out", "out", *MINE).returncode == 0
    frozen = yaml.safe_load((folder / "out" / "experiment.yaml").read_text())
    assert frozen["early_stopping"] == {"type": "stopping/SuccessiveHalving", "eta": 2}
    assert frozen["origins"] == {
        "program/Rise": "this program",
        "stopping/SuccessiveHalving": "fgspace-plugin-stopping 0.1.0",
    }


def test_a_search_that_is_gone_on_with_stops_what_one_that_never_stopped_does(fgspace, folder):
    assert fgspace("search", "rise.yaml", "--out", "whole", *MINE).returncode == 0
    assert fgspace("search", "rise.yaml", "--out", "part", "--trials", "5", *MINE).returncode == 0
    done = fgspace("search", "part/experiment.yaml", "--out", "part", "--resume", "--trials", "12", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(folder / "part") == outcomes(folder / "whole")


def test_a_search_with_another_option_of_the_rule_is_refused(fgspace, folder):
    assert fgspace("search", "rise.yaml", "--out", "out", "--trials", "2", *MINE).returncode == 0
    change(folder, "eta: 2", "eta: 3")
    done = fgspace("search", "rise.yaml", "--out", "out", "--resume", *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "rise.yaml:5:48: early_stopping.eta is 2 in the study, and 3 here\n"
        "out: to resume it, make the file as it was; to begin a new study with its front:"
        " fgspace search rise.yaml --from out -p ./rise.py\n",
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "{type: SuccesiveHalving}",
            "rise.yaml:5:24: early_stopping.type: unknown early stopping rule 'SuccesiveHalving'; did you mean"
            " 'SuccessiveHalving'?\n",
        ),
        (
            "{type: SuccessiveHalving, etta: 2}",
            "rise.yaml:5:43: early_stopping: SuccessiveHalving has no parameter 'etta'; did you mean 'eta'?\n",
        ),
        ("{type: SuccessiveHalving, eta: two}", "rise.yaml:5:48: early_stopping.eta: expected int, got 'two'\n"),
        ("{type: SuccessiveHalving, eta: 1}", "rise.yaml:5:48: early_stopping: eta must be at least 2, got 1\n"),
        (
            "{type: SuccessiveHalving, metric: size}",
            "rise.yaml:5:51: early_stopping: metric: 'size' is not an objective; there is score\n",
        ),
        ("{type: Hyperband}", "rise.yaml:5:17: early_stopping: Hyperband needs 'max_epochs'\n"),
        (
            "{type: Hyperband, max_epochs: 3, min_epochs: 4}",
            "rise.yaml:5:47: early_stopping: max_epochs must be at least min_epochs, which is 4; got 3\n",
        ),
        (
            "{type: MedianStop, grace: 3}",
            "rise.yaml:5:36: early_stopping: MedianStop has no parameter 'grace'; it takes"
            " metric, min_epochs, min_trials\n",
        ),
        ("{type: MedianStop, min_trials: 0}", "rise.yaml:5:48: early_stopping: min_trials must be at least 1, got 0\n"),
    ],
)
def test_what_cannot_be_is_refused_before_any_trial(fgspace, folder, rule, message):
    change(folder, RULE, rule)
    done = fgspace("search", "rise.yaml", "--out", "out", *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not (folder / "out" / "trials.csv").exists()


def test_a_stopped_trial_says_by_which_rule(fgspace, folder):
    assert fgspace("search", "rise.yaml", "--out", "out", *MINE).returncode == 0
    row = next(row for row in rows(folder / "out" / "trials.csv") if row["state"] == "stopped")
    done = fgspace("why", "out", row["number"])
    assert (done.returncode, done.stderr) == (0, "")
    said = {
        label.strip(): text.strip() for label, _, text in (line.partition("  ") for line in done.stdout.split("\n"))
    }
    assert said["because"] == row["error"]
    assert said["stopping"] == "SuccessiveHalving (metric: None, min_epochs: 1, eta: 2)"


def test_the_rules_are_listed_and_shown(fgspace):
    done = fgspace("list", "early_stopping")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:4] for line in done.stdout.splitlines()[1:]] == [
        ["early_stopping", "Hyperband", "fgspace-plugin-stopping", "0.1.0"],
        ["early_stopping", "MedianStop", "fgspace-plugin-stopping", "0.1.0"],
        ["early_stopping", "SuccessiveHalving", "fgspace-plugin-stopping", "0.1.0"],
    ]
    done = fgspace("show", "MedianStop")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "stopping/MedianStop: early stopping rule of fgspace-plugin-stopping 0.1.0"
    assert ["min_trials", "int", "5"] in [line.split() for line in lines]
