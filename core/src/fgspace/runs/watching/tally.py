"""Counts the trials of a study as they end: states, the best values so far, the reasons of failure."""

import re
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence

from fgspace.runs.watching.status import Best, Failure
from fgspace.study.front import Values
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

Ranked = Sequence[tuple[int, Values]]
"""The numbers of the trials on the front, with their values, each to be minimised."""

_NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")
_LATELY = 64
"""The rate is that of this number of trials, the last ones."""
_REASONS = 3


class Tally:
    """Counts trials by state, and keeps the last reasons of failure and the times of the last ends."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._failures: dict[str, Failure] = {}
        self._ends: deque[float] = deque(maxlen=_LATELY)
        self._begin = time.time()

    def add(self, trial: Trial, ended: float | None = None) -> None:
        """Count a finished trial; `ended` is when it ended, None where that was before this run."""
        self.counts[trial.state] += 1
        if trial.duplicate_of is None:
            if ended is not None:
                self._ends.append(ended)
            if trial.state == "failed":
                self._note(trial)

    def failures(self) -> tuple[Failure, ...]:
        """Return the last reasons of failed trials, the latest first."""
        return tuple(reversed(list(self._failures.values())))

    def rate(self, now: float) -> float | None:
        """Return the number of trials that end in a second, lately; None before the first of this run."""
        if not self._ends:
            return None
        start = self._begin if len(self._ends) < _LATELY else self._ends[0]
        counted = len(self._ends) if start == self._begin else len(self._ends) - 1
        return counted / max(now - start, 1e-3)

    def _note(self, trial: Trial) -> None:
        reason = (trial.error or "").partition("\n")[0]
        kind = _NUMBER.sub("#", reason)
        before = self._failures.pop(kind, None)
        self._failures[kind] = Failure(reason, before.times + 1 if before else 1, trial.number)
        if len(self._failures) > _REASONS:
            del self._failures[next(iter(self._failures))]


def best_of(ranked: Ranked, objectives: Objectives) -> Mapping[str, Best]:
    """Return the best value of every objective among feasible trials, which is always on the front."""
    found = {}
    for place, (name, direction) in enumerate(objectives.directions.items()):
        if ranked:
            value, number = min((values[place], number) for number, values in ranked)
            found[name] = Best(-value if direction == "max" else value, number)
    return found
