"""Tells the algorithm of a deterministic study of finished trials at fixed moments."""

from collections.abc import Callable

from fgspace.errors import FgspaceError
from fgspace.study.ledger import Ledger
from fgspace.study.trial import Trial


class Awaited(FgspaceError):
    """A deterministic study has no further point until a certain trial is told."""


class LookBack:
    """Tells of every finished trial once, in the order of their numbers, a fixed number of trials later.

    Args:
        learn: called with each trial.
        ledger: the trials of the study.
        behind: the number of trials that the algorithm looks back.
    """

    def __init__(self, learn: Callable[[Trial], None], ledger: Ledger, behind: int) -> None:
        self._learn = learn
        self._ledger = ledger
        self._behind = behind
        self._learnt = 0

    def before(self, number: int) -> None:
        """Tell of the trials that must be known before the trial of this number is proposed.

        Raises:
            Awaited: one of those trials still runs.
        """
        while self._learnt <= number - self._behind:
            if self._learnt in self._ledger.running:
                raise Awaited(f"trial {self._learnt} must be told before trial {number} can be asked for")
            self._learn(self._ledger.store[self._learnt])
            self._learnt += 1
