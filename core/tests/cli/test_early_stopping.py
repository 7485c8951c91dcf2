"""`fgspace search` with the user's own early stopping rules: its output, its store, and its errors."""

import csv
import json

import pytest
import yaml

RULES = '''
"""An evaluator that reports, one that does not, and two rules."""

from pathlib import Path

import fgspace
from fgspace import EarlyStopping


@fgspace.register(kind="evaluator")
class Rise:
    """Rises to the depth in four epochs."""

    metrics = ("score",)
    input_shape = None

    def __init__(self, seed: int = 0, folder: Path | None = None):
        pass

    def __call__(self, description, report=None):
        for epoch in (1, 2, 3, 4):
            score = description["depth"] * epoch / 4
            if report:
                report(epoch, {"score": score}, of=4)
        return {"score": score}


@fgspace.register(kind="evaluator")
class Silent(Rise):
    """Reports nothing."""

    def __call__(self, description):
        return {"score": description["depth"]}


@fgspace.register
class Halves(EarlyStopping):
    """Lets the better half of the trials so far go on at epochs 1 and 2, or a smaller share of them."""

    def __init__(self, objectives, *, metric: str | None = None, share: int = 2):
        super().__init__(objectives, metric=metric)
        if share < 2:
            raise ValueError(f"share must be at least 2, got {share}")
        self.share = share
        self.values = {1: [], 2: []}

    def check(self, trial):
        places = {epoch: (len(values) + 1) // self.share for epoch, values in self.values.items()}
        bounds = {epoch: sorted(self.values[epoch])[place - 1] for epoch, place in places.items() if place}
        return Worse(self.comparison, bounds)

    def learn(self, trial):
        for epoch, metrics in trial.curve if trial.measured else ():
            if epoch in self.values:
                self.values[epoch].append(self.comparison.value(metrics))


class Worse:
    def __init__(self, comparison, bounds):
        self.comparison, self.bounds = comparison, bounds

    def __call__(self, curve):
        epoch, metrics = curve[-1]
        if self.comparison.value(metrics) > self.bounds.get(epoch, float("inf")):
            return self.comparison.in_words(metrics, self.bounds[epoch])


@fgspace.register
class Threshold(EarlyStopping):
    """Stops what is below a threshold after its second epoch."""

    def __init__(self, objectives, *, metric: str | None = None, least: float):
        super().__init__(objectives, metric=metric)
        self.least = least

    def check(self, trial):
        return Below(self.least)

    def learn(self, trial):
        pass


class Below:
    def __init__(self, least):
        self.least = least

    def __call__(self, curve):
        epoch, metrics = curve[-1]
        if epoch == 2 and metrics["score"] < self.least:
            return f"score {metrics['score']} is below {self.least}"
'''
RISE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters: {depth: {int: [1, 30]}}
evaluator: {type: Rise}
early_stopping: {type: Halves, share: 2}
objectives: {score: max}
budget: {trials: 8}
"""
MINE = ("-p", "./my_rules.py")


@pytest.fixture
def folder(folder):
    (folder / "my_rules.py").write_text(RULES)
    (folder / "rise.yaml").write_text(RISE)
    return folder


def change(folder, old, new):
    file = folder / "rise.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def rows(file):
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def outcomes(file):
    return [tuple(value for name, value in row.items() if name != "seconds") for row in rows(file)]


def test_stopped_trials_are_shown_counted_and_kept_with_their_curves(fgspace, folder):
    done = fgspace("search", "rise.yaml", "--out", "out", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    table = rows(folder / "out" / "trials.csv")
    stopped = [row for row in table if row["state"] == "stopped"]
    assert stopped
    assert f"front: 1 of 8 trials; {len(stopped)} stopped early" in lines
    for row in stopped:
        curve = json.loads(row["curve"])
        epoch, metrics = curve[-1]
        assert metrics == {"score": int(row["depth"]) * epoch / 4} == {"score": float(row["score"])}
        assert row["error"].startswith(f"stopped after epoch {epoch}: score ")
        assert f"trial {row['number']:>4}  score {metrics['score']:.4g}  {row['error']}" in [
            line.replace(".0  stopped", "  stopped") for line in lines
        ]
    frozen = yaml.safe_load((folder / "out" / "experiment.yaml").read_text())
    assert frozen["early_stopping"] == {"type": "program/Halves", "share": 2}
    (best,) = rows(folder / "out" / "pareto_front.csv")
    assert best["state"] == "complete"


def test_a_search_that_is_gone_on_with_stops_what_one_that_never_stopped_does(fgspace, folder):
    assert fgspace("search", "rise.yaml", "--out", "whole", *MINE).returncode == 0
    assert fgspace("search", "rise.yaml", "--out", "part", "--trials", "5", *MINE).returncode == 0
    done = fgspace("search", "rise.yaml", "--out", "part", "--resume", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(folder / "part" / "trials.csv") == outcomes(folder / "whole" / "trials.csv")
    done = fgspace("search", "part/experiment.yaml", "--out", "whole", "--resume", "--trials", "9", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    change(folder, "share: 2", "share: 3")
    done = fgspace("search", "rise.yaml", "--out", "part", "--resume", *MINE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rise.yaml:5:39: early_stopping.share is 2 in the study, and 3 here\n")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_rule_of_the_users_own_stops_trials_wherever_they_run(fgspace, folder, workers):
    change(folder, "{type: Halves, share: 2}", "{type: Threshold, least: 9.5}")
    done = fgspace("search", "rise.yaml", "--out", "out", "--workers", workers, *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    table = rows(folder / "out" / "trials.csv")
    assert {row["state"] for row in table} == {"complete", "stopped"}
    for row in table:
        score = int(row["depth"]) / 2
        below = f"stopped after epoch 2: score {score} is below 9.5"
        assert (row["state"], row["error"]) == (("stopped", below) if score < 9.5 else ("complete", ""))


def test_where_every_trial_is_stopped_there_is_no_front_and_that_is_said(fgspace, folder):
    change(folder, "{type: Halves, share: 2}", "{type: Threshold, least: 99}")
    done = fgspace("search", "rise.yaml", "--out", "out", *MINE)
    assert done.returncode == 3
    assert done.stderr.startswith(
        "no trial is feasible: 8 stopped early of 8; most often (8 times): stopped after epoch "
    )
    assert "\nfront: none of 8 trials; 0 failed, 0 infeasible; 8 stopped early\n" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "type: Halves",
            "type: Halvs",
            "rise.yaml:5:24: early_stopping.type: unknown early stopping rule 'Halvs'; did you mean 'Halves'?\n",
        ),
        (
            "share: 2",
            "shares: 2",
            "rise.yaml:5:32: early_stopping: Halves has no parameter 'shares'; did you mean 'share'?\n",
        ),
        ("share: 2", "share: two", "rise.yaml:5:39: early_stopping.share: expected int, got 'two'\n"),
        ("share: 2", "share: 1", "rise.yaml:5:39: early_stopping: share must be at least 2, got 1\n"),
        (
            "share: 2",
            "metric: size",
            "rise.yaml:5:40: early_stopping: metric: 'size' is not an objective; there is score\n",
        ),
        ("Halves, share: 2", "Threshold", "rise.yaml:5:17: early_stopping: Threshold needs 'least'\n"),
        (
            "type: Rise",
            "type: Silent",
            "rise.yaml:5:17: early_stopping: Silent reports nothing to stop by: its call takes no 'report'; leave this"
            " out\n",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_any_trial(fgspace, folder, old, new, message):
    change(folder, old, new)
    done = fgspace("search", "rise.yaml", "--out", "out", *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not (folder / "out" / "trials.csv").exists()


def test_a_stopped_trial_says_why(fgspace, folder):
    assert fgspace("search", "rise.yaml", "--out", "out", *MINE).returncode == 0
    row = next(row for row in rows(folder / "out" / "trials.csv") if row["state"] == "stopped")
    done = fgspace("why", "out", row["number"])
    assert (done.returncode, done.stderr) == (0, "")
    said = {label.strip(): text for label, _, text in (line.partition("  ") for line in done.stdout.splitlines())}
    assert said["trial"].strip() == f"{row['number']}, stopped"
    assert said["because"].strip() == row["error"]
    assert said["stopping"].strip() == "Halves (metric: None, share: 2)"
    told = json.loads(fgspace("why", "out", row["number"], "--json").stdout)
    assert told["curve"] == json.loads(row["curve"])


def test_the_rules_are_listed_and_shown(fgspace, folder):
    done = fgspace("list", "early_stopping", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["early_stopping", "Halves"],
        ["early_stopping", "Threshold"],
    ]
    done = fgspace("show", "Halves", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "program/Halves: early stopping rule of this program"
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")] == ["metric", "share"]
