"""Long stores, and studies that go on: every trial is read once, and told in the order in which they ended."""

import sys
from importlib import import_module
from itertools import permutations
from pathlib import Path

import pytest
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.objectives import Objectives
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.study import Study
from fgspace.study.trial import Trial

sys.path.insert(0, str(Path(__file__).parent))
programs = import_module("search_programs")


class Listens(RandomSearch):
    """Keeps the numbers of the trials that it is told, in order."""

    def __init__(self, space, objectives, *, seed=0):
        super().__init__(space, objectives, seed=seed)
        self.heard = []

    def learn(self, trial, rng):
        self.heard.append(trial.number)


def listening(folder):
    return Study(programs.SPACE, Listens, {"loss": "min"}, seed=3, store=folder)


def test_every_trial_of_a_long_store_comes_once_and_in_order(tmp_path):
    store = SqliteStore(tmp_path, programs.study(None).identity)
    for number in range(2002):
        trial = Trial(number, {"a": number % 100, "mask": [0] * 12}, "complete", {"loss": float(number)})
        store.add(trial)
        if number + 1 in (1, 999, 1000, 1001, 2000, 2001, 2002):
            assert [one.number for one in store] == list(range(number + 1))
            assert len(store) == number + 1
    store.close()
    read = SqliteStore(tmp_path)
    assert [one.metrics["loss"] for one in read] == list(range(2002))
    assert [one.number for one in read[998:1003]] == [998, 999, 1000, 1001, 1002]
    assert [one.number for one in read[:-1000:-1]] == list(range(2001, 1002, -1))


def test_a_study_that_goes_on_tells_its_trials_in_the_order_in_which_they_ended(tmp_path):
    study = listening(tmp_path)
    asked = [study.ask() for _ in range(5)]
    for number in (2, 0, 3):
        study.tell(asked[number], {"loss": 1.0})
    study.close()
    again = listening(tmp_path)
    assert again.algorithm.heard == [2, 0, 3]
    again.tell(asked[4], failed="lost")
    again.tell(asked[1], {"loss": 1.0})
    again.close()
    assert listening(tmp_path).algorithm.heard == [2, 0, 3, 4, 1]


@pytest.mark.parametrize("told", [*permutations(range(3)), (2,), (1, 2), ()])
def test_the_next_points_of_a_study_that_goes_on_do_not_depend_on_what_ended_first(tmp_path, told):
    whole, part = listening(None), listening(tmp_path)
    for study in (whole, part):
        asked = [study.ask() for _ in range(3)]
        for number in told:
            study.tell(asked[number], {"loss": 1.0})
    part.close()
    again = listening(tmp_path)
    left = [again.ask() for number in range(3) if number not in told]
    assert [trial.number for trial in left] == [number for number in range(3) if number not in told]
    assert [again.ask() for _ in range(3)] == [whole.ask() for _ in range(3)]
    assert [trial.number for trial in again.trials] == list(range(6))


def test_an_algorithm_that_is_told_a_trial_it_did_not_propose_goes_on_after_the_number_of_that():
    algorithm = RandomSearch(programs.SPACE, Objectives({"loss": "min"}))
    algorithm.tell(Trial(7, {"a": 3, "mask": [0] * 12}, "complete", {"loss": 1.0}))
    algorithm.ask()
    algorithm.ask()
    assert list(algorithm.pending) == [8, 9]
