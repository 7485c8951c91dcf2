"""Early stopping: by a check of a trial's reports, the same in every executor, stored, and told to the algorithm."""

import csv
import errno
import json
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from fgspace import EarlyStopping, FgspaceError
from fgspace.runs.tables import write_tables
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.early_stopping.reporting import Reporting, Stop
from fgspace.study.executors.executor import DiskFull
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.study.objectives import Objectives
from fgspace.study.study import Study
from fgspace.study.trial import Report, Trial

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
programs = import_module("search_programs")

HALVES = {"type": programs.Halves}


def never(curve):
    return None


class After(EarlyStopping):
    """Stops every trial but the first after a number of epochs, and records the trials that it learned."""

    def __init__(self, objectives, *, metric=None, epochs: int = 2):
        super().__init__(objectives, metric=metric)
        self.epochs = epochs
        self.told = []
        self.asked = []

    def check(self, trial):
        self.asked.append(trial)
        return Late(self.epochs) if self.told else never

    def learn(self, trial):
        self.told.append(trial)


class Late:
    def __init__(self, epochs):
        self.epochs = epochs

    def __call__(self, curve):
        return "late" if len(curve) >= self.epochs else None


class Needy(After):
    """Has an option without a default."""

    def __init__(self, objectives, *, metric=None, least: float):
        super().__init__(objectives, metric=metric)
        self.least = least


def outline(trials):
    return [(trial.number, trial.point, trial.state, trial.metrics, trial.error, trial.curve) for trial in trials]


def test_a_stopped_trial_keeps_what_it_measured_says_why_and_counts_for_the_budget():
    study = programs.stopping(None)
    study.run(programs.climb, trials=30)
    assert study.evaluated == len(study.trials) == 30
    states = {trial.state for trial in study.trials}
    assert states == {"complete", "stopped"}
    for trial in study.trials:
        whole = tuple(Report(epoch, {"loss": programs.loss_at(trial.point, epoch)}) for epoch in range(1, 10))
        assert trial.curve == whole[: len(trial.curve)]
        assert trial.metrics == {"loss": trial.curve[-1].metrics["loss"]}
        if trial.state == "complete":
            assert (len(trial.curve), trial.error) == (9, None)
        else:
            assert trial.curve[-1].epoch in (1, 2, 4, 8)
            assert trial.error.startswith(f"stopped after epoch {trial.curve[-1].epoch}: loss ")
            assert not trial.error.startswith("stopped after epoch 9")


def test_what_is_stopped_is_what_a_rule_that_was_told_the_trials_before_it_says():
    study = programs.stopping(None)
    study.run(programs.climb, trials=40)
    rule = programs.Halves(study.objectives)
    for trial in study.trials:
        check, reports = rule.check(Trial(trial.number, trial.point)), ()
        for report in trial.curve:
            reports = (*reports, report)
            reason = check(reports) if report.epoch < 9 else None
            assert (reason is None) == (reports != trial.curve or trial.state == "complete")
        assert trial.error == (reason and f"stopped after epoch {reports[-1].epoch}: {reason}")
        rule.learn(trial)


def test_a_stopped_trial_is_never_on_the_front_and_never_the_best():
    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping={"type": After})
    study.run(programs.climb, trials=20)
    assert [trial.state for trial in study.trials] == ["complete"] + ["stopped"] * 19
    assert study.best.number == 0
    assert study.front() == [study.trials[0]]
    best = min(study.trials, key=lambda trial: trial.metrics["loss"])
    assert best.state == "stopped"
    assert not study.objectives.is_feasible(best)
    # The algorithm still compares it, by its last measured metrics.
    assert study.objectives.values(best) == (best.metrics["loss"],)
    assert study.objectives.dominates(best, study.trials[0])


def test_worker_processes_stop_by_the_rules_of_the_driver(tmp_path):
    study = programs.stopping(tmp_path)
    with ProcessExecutor(2) as executor:
        study.run(programs.climb, 40, executor)
    assert study.evaluated == 40
    assert {trial.state for trial in study.trials} == {"complete", "stopped"}
    assert any(trial.error and trial.error.startswith("stopped after epoch 1: ") for trial in study.trials)


def test_in_one_worker_process_trials_end_as_they_do_in_this_one(tmp_path):
    here, there = programs.stopping(None), programs.stopping(tmp_path)
    here.run(programs.climb, 20)
    with ProcessExecutor(1) as executor:
        there.run(programs.climb, 20, executor)
    assert outline(there.trials) == outline(here.trials)


