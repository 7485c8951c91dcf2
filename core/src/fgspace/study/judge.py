"""Judges a trial by its costs before it is evaluated, and by its metrics afterwards."""

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.spaces.space import Space
from fgspace.study.border.values import plain_metrics
from fgspace.study.failure import TrialError, words
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Curve, Metrics, Point, State, Trial


class Judge:
    """Says which trials need no evaluation, and which state the others end in.

    Costs are computed only where an objective or a constraint names one.
    """

    def __init__(self, space: Space, objectives: Objectives) -> None:
        self._space = space
        self._objectives = objectives
        self._names = frozenset(objectives.names)
        self._costs: frozenset[str] | None = None

    def before(self, trial: Trial) -> Trial:
        """Return the trial with its costs where a constraint bounds one; infeasible where it breaks a constraint."""
        if not self._objectives.constraints or (self._costs is not None and not self._bounded):
            return trial
        try:
            costs = self._costs_of(trial.point)
        except Exception as error:  # a type's code may raise anything, which fails the trial
            return failure(trial, words(error))
        broken = self._objectives.broken(costs)
        return replace(trial, metrics=costs, state="infeasible" if broken else "running", error=broken)

    def after(self, trial: Trial, metrics: Any, seconds: float | None, stopped: str | None = None) -> Trial:
        """Return the trial complete with its metrics, or failed where they are not finite numbers.

        With `stopped`, the reason of early stopping, its state is stopped instead of complete.

        Raises:
            FgspaceError: an objective or constraint is neither among the metrics nor a cost.
        """
        try:
            measured = {**trial.metrics, **plain_metrics(metrics)}
        except TrialError as error:
            return failure(trial, words(error), seconds)
        if not measured.keys() >= self._names:
            measured = {**self._costs_of(trial.point), **measured}
        return completed(trial, measured, self._objectives, seconds, stopped)

    def priced(self, trial: Trial) -> Trial:
        """Return the trial with the costs among several objectives, as far as they can be computed."""
        if len(self._objectives.directions) == 1 or (self._costs is not None and not self._costs):
            return trial
        with suppress(Exception):  # evaluating the trial meets the same exception, and records it
            return replace(trial, metrics={**self._costs_of(trial.point), **trial.metrics})
        return trial

    def check_curve(self, trial: Trial, curve: Curve) -> None:
        """Refuse reports that lack an objective other than a cost, or that have no objective to judge by.

        Raises:
            FgspaceError: an objective is not reported.
        """
        names = list(self._objectives.directions)
        lacking = [name for name in names if any(name not in report.metrics for report in curve)]
        costs = {**self._costs_of(trial.point), **trial.metrics} if lacking else {}
        measured = [name for name in names if name not in costs]
        for name in lacking:
            if name in measured or not measured:  # where all objectives are costs, none is left to judge by
                reported = next(report.metrics for report in curve if name not in report.metrics)
                raise FgspaceError(
                    f"early stopping needs every objective in every report; {name!r} is not among the reported metrics:"
                    f" {', '.join(reported)}"
                )

    def check_names(self, given: tuple[str, ...]) -> None:
        """Check that the metrics of an evaluator include the objectives and constraints.

        Raises:
            FgspaceError: one is neither a metric nor a cost.
        """
        if not all(name in given for name in self._objectives.names):
            check_given(self._objectives, (*given, *self._space.cost(self._space.initial)))

    @property
    def _bounded(self) -> bool:
        return not self._objectives.constraints.keys().isdisjoint(self._costs or ())

    def _costs_of(self, point: Point) -> Metrics:
        cost: Mapping[str, float] = self._space.cost_of(self._space.described(point))
        self._costs = frozenset(cost)
        return {name: cost[name] for name in self._objectives.names if name in cost}


def completed(
    trial: Trial, metrics: Metrics, objectives: Objectives, seconds: float | None, stopped: str | None = None
) -> Trial:
    """Return the trial with its metrics; failed where an objective or constraint has no finite value.

    A trial that was stopped, for the reason `stopped`, needs no metrics of constraints.

    Raises:
        FgspaceError: an objective or constraint is not among the metrics.
    """
    names = tuple(objectives.directions) if stopped else objectives.names
    for name in names:
        if name not in metrics:  # of a trial with several faults, this is the one that ends the study
            check_given(objectives, metrics, names)
    for name in names:
        if not math.isfinite(metrics[name]):
            return failure(trial, f"metric {name!r} is {metrics[name]}", seconds)
    state: State = "stopped" if stopped else "complete"
    return Trial(trial.number, trial.point, state, metrics, stopped, seconds, None, trial.lineage)


def failure(trial: Trial, why: str, seconds: float | None = None) -> Trial:
    """Return the trial with the reason why it has no metrics; characters that no file can hold are escaped."""
    why = why.encode("utf-8", "backslashreplace").decode()
    return replace(trial, state="failed", error=why, seconds=seconds)


def copied(trial: Trial, original: Trial) -> Trial:
    """Return the trial as a duplicate of an earlier one, with its outcome."""
    return replace(
        trial, duplicate_of=original.number, state=original.state, metrics=original.metrics, error=original.error
    )


def check_given(objectives: Objectives, given: Collection[str], names: Collection[str] | None = None) -> None:
    """Refuse objectives and constraints on metrics that are not given; `names` limits the check to these."""
    for name in objectives.names if names is None else names:
        if name not in given:
            role = "objective" if name in objectives.directions else "constraint"
            raise FgspaceError(
                f"{role} {name!r} is not among the metrics this evaluator gives:"
                f" {', '.join(given) or 'none'}{did_you_mean(name, given)}"
            )
