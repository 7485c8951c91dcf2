"""Compares reports by one objective, and decides which trials are compared."""

import math
from dataclasses import dataclass

from fgspace.study.objectives import Objectives
from fgspace.study.trial import Metrics


@dataclass(frozen=True)
class Comparison:
    """Compares reports by one objective: `metric`, or the first objective that is reported."""

    objectives: Objectives
    metric: str | None = None

    def name(self, reported: Metrics) -> str:
        """Return the name of the objective that a report is compared by; raises KeyError where the report has none."""
        names = [self.metric] if self.metric else self.objectives.directions
        for name in names:
            if name in reported:
                return name
        raise KeyError(*names)

    def value(self, reported: Metrics) -> float:
        """Return the value of a report, to be minimised; infinite, and so the worst, where it is not finite."""
        value = self.objectives.value(self.name(reported), reported)
        return value if math.isfinite(value) else math.inf

    def in_words(self, reported: Metrics, bound: float) -> str:
        """Return in words how a report is worse than a bound, which is a value to be minimised."""
        name = self.name(reported)
        (sign, word) = (-1, "below") if self.objectives.directions[name] == "max" else (1, "above")
        return f"{name} {reported[name]:.4g} is {word} {sign * bound:.4g}"

    def matched(self, other: Metrics, known: Metrics) -> bool:
        """Say whether another trial is no worse than this one in every further objective in `known`."""
        value = self.objectives.value
        further = (name for name in self.objectives.directions if name in known and name != self.metric)
        return all(name in other and value(name, other) <= value(name, known) for name in further)