def test_a_study_killed_again_and_again_stops_the_trials_of_one_that_never_stopped(tmp_path):
    whole = programs.stopping(None)
    whole.run(programs.climb, trials=120)
    folder = tmp_path / "killed"
    for least in (3, 30, 70):
        program = f"from search_programs import main_stopping; main_stopping({str(folder)!r}, 120)"
        process = subprocess.Popen([sys.executable, "-c", program], cwd=HERE)
        assert programs.kill_when(process, folder, least) == -signal.SIGKILL
    study = programs.stopping(folder)
    study.run(programs.climb, trials=120)
    assert outline(study.trials) == outline(whole.trials)
    assert sum(trial.state == "stopped" for trial in study.trials) > 40


def test_curves_come_back_from_the_file_and_stand_in_the_table(tmp_path):
    study = programs.stopping(tmp_path)
    study.run(programs.climb, trials=10)
    opened = Study.open(tmp_path)
    assert list(opened.trials) == list(study.trials)
    assert all(type(trial.curve[0]) is Report for trial in opened.trials)
    assert opened.front() == study.front()
    write_tables(tmp_path, opened.trials, opened.front())
    with (tmp_path / "trials.csv").open(newline="") as text:
        table = list(csv.DictReader(text))
    assert list(table[0])[-2:] == ["error", "curve"]
    for row, trial in zip(table, study.trials, strict=True):
        assert json.loads(row["curve"]) == [[epoch, metrics] for epoch, metrics in trial.curve]
        assert (row["state"], row["error"]) == (trial.state, trial.error or "")


def test_another_rule_makes_another_study(tmp_path):
    programs.stopping(tmp_path).close()
    place = f"{str(tmp_path / 'study.db')!r} is another study"
    with pytest.raises(FgspaceError) as caught:
        programs.stopping(tmp_path, share=3)
    assert str(caught.value) == f"{place}: its early_stopping.share is 2, not 3; name another folder"
    with pytest.raises(FgspaceError) as caught:
        Study(programs.SPACE, programs.Climb, {"loss": "min"}, seed=11, store=tmp_path)
    assert (
        str(caught.value) == f"{place}: its early_stopping is search_programs:Halves, not absent; name another folder"
    )


def test_a_rule_is_told_every_trial_and_asked_of_each_that_is_to_be_evaluated():
    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping={"type": After, "epochs": 3})
    first = study.ask()
    study.tell(first, failed="no")
    study.run(programs.climb, trials=4, warn=False)
    rule = study.early_stopping
    assert [trial.number for trial in rule.told] == [0, 1, 2, 3]
    assert [trial.state for trial in rule.told] == ["failed", "stopped", "stopped", "stopped"]
    assert [trial.number for trial in rule.asked] == [0, 1, 2, 3]


def test_a_duplicate_of_a_stopped_trial_shares_its_outcome():
    class Again(RandomSearch):
        def propose(self, rng):
            return dict(self.last) if self._next == 2 else super().propose(rng)

        def learn(self, trial, rng):
            self.last = trial.point

    study = Study(programs.SPACE, Again, {"loss": "min"}, early_stopping={"type": After})
    study.tell(study.ask(), {"loss": 1.0})
    stopped = study.ask()
    reports = (Report(1, {"loss": 5.0}), Report(2, {"loss": 4.0}))
    told = study.tell(stopped, {"loss": 4.0}, stopped="stopped after epoch 2: late", curve=reports)
    assert (told.state, told.metrics, told.error, told.curve) == (
        "stopped",
        {"loss": 4.0},
        "stopped after epoch 2: late",
        reports,
    )
    study.ask()
    copy = study.trials[2]
    assert (copy.state, copy.duplicate_of, copy.metrics, copy.error, copy.curve) == (
        "stopped",
        stopped.number,
        {"loss": 4.0},
        "stopped after epoch 2: late",
        (),
    )
    assert not copy.evaluated
    assert [trial.number for trial in study.early_stopping.told] == [0, 1]


def test_costs_are_known_to_a_rule_of_several_objectives_before_the_trial_and_kept_by_a_stopped_one():
    from fgspace.api import space

    conv = {"type": "Conv2d", "out_channels": {"int": [1, 8]}, "kernel_size": 1, "bias": False}
    convs = space({"type": "FineGrainedSpace", "modules": ["conv"], "conv": conv})

    def evaluate(description, report):
        report(1, {"accuracy": 0.1 * description["conv"]["out_channels"]}, of=3)
        report(2, {"accuracy": 0.2}, of=3)
        return {"accuracy": 0.5}

    objectives = {"accuracy": "max", "macs": "min"}
    study = Study(convs, "GridSearch", objectives, {"params": {"max": 20}}, early_stopping={"type": After})
    study.run(evaluate, trials=3)
    assert [trial.metrics["macs"] for trial in study.early_stopping.asked] == [3072, 6144, 9216]
    assert [trial.state for trial in study.trials][:3] == ["complete", "stopped", "stopped"]
    assert study.trials[1].metrics == {"params": 6, "macs": 6144, "accuracy": 0.2}
    assert study.front() == [study.trials[0]]


