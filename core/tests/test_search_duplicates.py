"""Points that are the same and points that only seem so: duplicates lead nothing, equal hashes are no duplicates."""

from fgspace.api import space
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.ledger import Leaders
from fgspace.study.objectives import Objectives
from fgspace.study.study import Study
from fgspace.study.trial import Trial

TABLE = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [-2, 9]}, "b": {"int": [0, 9]}}})
# In CPython, -1 and -2 have one hash, and so have the tuples that differ in them only.
FIRST, SECOND = {"a": -1, "b": 0}, {"a": -2, "b": 0}


def given(points, folder=None, objectives=None):
    return Study(TABLE, RandomSearch, objectives or {"loss": "min"}, store=folder, initial_points=points)


def metrics(description):
    return {"loss": description["a"] + description["b"], "gain": 2.0 * description["a"]}


def test_a_front_holds_each_description_once_though_it_was_proposed_again(tmp_path):
    points = [
        {"a": 1, "b": 0},
        {"a": 3, "b": 0},
        {"a": 3, "b": 5},
        {"a": 1, "b": 0},
        {"a": 3, "b": 0},
        {"a": 5, "b": 0},
    ]
    study = given(points, tmp_path, {"loss": "min", "gain": "max"})
    study.run(metrics, trials=4)
    assert [trial.duplicate_of for trial in study.trials] == [None, None, None, 0, 1, None]
    leading = [study.trials[number] for number in (0, 1, 5)]
    assert study.front() == leading
    assert study.objectives.front(study.trials) == leading
    study.close()
    assert Study.open(tmp_path).front() == leading
    assert given(points, tmp_path, {"loss": "min", "gain": "max"}).front() == leading


def test_a_duplicate_is_not_the_best_even_where_it_is_looked_at_alone():
    leaders = Leaders(Objectives({"loss": "min"}))
    leaders.add(Trial(1, FIRST, "complete", {"loss": 1.0}, duplicate_of=0))
    assert leaders.numbers() == []


def test_points_whose_keys_share_a_hash_are_both_evaluated():
    assert hash(TABLE.key(FIRST)) == hash(TABLE.key(SECOND))
    study = given([FIRST, SECOND, FIRST])
    study.run(metrics, trials=2)
    study.ask()
    assert [trial.metrics.get("loss") for trial in study.trials][:3] == [-1, -2, -1]
    assert [trial.duplicate_of for trial in study.trials][:3] == [None, None, 0]
    assert study.evaluated == 2


def test_points_whose_keys_share_a_hash_run_beside_each_other():
    study = given([FIRST, SECOND])
    assert [study.ask().point for _ in range(2)] == [FIRST, SECOND]
    assert set(study.algorithm.pending) == {0, 1}


def test_points_whose_keys_share_a_hash_stay_apart_in_a_study_that_goes_on(tmp_path):
    study = given([FIRST, SECOND, FIRST], tmp_path)
    study.run(metrics, trials=1)
    study.close()
    again = given([FIRST, SECOND, FIRST], tmp_path)
    trial = again.ask()
    assert (trial.number, trial.point, trial.state, trial.duplicate_of) == (1, SECOND, "running", None)
    again.tell(trial, {"loss": -2.0})
    again.ask()
    assert [(one.metrics.get("loss"), one.duplicate_of) for one in again.trials][:3] == [
        (-1, None),
        (-2.0, None),
        (-1, 0),
    ]


def test_a_duplicate_of_a_trial_that_still_runs_waits_for_it_in_a_study_that_goes_on(tmp_path):
    study = given([FIRST, FIRST, SECOND], tmp_path)
    assert [study.ask().number for _ in range(2)] == [0, 2]
    study.close()
    again = given([FIRST, FIRST, SECOND], tmp_path)
    assert [trial.state for trial in again.trials] == ["running"] * 3
    first, second = again.ask(), again.ask()
    assert (first.number, second.number) == (0, 2)
    again.tell(first, failed="lost")
    assert [(trial.state, trial.error, trial.duplicate_of) for trial in again.trials] == [
        ("failed", "lost", None),
        ("failed", "lost", 0),
        ("running", None, None),
    ]
    assert again.evaluated == 1
