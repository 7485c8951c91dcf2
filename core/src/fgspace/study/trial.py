"""A trial: one point evaluated once, with its outcome."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fgspace.spaces.space import Point as Point
from fgspace.study.showing.tables import trial_table

Metrics = dict[str, float]
State = Literal["running", "complete", "stopped", "failed", "infeasible"]
MEASURED = frozenset({"complete", "stopped"})
"""The states of trials whose objectives have values to compare."""
EVALUATED = frozenset({*MEASURED, "failed"})
"""The states of trials that were evaluated, with or without success."""


class Report(NamedTuple):
    """The metrics after an epoch; epochs are counted from 1."""

    epoch: int
    metrics: Metrics


Curve = tuple[Report, ...]
"""The reports of one trial, in the order of epochs."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One point evaluated once.

    `state` is "running" until the trial is told; then "complete", "stopped" where early stopping cut it short (`error`
    says when and why), "failed" (`error` says why), or "infeasible" where it broke a constraint on a cost and was not
    evaluated (`error` says which). `metrics` holds the evaluator's metrics, or those of the last report of a stopped
    trial, and the costs that objectives or constraints name. A trial whose point resolves to the description of an
    earlier one is `duplicate_of` that one's number and has its outcome. `lineage` names the operator and the parents of
    the point, `seconds` is the time of the evaluation, `curve` holds the reports under early stopping.
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

    def _repr_html_(self) -> str:
        return trial_table(self)

    @property
    def evaluated(self) -> bool:
        """Say whether it counts for the budget: it was itself evaluated, with or without success, or was stopped."""
        return self.duplicate_of is None and self.state in EVALUATED

    @property
    def measured(self) -> bool:
        """Say whether its objectives have values to compare, from its end or from where it was stopped."""
        return self.state in MEASURED