def test_an_evaluator_that_catches_what_goes_wrong_is_stopped_all_the_same_and_cleans_up():
    cleaned = []

    def evaluate(description, report):
        for epoch in (1, 2, 3, 4):
            try:
                report(epoch, {"loss": 5.0 - epoch})
            except Exception:
                cleaned.append("swallowed")
            finally:
                cleaned.append(epoch)
        return {"loss": 0.0}

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping={"type": After})
    study.run(evaluate, trials=2)
    assert cleaned == [1, 2, 3, 4, 1, 2]
    assert [trial.state for trial in study.trials] == ["complete", "stopped"]


def test_one_that_goes_on_nevertheless_is_stopped_where_it_was_told_to():
    def stubborn(description, report):
        for epoch in (1, 2, 3):
            with suppress(BaseException):
                report(epoch, {"loss": 5.0 - epoch})
        return {"loss": 0.0}

    came = Reporting(stubborn)({}, pickle.dumps(Late(2)))
    assert came.metrics == {"loss": 3.0}
    assert came.curve == (Report(1, {"loss": 4.0}), Report(2, {"loss": 3.0}))
    assert came.stopped == "stopped after epoch 2: late"


def test_after_its_last_epoch_a_trial_is_not_stopped_any_more():
    def evaluate(description, report):
        for epoch in (1, 2):
            report(epoch, {"loss": 1.0}, of=2)
        return {"loss": 1.0}

    assert Reporting(evaluate)({}, pickle.dumps(Late(2))).stopped is None
    assert Reporting(evaluate)({}, pickle.dumps(Late(1))).stopped == "stopped after epoch 1: late"


def test_a_trial_that_fails_keeps_the_curve_that_it_came_to():
    def evaluate(description, report):
        report(1, {"loss": 1.0})
        raise ValueError("lost")

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=HALVES)
    study.run(evaluate, trials=1, warn=False)
    trial = study.trials[0]
    assert (trial.state, trial.error, trial.curve) == ("failed", "ValueError: lost", (Report(1, {"loss": 1.0}),))


def test_a_trial_that_is_stopped_at_a_value_that_is_none_has_failed():
    def evaluate(description, report):
        for epoch in (1, 2):
            report(epoch, {"loss": float("nan")})

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping={"type": After})
    study.tell(study.ask(), {"loss": 1.0})
    study.run(evaluate, trials=2)
    assert (study.trials[1].state, study.trials[1].error) == ("failed", "metric 'loss' is nan")
    assert len(study.trials[1].curve) == 2


def test_a_full_disk_is_no_fault_of_the_trial():
    def evaluate(description, report):
        report(1, {"loss": 1.0})
        raise OSError(errno.ENOSPC, "No space left on device")

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=HALVES)
    with pytest.raises(DiskFull):
        study.run(evaluate, trials=1)
    assert study.trials[0].state == "running"


def test_a_deterministic_study_stops_the_same_trials_with_any_number_of_workers_and_when_it_is_gone_on_with(tmp_path):
    alone = programs.stopping(None, deterministic=3)
    alone.run(programs.climb, trials=24)
    together = programs.stopping(tmp_path, deterministic=3)
    with ProcessExecutor(3) as executor:
        together.run(programs.climb, 11, executor)
    left = [together.ask(), together.ask()]
    together.close()
    again = programs.stopping(tmp_path, deterministic=3)
    assert [trial.number for trial in left] == [11, 12]
    with ProcessExecutor(3) as executor:
        again.run(programs.climb, 24, executor)
    assert outline(again.trials) == outline(alone.trials)
    assert {trial.state for trial in again.trials} == {"complete", "stopped"}


def test_the_check_of_a_trial_that_was_cut_short_is_the_one_that_it_had():
    cut = []

    def evaluate(description, report):
        if not cut:
            cut.append(description)
            raise KeyboardInterrupt
        return programs.climb(description, report)

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping={"type": After})
    other = study.ask()
    with pytest.raises(KeyboardInterrupt):
        study.run(evaluate, trials=1)
    study.tell(other, {"loss": 1.0})
    study.run(evaluate, trials=2)
    assert [trial.state for trial in study.trials] == ["complete", "complete"]
    with pytest.raises(FgspaceError) as caught:
        study.check(other)
    assert str(caught.value) == "trial 0 is not running: it was told before, or never asked for"


