"""What reports are compared by: one objective, and among which trials."""

import math
from dataclasses import dataclass

from fgspace.study.objectives import Objectives
from fgspace.study.trial import Metrics


@dataclass(frozen=True)
class Comparison:
    """One objective that reports are compared by: `metric`, or the first objective that is reported."""

    objectives: Objectives
    metric: str | None = None

    def name(self, reported: Metrics) -> str:
        """Return the name of the objective that a report is judged by; raises KeyError where it reports none."""
        names = [self.metric] if self.metric else self.objectives.directions
        for name in names:
            if name in reported:
                return name
        raise KeyError(*names)

    def value(self, reported: Metrics) -> float:
        """Return a report's value, to be minimised; infinite, the worst there is, where it is not finite."""
        value = self.objectives.value(self.name(reported), reported)
        return value if math.isfinite(value) else math.inf

    def in_words(self, reported: Metrics, bound: float) -> str:
        """Say how a report is worse than a bound, which is a value to be minimised."""
        name = self.name(reported)
        (sign, word) = (-1, "below") if self.objectives.directions[name] == "max" else (1, "above")
        return f"{name} {reported[name]:.4g} is {word} {sign * bound:.4g}"

    def matched(self, other: Metrics, known: Metrics) -> bool:
        """Say whether a trial with these metrics is no worse in every further objective that is known of another."""
        value = self.objectives.value
        further = (name for name in self.objectives.directions if name in known and name != self.metric)
        return all(name in other and value(name, other) <= value(name, known) for name in further)
