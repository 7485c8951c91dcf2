"""Trials as Optuna knows them: their states, values, constraints and parameters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from fgspace import Objectives, Trial
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

_Way = Literal["maximize", "minimize"]
_DIRECTIONS: Mapping[str, _Way] = {"max": "maximize", "min": "minimize"}
_AT = datetime(2000, 1, 1)
"""The time of trials whose times no sampler looks at."""


def directions(objectives: Objectives) -> list[_Way]:
    """Return the directions of the objectives in Optuna's words."""
    return [_DIRECTIONS[direction] for direction in objectives.directions.values()]


def state_of(trial: Trial, *, single: bool) -> TrialState:
    """Return the state of a trial in Optuna.

    A trial that was stopped early is PRUNED, and so is one that broke a constraint on a cost and was not evaluated.
    With several objectives Optuna compares no reports: a stopped trial is COMPLETE then, with the metrics of its last.
    """
    if trial.state == "complete":
        return TrialState.COMPLETE
    if trial.state == "stopped":
        return TrialState.PRUNED if single else TrialState.COMPLETE
    if trial.state == "infeasible":
        return TrialState.PRUNED
    return TrialState.RUNNING if trial.state == "running" else TrialState.FAIL


def values_of(trial: Trial, objectives: Objectives) -> list[float] | None:
    """Return the objectives of a trial that was measured."""
    return [float(trial.metrics[name]) for name in objectives.directions] if trial.measured else None


def reported(trial: Trial, objectives: Objectives) -> dict[int, float]:
    """Return epoch → objective of a trial that reported, where there is one objective."""
    if len(objectives.directions) > 1:
        return {}
    (name,) = objectives.directions
    return {report.epoch: float(report.metrics[name]) for report in trial.curve if name in report.metrics}


def constraints_of(trial: Trial, objectives: Objectives) -> dict[str, float]:
    """Return how far the metrics of a trial are above each bound, as a share of the bound: at most 0 is feasible."""
    found: dict[str, float] = {}
    for name, bounds in objectives.constraints.items():
        if name not in trial.metrics:
            continue
        for side, bound in bounds.items():
            excess = trial.metrics[name] - bound if side == "max" else bound - trial.metrics[name]
            found[f"{name} {side}"] = float(excess / (abs(bound) or 1.0))
    return found


def as_told(
    at: int,
    state: TrialState,
    parameters: tuple[dict[str, Any], dict[str, BaseDistribution]],
    values: Sequence[float] | None = None,
    reports: Mapping[int, float] | None = None,
) -> FrozenTrial:
    """Return a trial for a sampler; its number is its place among those that were told."""
    return FrozenTrial(
        number=at,
        trial_id=at,
        state=state,
        value=None,
        values=values,
        datetime_start=_AT,
        datetime_complete=_AT if state.is_finished() else None,
        params=parameters[0],
        distributions=parameters[1],
        user_attrs={},
        system_attrs={},
        intermediate_values=dict(reports or {}),
    )
