"""What becomes of a trial: full disks that nobody is to blame for, metrics that are not plain numbers, odd errors."""

import errno
import math
from fractions import Fraction

import pytest
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.executors.executor import DiskFull
from fgspace.study.study import Study

TABLE = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 9]}}})


def full(code=errno.ENOSPC):
    raise OSError(code, "no room")


def wrapped():
    try:
        full()
    except OSError as error:
        raise RuntimeError("not saved") from error


def in_the_way():
    try:
        full()
    except OSError:
        raise RuntimeError("not cleaned up")  # noqa: B904 - code of users does this


def far_behind():
    try:
        wrapped()
    except RuntimeError:
        raise ValueError("no weights")  # noqa: B904 - code of users does this


def study():
    return Study(TABLE, GridSearch, {"loss": "min"})


@pytest.mark.parametrize(
    ("fail", "message"),
    [
        (full, f"OSError: [Errno {errno.ENOSPC}] no room"),
        (lambda: full(errno.EDQUOT), f"OSError: [Errno {errno.EDQUOT}] no room"),
        (wrapped, "RuntimeError: not saved"),
        (in_the_way, "RuntimeError: not cleaned up"),
        (far_behind, "ValueError: no weights"),
    ],
)
def test_a_full_disk_behind_an_error_ends_the_search_and_its_trial_is_run_again(fail, message):
    def evaluate(description):
        if description["a"] == 1 and not mended:
            fail()
        return {"loss": description["a"]}

    searched, mended = study(), False
    with pytest.raises(DiskFull) as error:
        searched.run(evaluate, trials=3)
    assert str(error.value) == f"{message}; make room and resume, no finished trial is lost"
    assert [trial.state for trial in searched.trials] == ["complete", "running"]
    mended = True
    searched.run(evaluate, trials=3)
    assert [(trial.number, trial.state) for trial in searched.trials] == [(number, "complete") for number in range(3)]


def test_another_error_of_the_system_costs_its_trial_only():
    def evaluate(description):
        raise OSError(errno.ENOENT, "no such file")

    searched = study()
    searched.run(evaluate, trials=2, warn=False)
    assert [trial.error for trial in searched.trials] == ["FileNotFoundError: [Errno 2] no such file"] * 2
    assert [trial.evaluated for trial in searched.trials] == [True, True]


def test_metrics_become_plain_numbers_and_whole_ones_stay_whole():
    searched = study()
    trial = searched.tell(searched.ask(), {"loss": Fraction(1, 2), "epochs": 3, "best": True})
    assert repr(trial.metrics) == "{'loss': 0.5, 'epochs': 3, 'best': 1.0}"


def test_a_metric_that_nothing_is_judged_by_may_be_no_finite_number():
    searched = study()
    trial = searched.tell(searched.ask(), {"loss": 1.0, "gain": math.nan, "most": math.inf}, seconds=2.0)
    assert (trial.state, trial.error, trial.seconds) == ("complete", None, 2.0)
    assert searched.best == trial


def test_a_failed_trial_keeps_how_long_it_took():
    searched = study()
    assert searched.tell(searched.ask(), failed="lost", seconds=1.5).seconds == 1.5
    assert searched.tell(searched.ask(), {"loss": math.nan}, seconds=2.5).seconds == 2.5
    assert searched.tell(searched.ask(), {"loss": "low"}, seconds=3.5).seconds == 3.5
    assert searched.evaluated == 3


def test_trials_that_are_put_back_are_asked_for_first_in_their_order_and_those_that_were_told_are_not():
    searched = study()
    asked = [searched.ask() for _ in range(4)]
    searched.tell(asked[1], {"loss": 1.0})
    searched.put_back(asked[2:])
    searched.put_back(asked[:2])
    assert [searched.ask().number for _ in range(4)] == [0, 2, 3, 4]