def test_ctrl_c_goes_through():
    def evaluate(description, report):
        raise KeyboardInterrupt

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=HALVES)
    with pytest.raises(KeyboardInterrupt):
        study.run(evaluate, trials=1)


@pytest.mark.parametrize(
    ("reports", "error"),
    [
        ([(1, {"loss": 1.0}), (1, {"loss": 1.0})], "ValueError: reported epoch 1 after epoch 1; count up, from 1"),
        ([(0, {"loss": 1.0})], "ValueError: reported epoch 0 after epoch 0; count up, from 1"),
        ([(1, {"loss": "low"})], "metric 'loss': expected a number, got 'low'"),
        (
            [(1, 0.5)],
            "expected a mapping of metrics, such as {'accuracy': 0.5}, got 0.5",
        ),
    ],
)
def test_a_report_that_is_none_costs_the_trial(reports, error):
    def evaluate(description, report):
        for epoch, metrics in reports:
            report(epoch, metrics)
        return {"loss": 1.0}

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=HALVES)
    study.run(evaluate, trials=1, warn=False)
    assert (study.trials[0].state, study.trials[0].error) == ("failed", error)


@pytest.mark.parametrize(
    ("objectives", "message"),
    [
        (
            {"loss": "min", "latency": "min"},
            "early stopping needs every objective in every report; 'latency' is not among the reported metrics: loss",
        ),
        (
            {"params": "min"},
            "early stopping needs every objective in every report; 'params' is not among the reported metrics: loss",
        ),
    ],
)
def test_an_objective_that_is_not_reported_ends_the_study_and_says_which(objectives, message):
    from fgspace.api import space

    def evaluate(description, report):
        report(1, {"loss": 1.0})
        return {"loss": 1.0, "latency": 3.0}

    conv = {"type": "Conv2d", "out_channels": {"int": [1, 8]}, "kernel_size": 1}
    convs = space({"type": "FineGrainedSpace", "modules": ["conv"], "conv": conv})
    study = Study(convs, RandomSearch, objectives, early_stopping=HALVES)
    with pytest.raises(FgspaceError) as caught:
        study.run(evaluate, trials=3)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"type": "Halvs"}, "unknown early stopping rule 'Halvs'; did you mean 'Halves'?"),
        ({"type": "Halves", "grace": 3}, "Halves has no option 'grace'"),
        ({"type": Needy}, "Needy needs option 'least'"),
        ({"type": "Halves", "share": 1}, "Halves: share must be at least 2, got 1"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(written, message):
    with pytest.raises(FgspaceError) as caught:
        Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=written)
    assert str(caught.value) == message


def test_an_evaluator_that_does_not_report_is_refused_before_any_trial():
    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=HALVES)
    with pytest.raises(FgspaceError) as caught:
        study.run(programs.loss, trials=3)
    assert str(caught.value) == "early stopping needs an evaluator that reports: its call takes a keyword 'report'"
    assert len(study.trials) == 0


def test_a_check_that_cannot_be_sent_ends_the_study():
    class Local(After):
        def check(self, trial):
            return lambda curve: None

    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping={"type": Local})
    with pytest.raises(FgspaceError) as caught:
        study.run(programs.climb, trials=1)
    start, end = str(caught.value).split(": its check cannot be sent to where trials run: ")
    assert (start, end.split("; ")[-1]) == ("Local", "make it an object of a class at the top level of a module")


def test_a_loop_of_the_users_own_asks_the_study_for_checks():
    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, early_stopping=HALVES)
    for _ in range(10):
        trial, reports = study.ask(), ()
        check, reason = study.check(trial), None
        for epoch in range(1, 10):
            reports = (*reports, Report(epoch, {"loss": programs.loss_at(trial.point, epoch)}))
            if reason := check(reports):
                break
        study.tell(trial, reports[-1].metrics, stopped=reason, curve=reports)
    assert {trial.state for trial in study.trials} == {"complete", "stopped"}
    with pytest.raises(FgspaceError) as caught:
        Study(programs.SPACE, RandomSearch, {"loss": "min"}).check(Trial(0, {}))
    assert str(caught.value) == "this study stops no trials; make it with early_stopping={'type': ...}"


def test_stop_is_no_exception():
    assert not issubclass(Stop, Exception)
    assert Objectives({"loss": "min"}).values(Trial(0, {}, "stopped", {"loss": 2.0})) == (2.0,)
