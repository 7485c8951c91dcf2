"""Counts the trials of a study as they end: states, the best values so far, the reasons of failure."""

import re
import time
from collections import deque
from collections.abc import Mapping, Sequence

from fgspace.runs.watching.status import Best, Failure
from fgspace.study.front import Values
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

Ranked = Sequence[tuple[int, Values]]
"""The numbers of the trials on the front, with their values, each to be minimised."""

_NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")
_LATELY = 64
"""The rate is that since the last but so many looks at which there were new trials."""
_REASONS = 3


class Tally:
    """Counts trials by state, and keeps the last reasons of failure and how many trials there were lately."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._failures: dict[str, Failure] = {}
        self._seen: deque[tuple[float, int]] = deque([(time.time(), 0)], maxlen=_LATELY)

    def add(self, trial: Trial) -> None:
        """Count a finished trial."""
        # A fast study has thousands of trials a second: a dict takes half the time of a Counter.
        state = trial.state
        counts = self.counts
        counts[state] = counts.get(state, 0) + 1
        if state == "failed" and trial.duplicate_of is None:
            self._note(trial)

    def failures(self) -> tuple[Failure, ...]:
        """Return the last reasons of failed trials, the latest first."""
        return tuple(reversed(list(self._failures.values())))

    def rate(self, now: float, evaluated: int) -> float | None:
        """Return the number of trials that end in a second, lately; None before the first of this run.

        Args:
            now: the present time.
            evaluated: the number of trials that were evaluated in this run.
        """
        if evaluated != self._seen[-1][1]:
            self._seen.append((now, evaluated))
        begin, before = self._seen[0]
        return (evaluated - before) / max(now - begin, 1e-3) if evaluated > before else None

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
