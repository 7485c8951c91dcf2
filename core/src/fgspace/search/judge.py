"""Judges a trial before it is evaluated, by the costs that are known then, and after, by what was measured."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fgspace.search.objectives import Objectives
from fgspace.search.outcome import TrialError, check_given, completed, failure, plain, words
from fgspace.search.trial import Metrics, Point, Trial
from fgspace.spaces import Space


class Judge:
    """Says which trials need no evaluating, and what became of the others.

    The space is asked for costs only where an objective or a constraint names one.
    """

    def __init__(self, space: Space, objectives: Objectives) -> None:
        self._space = space
        self._objectives = objectives
        self._costs: frozenset[str] | None = None

    def before(self, trial: Trial) -> Trial:
        """Return the trial with its costs where a constraint is on one; infeasible where it breaks that."""
        if not self._objectives.constraints or (self._costs is not None and not self._bounded):
            return trial
        try:
            costs = self._costs_of(trial.point)
        except Exception as error:  # whatever a type's code raises costs the trial
            return failure(trial, words(error))
        broken = self._objectives.broken(costs)
        return replace(trial, metrics=costs, state="infeasible" if broken else "running", error=broken)

    def after(self, trial: Trial, metrics: Any, seconds: float | None) -> Trial:
        """Return the trial complete with its metrics, or failed where they are no numbers to compare.

        Raises:
            FgspaceError: an objective or constraint is neither among the metrics nor a cost.
        """
        try:
            measured = {**trial.metrics, **plain(metrics)}
        except TrialError as error:
            return failure(trial, words(error), seconds)
        if any(name not in measured for name in self._objectives.names):
            measured = {**self._costs_of(trial.point), **measured}
        return completed(trial, measured, self._objectives, seconds)

    def check_names(self, given: tuple[str, ...]) -> None:
        """Hold the objectives and constraints against the metrics that an evaluator says it gives.

        Raises:
            FgspaceError: one is neither among them nor a cost.
        """
        if not all(name in given for name in self._objectives.names):
            check_given(self._objectives, (*given, *self._space.cost(self._space.initial)))

    @property
    def _bounded(self) -> bool:
        return not self._objectives.constraints.keys().isdisjoint(self._costs or ())

    def _costs_of(self, point: Point) -> Metrics:
        cost: Mapping[str, float] = self._space.cost(point)
        self._costs = frozenset(cost)
        return {name: cost[name] for name in self._objectives.names if name in cost}
