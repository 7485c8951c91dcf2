"""The conformance suite of search algorithms."""

import json
from math import sqrt
from statistics import mean, variance
from typing import Any, ClassVar, Self

import pytest

from fgspace.plugins.registry import Type
from fgspace.spaces.border import plain_point
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm, Exhausted
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Report, Trial
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example
from fgspace.testing.problems import SPACES, loss, price, small_space

LOSS = Objectives({"loss": "min"})
TWO = Objectives({"loss": "min", "gain": "max"}, {"price": {"max": 1.5}})

_SEEDS = 20

every_space = pytest.mark.parametrize("name", SPACES)


class AlgorithmSuite:
    """What every algorithm must do: subclass it in a test module, with `make`.

        class TestSANAS(AlgorithmSuite):
            def make(self, space, objectives, seed, **options):
                return SANAS(space, objectives, seed=seed, **options)

    Attributes:
        learns: whether it must do at least as well as random search.
        claims_to_learn: whether it must do better than random search; its record says so by the tag "learns".
        several_objectives: whether it takes more than one objective.
    """

    learns = True
    claims_to_learn = False
    several_objectives = True
    promises: ClassVar[int] = 60

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it.

        Tags of its record say more of it: "learns", "enumerates" where it need not find good points sooner than random
        search does, and "one-objective".
        """
        suite, make = cls(), found.load()
        suite.__dict__["make"] = lambda space, objectives, seed: make(space, objectives, seed=seed, **example.options)
        suite.learns = "enumerates" not in found.tags
        suite.claims_to_learn = "learns" in found.tags
        suite.several_objectives = "one-objective" not in found.tags
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no more than their cases."""
        raise NotImplementedError(name)

    def make(self, space: Space, objectives: Objectives, seed: int, **options: Any) -> Algorithm:
        """Make the algorithm; the suite gives no `options`, they are for the author's own tests."""
        raise NotImplementedError("make(space, objectives, seed, **options) returns the algorithm to test")

    @every_space
    def test_it_proposes_points_of_the_space_in_plain_json(self, name: str) -> None:
        """Every point is in the space, holds plain data only, and is unchanged after a round trip through JSON."""
        space = small_space(name)
        for trial in drive(self.make(space, LOSS, 0), 40):
            assert space.misfit(trial.point) is None
            assert plain_point(trial.point) is trial.point
            assert json.loads(json.dumps(trial.point)) == trial.point

    @every_space
    def test_the_same_seed_proposes_the_same_points(self, name: str) -> None:
        """Two algorithms with the same seed propose the same points."""
        space = small_space(name)
        assert drive(self.make(space, LOSS, 7), 30) == drive(self.make(space, LOSS, 7), 30)

    @every_space
    @pytest.mark.parametrize("told", [0, 1, 5, 23])
    def test_telling_its_trials_again_makes_the_same_algorithm(self, name: str, told: int) -> None:
        """After a replay, the next points are those of an algorithm that was never interrupted."""
        space = small_space(name)
        trials = drive(self.make(space, LOSS, 3), 30)
        again = self.make(space, LOSS, 3)
        for trial in trials[:told]:
            again.tell(trial)
        assert drive(again, len(trials) - told, start=told) == trials[told:]

    @every_space
    def test_failed_and_infeasible_trials_do_not_stop_it(self, name: str) -> None:
        """It goes on after trials without metrics."""
        space = small_space(name)
        states = ("failed", "infeasible", "complete")
        trials = drive(self.make(space, LOSS, 1), 30, states=states)
        assert [trial.state for trial in trials[:3]] == list(states)[: len(trials)]
        assert drive(self.make(space, LOSS, 1), 12, states=("failed",))

    @every_space
    def test_trials_that_were_stopped_early_are_told_too(self, name: str) -> None:
        """It goes on after stopped trials, which are on no front, and a replay of them makes the same algorithm."""
        space = small_space(name)
        states = ("stopped", "complete", "stopped", "failed", "stopped")
        trials = drive(self.make(space, LOSS, 4), 30, states=states)
        again = self.make(space, LOSS, 4)
        for trial in trials[:17]:
            again.tell(trial)
        assert drive(again, len(trials) - 17, start=17, states=states) == trials[17:]
        alone = drive(self.make(space, LOSS, 4), 12, states=("stopped",))
        assert all(space.contains(trial.point) for trial in alone)
        assert len({space.key(trial.point) for trial in alone}) == len(alone)
        if self.several_objectives:
            assert drive(self.make(space, TWO, 4), 30, states=states)

    @every_space
    @only_if("several_objectives", "it takes one objective only")
    def test_it_takes_several_objectives_and_a_constraint(self, name: str) -> None:
        """Several objectives, one to be maximised, and a constraint on a measured metric."""
        space = small_space(name)
        assert all(space.contains(trial.point) for trial in drive(self.make(space, TWO, 1), 30))

    @every_space
    def test_it_can_be_asked_again_before_it_is_told(self, name: str) -> None:
        """Eight points are asked for before any is told, and told in another order."""
        space = small_space(name)
        algorithm = self.make(space, LOSS, 2)
        for first in (0, 4):
            asked = [Trial(first + index, algorithm.ask()) for index in range(4)]
            assert sorted(algorithm.pending) == [trial.number for trial in asked]
            for trial in reversed(asked):
                algorithm.tell(_finished(algorithm, trial, "complete"))
        assert not algorithm.pending

    def test_it_is_exhausted_when_every_point_was_proposed(self) -> None:
        """On a tiny space it proposes every point, and then raises that it is exhausted."""
        space = small_space("tiny")
        trials = drive(self.make(space, LOSS, 5), 1000)
        assert len(trials) < 1000
        assert {space.key(trial.point) for trial in trials} == {space.key(point) for point in space.enumerate()}

    @pytest.mark.parametrize("name", ["bits", "ints", "mixed"])
    @only_if("learns", "it does not learn")
    def test_it_does_at_least_as_well_as_random_search(self, name: str) -> None:
        """The best of 60 trials, over twelve seeds, is not worse than that of random search by 3 standard errors."""
        space = small_space(name)
        ours = [_best(self.make(space, LOSS, seed)) for seed in range(12)]
        random = [_best(RandomSearch(space, LOSS, seed=1000 + seed)) for seed in range(12)]
        noise = sqrt((variance(ours) + variance(random)) / len(ours))
        assert mean(ours) <= mean(random) + 3 * noise

    @pytest.mark.parametrize("name", ["bits", "ints"])
    @only_if("claims_to_learn", "its record does not claim that it learns (tag 'learns')")
    def test_it_does_better_than_random_search(self, name: str) -> None:
        """The best of 60 trials is better on average over 20 seeds, and for most of them."""
        space = small_space(name)
        ours = [_best(self.make(space, LOSS, seed)) for seed in range(_SEEDS)]
        random = [_best(RandomSearch(space, LOSS, seed=1000 + seed)) for seed in range(_SEEDS)]
        assert mean(ours) < mean(random)
        assert sum(one <= other for one, other in zip(ours, random, strict=True)) > _SEEDS // 2


