"""Counts the trials of a study as they end: states, the best values so far, the reasons of failure."""

import re
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from operator import attrgetter

from fgspace.runs.watching.status import Best, Failure
from fgspace.study.front import Values
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

Ranked = Sequence[tuple[int, Values]]
"""The numbers of the trials on the front, with their values, each to be minimised."""

_NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")
LATELY = 64
"""The rate is that of this number of trials, the last ones."""
_REASONS = 3
_state = attrgetter("state")


class Tally:
    """Counts trials by state, and keeps the last reasons of failure and the times of the last ends."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._failures: dict[str, Failure] = {}
        self._ends: deque[float] = deque(maxlen=LATELY)
        self._begin = time.time()

    def add(self, trials: Sequence[Trial]) -> None:
        """Count finished trials."""
        states = Counter(map(_state, trials))
        self.counts += states
        if states["failed"]:
            for trial in trials:
                if trial.state == "failed" and trial.duplicate_of is None:
                    self._note(trial)

    def ended(self, times: Sequence[float]) -> None:
        """Note when trials of this run ended."""
        self._ends.extend(times[-LATELY:])

    def failures(self) -> tuple[Failure, ...]:
        """Return the last reasons of failed trials, the latest first."""
        return tuple(reversed(self._failures.values()))

    def rate(self, now: float) -> float | None:
        """Return the number of trials that end in a second, lately; None before the first of this run."""
        if not self._ends:
            return None
        start = self._begin if len(self._ends) < LATELY else self._ends[0]
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
