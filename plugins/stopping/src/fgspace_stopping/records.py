"""The values that trials had at each epoch, with which another trial is compared."""

from bisect import insort
from collections import defaultdict
from operator import itemgetter

from fgspace import Comparison, Metrics


class Records:
    """The values that trials had at each epoch, the best first, to be compared with those of another trial.

    With several objectives a trial is compared only with those that are no worse in every other objective that is known
    before it is evaluated, such as its multiply-adds: what is small is not held against what is large and accurate.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
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
        matched = self._comparison.matched
        return [value for value, metrics in self._values.get(epoch, ()) if matched(metrics, known)]
