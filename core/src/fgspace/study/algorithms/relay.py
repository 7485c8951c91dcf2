"""Hands over from one algorithm to the next within a study."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from inspect import isabstract
from random import Random
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.algorithms.options import algorithm_class, all_options, make_algorithm
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Point, Trial

_FORM = "expected algorithms, such as {type: Predictor, trials: 150}, each but the last with its number of trials"


@dataclass(frozen=True)
class Stage:
    """An algorithm, and the number of the first trial that it proposes."""

    first: int
    algorithm: Algorithm


class Relay(Algorithm):
    """Lets one algorithm propose the first trials of a study, and others those that follow.

    `stages: [{type: Predictor, trials: 150}, {type: LocalSearch}]` lets Predictor propose 150 trials, and LocalSearch
    all others. Each algorithm is told the trials of those before it, without how they came about, as if they had been
    given to it; so it goes on from the best of them. Each proposes what it would propose in a study of its own.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all algorithms.
        stages: the algorithms with their options, in order; each but the last has `trials`, the number of trials that
            it proposes.

    Raises:
        FgspaceError: a stage is none, or its algorithm does not take its options.
    """

    makes_plain_points = True

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0, stages: list[dict[str, Any]]) -> None:
        super().__init__(space, objectives, seed=seed)
        self.stages: list[Stage] = []
        """The algorithms, in order."""
        first = 0
        for place, described in enumerate(stages):
            options, trials = _described(described, place, is_last=place == len(stages) - 1)
            self.stages.append(Stage(first, _made(options, place, space, objectives, seed)))
            first += trials
        if not self.stages:
            raise FgspaceError(f"Relay: stages: {_FORM}, got none")

    def propose(self, rng: Random) -> Point:
        """Return the proposal of the algorithm whose turn it is."""
        one = self._turn(self._next).algorithm
        for number, point in self.pending.items():
            if number not in one.pending:
                one.expect(number, point)
        point = one.ask()
        self.lineage = one.lineage
        return point

    def learn(self, trial: Trial, rng: Random) -> None:
        """Tell the trial to the algorithm that proposed it, and to those after it."""
        turn = self._turn(trial.number)
        for stage in self.stages[self.stages.index(turn) :]:
            stage.algorithm.tell(trial if stage is turn else replace(trial, lineage={}))

    def _turn(self, number: int) -> Stage:
        """Return the stage that proposes the trial of this number."""
        return next(stage for stage in reversed(self.stages) if stage.first <= number)


def takes_over(algorithm: Algorithm, number: int) -> str | None:
    """Return the name of the algorithm whose turn begins with the trial of this number, None where none takes over."""
    stages = algorithm.stages[1:] if isinstance(algorithm, Relay) else []
    return next((type(one.algorithm).__name__ for one in stages if one.first == number), None)


def _described(described: Mapping[str, Any], place: int, is_last: bool) -> tuple[Mapping[str, Any], int]:
    """Return type and options of a stage, and the number of its trials: 0 where it is the last."""
    options = dict(described)
    trials = options.pop("trials", None)
    known = isinstance(trials, int) and not isinstance(trials, bool) and trials >= 1
    if not isinstance(options.get("type"), str) or not (trials is None if is_last else known):
        raise FgspaceError(f"Relay: stages.{place}: {_FORM}, got {described!r}")
    return options, trials or 0


def _made(options: Mapping[str, Any], place: int, space: Space, objectives: Objectives, seed: int) -> Algorithm:
    given = {name: value for name, value in options.items() if name != "type"}
    try:
        kind = algorithm_class(options["type"])
        if isabstract(kind):
            raise FgspaceError(f"{options['type']} stands for another algorithm; name that one")
        return make_algorithm(kind, space, objectives, seed, all_options(kind, given))
    except FgspaceError as error:
        raise FgspaceError(f"Relay: stages.{place}: {error}") from error