def drive(algorithm: Algorithm, trials: int, start: int = 0, states: tuple[str, ...] = ("complete",)) -> list[Trial]:
    """Ask and tell up to this number of trials, or until the algorithm is exhausted; the states are used in turn."""
    finished: list[Trial] = []
    for number in range(start, start + trials):
        try:
            trial = Trial(number, algorithm.ask(), lineage=algorithm.lineage)
        except Exhausted:
            break
        finished.append(_finished(algorithm, trial, states[number % len(states)]))
        algorithm.tell(finished[-1])
    return finished


def _finished(algorithm: Algorithm, trial: Trial, state: str) -> Trial:
    space, point = algorithm.space, trial.point
    if state == "complete":
        far, cost = loss(space, point), price(space, point)
        metrics = {"loss": far, "gain": 1 - far, "price": cost}
        return Trial(trial.number, point, "complete", metrics, lineage=trial.lineage)
    if state == "stopped":
        metrics = {"loss": loss(space, point) + 0.3, "gain": 0.2, "price": price(space, point)}
        why, curve = "stopped after epoch 1: poor", (Report(1, metrics),)
        return Trial(trial.number, point, "stopped", metrics, why, lineage=trial.lineage, curve=curve)
    if state == "infeasible":
        return Trial(trial.number, point, "infeasible", {"price": 9.0}, "price is 9.0", lineage=trial.lineage)
    return Trial(trial.number, point, "failed", {}, "ValueError: no such network", lineage=trial.lineage)


def _best(algorithm: Algorithm) -> float:
    return min(trial.metrics["loss"] for trial in drive(algorithm, 60))
