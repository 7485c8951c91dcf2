"""Judges a trial before it is evaluated, by the costs that are known then, and after, by what was measured."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.spaces.space import Space
from fgspace.study.objectives import Objectives
from fgspace.study.outcome import TrialError, check_given, completed, failure, plain, words
from fgspace.study.trial import Curve, Metrics, Point, Trial


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

    def after(self, trial: Trial, metrics: Any, seconds: float | None, stopped: str | None = None) -> Trial:
        """Return the trial complete with its metrics, or failed where they are no numbers to compare.

        With `stopped`, why it was stopped, it is stopped in place of complete.

        Raises:
            FgspaceError: an objective or constraint is neither among the metrics nor a cost.
        """
        try:
            measured = {**trial.metrics, **plain(metrics)}
        except TrialError as error:
            return failure(trial, words(error), seconds)
        if any(name not in measured for name in self._objectives.names):
            measured = {**self._costs_of(trial.point), **measured}
        return completed(trial, measured, self._objectives, seconds, stopped)

    def priced(self, trial: Trial) -> Trial:
        """Return the trial with those of several objectives that are costs, as far as they can be computed."""
        if len(self._objectives.directions) == 1 or (self._costs is not None and not self._costs):
            return trial
        with suppress(Exception):  # what a type's code raises, evaluating will find out
            return replace(trial, metrics=self._costs_of(trial.point))
        return trial

    def check_curve(self, point: Point, curve: Curve) -> None:
        """Refuse reports that lack an objective which is no cost, or that have none to judge by.

        Raises:
            FgspaceError: an objective is not reported.
        """
        names = list(self._objectives.directions)
        lacking = [name for name in names if any(name not in report.metrics for report in curve)]
        costs = self._costs_of(point) if lacking else {}
        measured = [name for name in names if name not in costs]
        for name in lacking:
            if name in measured or not measured:  # where all are costs, there is nothing to judge by
                reported = next(report.metrics for report in curve if name not in report.metrics)
                raise FgspaceError(
                    f"early stopping needs every objective in every report; {name!r} is not among what is reported:"
                    f" {', '.join(reported)}"
                )

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
