"""Where searches end: spaces whose every point was proposed, and spaces too large to look through for the last one."""

from random import Random

import pytest
from fgspace.api import space
from fgspace.study.algorithms.algorithm import Exhausted
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

LOSS = Objectives({"loss": "min"})
PLAIN = 700


def rare(size):
    """Return a space of 700 points that draws meet, and of so many more behind one option that they hardly meet."""
    options = [*range(PLAIN), {"b": {"int": [1, size]}}]
    return space({"type": "FineGrainedSpace", "a": {"choice": options}})


RARE = rare(9)


def met(space, seed=0):
    """Return random search that has proposed all points of that space which draws are likely to meet."""
    algorithm = RandomSearch(space, LOSS, seed=seed)
    for number in range(PLAIN):
        algorithm.expect(number, {"a": number})
    return algorithm


def test_the_last_points_of_a_space_that_draws_hardly_meet_are_found_by_looking_through_it():
    algorithm = met(RARE)
    assert {algorithm.ask()["a.option.b"] for _ in range(9)} == set(range(1, 10))
    with pytest.raises(Exhausted):
        algorithm.ask()


def test_which_of_the_last_points_is_taken_depends_on_the_seed_alone():
    def last(seed):
        return met(RARE, seed).ask()["a.option.b"]

    assert len({last(seed) for seed in range(6)}) > 2
    assert last(1) == last(1)


def test_a_space_of_more_than_a_million_points_is_not_looked_through():
    algorithm = met(rare(2_000_000))
    assert algorithm.space.size == PLAIN + 2_000_000
    with pytest.raises(Exhausted):
        algorithm.ask()


def test_a_point_is_fresh_until_it_is_proposed_and_draws_go_on_until_one_is():
    algorithm = RandomSearch(RARE, LOSS)
    assert algorithm.is_fresh({"a": 7})
    algorithm.expect(0, {"a": 7})
    assert not algorithm.is_fresh({"a": 7})
    assert algorithm.is_fresh({"a": 8})
    draws = iter([*[{"a": 7}] * 99, {"a": 9}])
    assert algorithm.fresh(lambda: next(draws)) == {"a": 9}


def test_the_chance_in_learning_comes_from_the_seed_and_the_number_of_the_trial():
    class Draws(RandomSearch):
        """Draws when it learns."""

        drawn = ()

        def learn(self, trial, rng):
            self.drawn = (*self.drawn, rng.random())

    def learnt(seed, *numbers):
        algorithm = Draws(RARE, LOSS, seed=seed)
        for number in numbers:
            algorithm.tell(Trial(number, {"a": number}, "complete", {"loss": 1.0}))
        return algorithm.drawn

    assert learnt(3, 0, 1) == (Random("3/tell/0").random(), Random("3/tell/1").random())
    assert learnt(3, 1, 0) == tuple(reversed(learnt(3, 0, 1)))
    assert learnt(4, 0) != learnt(3, 0)
