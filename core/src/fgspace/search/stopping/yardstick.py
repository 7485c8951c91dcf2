"""What reports are compared by: one objective, and among which trials."""

import math
from bisect import insort
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter

from fgspace.search.objectives import Objectives
from fgspace.search.trial import Metrics


@dataclass(frozen=True)
class Yardstick:
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


class Records:
    """The values that trials had at each epoch, the best first, to be compared with those of another trial.

    With several objectives a trial is compared only with those that are no worse in every other objective that is known
    before it is evaluated, such as its multiply-adds: what is small is not held against what is large and accurate.
    """

    def __init__(self, yardstick: Yardstick) -> None:
        self._yardstick = yardstick
        self._values: defaultdict[int, list[tuple[float, Metrics]]] = defaultdict(list)

    @property
    def epochs(self) -> list[int]:
        """The epochs at which something is recorded, in order."""
        return sorted(self._values)

    def add(self, epoch: int, value: float, metrics: Metrics) -> None:
        """Record what a trial with these metrics had at an epoch."""
        insort(self._values[epoch], (value, metrics), key=itemgetter(0))

    def comparable(self, epoch: int, known: Metrics) -> list[float]:
        """Return the values at an epoch that a trial is held against of which this is known, the best first."""
        matched = self._yardstick.matched
        return [value for value, metrics in self._values.get(epoch, ()) if matched(metrics, known)]
