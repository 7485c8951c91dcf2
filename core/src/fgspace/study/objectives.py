"""Objectives and constraints; the only place that changes the signs of metrics."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from fgspace.errors import FgspaceError, brief, did_you_mean
from fgspace.study.border.values import plain_argument
from fgspace.study.front import Values, dominates, non_dominated
from fgspace.study.trial import MEASURED, Trial

Direction = Literal["max", "min"]


@dataclass(frozen=True)
class Objectives:
    """Metrics with a direction, and metrics with a bound.

    Args:
        directions: metric → "max" or "min".
        constraints: metric → bounds, `{"max": most}`, `{"min": least}` or both; a value equal to a bound is feasible.

    Raises:
        FgspaceError: there is no objective, or a direction or a bound is not understood.
    """

    directions: Mapping[str, Direction]
    constraints: Mapping[str, Mapping[Direction, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("directions", "constraints"):
            given = getattr(self, name)
            if isinstance(given, Mapping):
                of = "objectives" if name == "directions" else name
                object.__setattr__(self, name, plain_argument(of, given))
        _check_mapping("objectives", "metrics with max or min", self.directions, _directed)
        _check_mapping("constraints", "metrics with their bounds", self.constraints, _bounded)
        if not self.directions:
            raise FgspaceError("objectives: needs at least one metric with max or min, such as {accuracy: max}")
        for name, direction in self.directions.items():
            if direction not in ("max", "min"):
                hint = did_you_mean(str(direction)[:3], ("max", "min"))  # of maximize too
                raise FgspaceError(f"objective {name!r}: expected max or min, got {direction!r}{hint}")
        for name, bounds in self.constraints.items():
            _check_bounds(name, bounds)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every metric that an objective or a constraint names, each once."""
        return tuple(dict.fromkeys((*self.directions, *self.constraints)))

    @cached_property
    def _signs(self) -> tuple[tuple[str, int], ...]:
        return tuple((name, -1 if direction == "max" else 1) for name, direction in self.directions.items())

    def values(self, trial: Trial) -> Values:
        """Return a trial's objectives in order, each to be minimised; infinite where the trial has no metrics.

        Those of a stopped trial are the values of its last report.
        """
        if trial.state not in MEASURED:
            return (math.inf,) * len(self._signs)
        metrics = trial.metrics
        return tuple([sign * metrics[name] for name, sign in self._signs])

    def value(self, name: str, metrics: Mapping[str, float]) -> float:
        """Return one objective among metrics, to be minimised."""
        return -metrics[name] if self.directions[name] == "max" else metrics[name]

    def violation(self, trial: Trial) -> float:
        """Return how far the trial's metrics lie outside their bounds, as a sum of shares of the bounds; 0 is feasible.

        Metrics that a trial lacks do not count, but a failed trial is infinitely far outside.
        """
        if trial.state == "failed":
            return math.inf
        if not self.constraints:
            return 0.0
        metrics = trial.metrics
        return sum(_excess(metrics[name], bounds) for name, bounds in self.constraints.items() if name in metrics)

    def broken(self, metrics: Mapping[str, float]) -> str | None:
        """Return the first constraint that these metrics break in words, None where they break none."""
        for name, bounds in self.constraints.items():
            if name in metrics and _excess(metrics[name], bounds):
                least, most = bounds.get("min", -math.inf), bounds.get("max", math.inf)
                bound = (
                    f"above the most allowed, {most}" if metrics[name] > most else f"below the least allowed, {least}"
                )
                return f"{name} is {metrics[name]}, {bound}"
        return None

    def is_feasible(self, trial: Trial) -> bool:
        """Say whether the trial is complete, so was not stopped, and keeps every constraint."""
        return trial.state == "complete" and not self.violation(trial)

    def dominates(self, first: Trial, second: Trial) -> bool:
        """Say whether the first trial dominates the second; constraints come before objectives.

        Of two trials that break constraints, the one that breaks them less dominates (Deb et al., "A Fast and Elitist
        Multiobjective Genetic Algorithm: NSGA-II", IEEE TEC 6, 2002).
        """
        excess = self.violation(first), self.violation(second)
        if excess[0] or excess[1]:
            return excess[0] < excess[1]
        return dominates(self.values(first), self.values(second))

    def front(self, trials: Iterable[Trial]) -> list[Trial]:
        """Return the feasible trials that no other dominates, by number; duplicates of a trial are left out."""
        feasible = [trial for trial in trials if trial.duplicate_of is None and self.is_feasible(trial)]
        kept = non_dominated([self.values(trial) for trial in feasible])
        return sorted((feasible[index] for index in kept), key=lambda trial: trial.number)


_COSTS = ("params", "macs")


def _directed(name: str) -> str:
    return repr("min" if name in _COSTS else "max")


def _bounded(_: str) -> str:
    return "{'max': 1000}"


def _check_mapping(what: str, content: str, given: Any, example: Callable[[str], str]) -> None:
    """Refuse what is no mapping of names, with an example that is made from what is given."""
    if not isinstance(given, Mapping):
        names = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple | set) else []
        names = [name for name in names if isinstance(name, str)] or ["accuracy"]
        wanted = ", ".join(f"{name!r}: {example(name)}" for name in names)
        raise FgspaceError(f"{what}: expected a mapping of {content}, such as {{{wanted}}}; got {brief(given)}")
    for name in given:
        if not isinstance(name, str):
            raise FgspaceError(f"{what}: expected the name of a metric, got {brief(name)}")


def _check_bounds(name: str, bounds: Mapping[Direction, float]) -> None:
    if not isinstance(bounds, Mapping) or not bounds or set(bounds) - {"max", "min"}:
        raise FgspaceError(f"constraint {name!r}: expected {{max: most}}, {{min: least}} or both, got {bounds!r}")
    for bound in bounds.values():
        if isinstance(bound, bool) or not isinstance(bound, int | float) or math.isnan(bound):
            raise FgspaceError(f"constraint {name!r}: expected a number as bound, got {bound!r}")
    if bounds.get("min", -math.inf) > bounds.get("max", math.inf):
        raise FgspaceError(f"constraint {name!r}: min must not exceed max, got {bounds['min']} > {bounds['max']}")


def _excess(value: float, bounds: Mapping[Direction, float]) -> float:
    below = bounds.get("min", -math.inf) - value
    above = value - bounds.get("max", math.inf)
    if below > 0:
        return below / (abs(bounds["min"]) or 1.0)
    if above > 0:
        return above / (abs(bounds["max"]) or 1.0)
    return 0.0
