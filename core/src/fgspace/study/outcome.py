"""What becomes of a trial: complete with metrics, stopped or failed with a reason, or the copy of an earlier one's."""

import errno
import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Metrics, State, Trial


class TrialError(Exception):
    """Why a trial failed, already in words."""


def words(error: BaseException) -> str:
    """Return what a trial's exception is recorded as."""
    try:
        return str(error) if isinstance(error, TrialError) else f"{type(error).__name__}: {error}"
    except Exception:  # its own text is code of whoever raised it
        return f"{type(error).__name__}, which cannot say more"


def no_room(error: BaseException | None) -> bool:
    """Say whether a full disk or a spent quota is behind an exception: no trial could go on, and none is to blame."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


def completed(
    trial: Trial, metrics: Metrics, objectives: Objectives, seconds: float | None, stopped: str | None = None
) -> Trial:
    """Return the trial with what was measured; failed where an objective or constraint has no finite value.

    A trial that was stopped, `stopped` says why, need not have measured what only constraints name.

    Raises:
        FgspaceError: an objective or constraint is not among the metrics.
    """
    names = tuple(objectives.directions) if stopped else objectives.names
    check_given(objectives, metrics, names)
    for name in names:
        if not math.isfinite(metrics[name]):
            return failure(trial, f"metric {name!r} is {metrics[name]}", seconds)
    state: State = "stopped" if stopped else "complete"
    return Trial(trial.number, trial.point, state, metrics, stopped, seconds, None, trial.lineage)


def failure(trial: Trial, why: str, seconds: float | None = None) -> Trial:
    """Return the trial with the reason why it has no metrics."""
    return replace(trial, state="failed", error=why, seconds=seconds)


def copied(trial: Trial, original: Trial) -> Trial:
    """Return the trial as a duplicate, with the outcome of the trial that it repeats."""
    return replace(
        trial, duplicate_of=original.number, state=original.state, metrics=original.metrics, error=original.error
    )


def plain(metrics: Any) -> Metrics:
    """Return metrics with plain numbers in place of numpy's and torch's.

    Raises:
        FgspaceError: they are not a mapping.
        TrialError: one of them is not a number.
    """
    if type(metrics) is not dict and not isinstance(metrics, Mapping):
        raise FgspaceError(f"expected a mapping of metrics, such as {{'accuracy': 0.5}}, got {metrics!r}")
    return {str(name): _number(name, value) for name, value in metrics.items()}


def check_given(objectives: Objectives, given: Collection[str], names: Collection[str] | None = None) -> None:
    """Refuse objectives and constraints, all or those of these names, on metrics that are not given."""
    for name in objectives.names if names is None else names:
        if name not in given:
            role = "objective" if name in objectives.directions else "constraint"
            raise FgspaceError(
                f"{role} {name!r} is not among the metrics this evaluator gives:"
                f" {', '.join(given)}{did_you_mean(name, given)}"
            )


def _number(name: str, value: Any) -> float:
    if type(value) is float or type(value) is int:
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TrialError(f"metric {name!r}: expected a number, got {value!r}") from None
