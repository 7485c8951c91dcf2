"""When a study's algorithm, and its rule of early stopping, are told of a finished trial."""

from fgspace.errors import FgspaceError
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.early_stopping.checks import Checks
from fgspace.study.ledger import Ledger
from fgspace.study.trial import Trial


class Awaited(FgspaceError):
    """A deterministic study has no further point before a trial is told."""


class Learning:
    """Tells the algorithm and the rule of every finished trial once: as they end, or in order and so many behind.

    Args:
        algorithm: what is told.
        checks: what tells the rule.
        ledger: where finished trials are found again.
        behind: how many trials the algorithm looks back in a deterministic study, None in any other.
    """

    def __init__(self, algorithm: Algorithm, checks: Checks, ledger: Ledger, behind: int | None) -> None:
        self._algorithm = algorithm
        self._checks = checks
        self._ledger = ledger
        self._behind = behind
        self._learnt = 0

    def told(self, trial: Trial) -> None:
        """Pass on a trial that has ended, unless its turn comes later."""
        if self._behind is None:
            self._learn(trial)

    def before(self, number: int) -> None:
        """Pass on what is to be known, in a deterministic study, before the trial of this number is proposed.

        Raises:
            Awaited: one of those trials runs still.
        """
        if self._behind is None:
            return
        while self._learnt <= number - self._behind:
            if self._learnt in self._ledger.running:
                raise Awaited(f"trial {self._learnt} must be told before trial {number} can be asked for")
            self._learn(self._ledger.store[self._learnt])
            self._learnt += 1

    def _learn(self, trial: Trial) -> None:
        self._algorithm.tell(trial)
        self._checks.learn(trial)
