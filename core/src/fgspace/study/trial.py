"""A trial: one point evaluated once, and everything known of it."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fgspace.spaces.space import Point as Point

Metrics = dict[str, float]
State = Literal["running", "complete", "stopped", "failed", "infeasible"]
MEASURED = frozenset({"complete", "stopped"})
"""The states of trials whose objectives have values to compare."""
EVALUATED = frozenset({*MEASURED, "failed"})
"""The states of trials that were evaluated, with or without success."""


class Report(NamedTuple):
    """What an evaluator measured after an epoch; epochs are counted from 1."""

    epoch: int
    metrics: Metrics


Curve = tuple[Report, ...]
"""What an evaluator reported of one trial, epoch by epoch."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One point evaluated once.

    `state` is "running" until it is told; then "complete", "stopped" where early stopping cut it short (`error` says
    when and why), "failed" (`error` says why), or "infeasible" where a constraint on a cost was broken before anything
    was evaluated (`error` says which). `metrics` holds what the evaluator gave, of a stopped trial what it reported
    last, and the costs that objectives or constraints name. A trial whose point resolves to the description of an
    earlier one is `duplicate_of` that one's number and has its outcome. `lineage` says what proposed the point.
    `seconds` is how long evaluating took, `curve` what was reported under early stopping.
    """

    number: int
    point: Point
    state: State = "running"
    metrics: Metrics = field(default_factory=dict)
    error: str | None = None
    seconds: float | None = None
    duplicate_of: int | None = None
    lineage: dict[str, Any] = field(default_factory=dict)
    curve: Curve = ()

    @property
    def evaluated(self) -> bool:
        """Say whether it counts for the budget: it was evaluated itself, with or without success, or was stopped."""
        return self.duplicate_of is None and self.state in EVALUATED

    @property
    def measured(self) -> bool:
        """Say whether its objectives have values to compare: those of the end, or those it was stopped at."""
        return self.state in MEASURED
