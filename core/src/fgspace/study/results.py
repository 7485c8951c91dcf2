"""The results of a study: its trials, its front and its best trial."""

import os
from collections.abc import Sequence
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.study.identity import Identity
from fgspace.study.ledger import Leaders
from fgspace.study.objectives import Objectives
from fgspace.study.showing.frame import frame
from fgspace.study.showing.front import Front
from fgspace.study.showing.tables import study_table
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.trial import Metrics, Trial


class Results:
    """The results of a study in a folder, which is only read; the study may be running.

    Args:
        place: the study's folder, or a file that ends in .db.

    Raises:
        FgspaceError: there is no study at that place.
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self.place = place
        self._store = SqliteStore(place)
        self.identity: Identity = self._store.identity
        self.objectives = Objectives(self.identity.objectives, self.identity.constraints)
        self._leaders = Leaders(self.objectives, self._store)

    def __repr__(self) -> str:
        return (
            f"<Results of {str(self.place)!r}: {len(self._store)} trials, {len(self._leaders.numbers())} on the front>"
        )

    @property
    def trials(self) -> Sequence[Trial]:
        """The trials by number; each is read from the file when it is accessed."""
        return self._store

    def duplicates(self, number: int) -> list[int]:
        """Return the numbers of the trials that repeat this one."""
        return self._store.duplicates(number)

    def held_out(self, number: int) -> Metrics | None:
        """Return the metrics of a trial on held-out data, None where they were not measured."""
        return self._store.held_out(number)

    def _repr_html_(self) -> str:
        return study_table(self.objectives.directions, self.trials, self.front())

    def frame(self) -> Any:
        """Return the trials, a row each: a `pandas.DataFrame`; a mapping of columns where pandas is not installed."""
        return frame(self.trials)

    def front(self) -> Front:
        """Return the feasible trials that no other dominates, by number, each description once."""
        return Front(self._store[number] for number in self._leaders.numbers())

    @property
    def best(self) -> Trial | None:
        """The best feasible trial, the earliest of equals; None before there is one.

        Raises:
            FgspaceError: there are several objectives, and so a front but no best.
        """
        return best(self.objectives, self.front())

    def close(self) -> None:
        """Close the file."""
        self._store.close()


def best(objectives: Objectives, front: list[Trial]) -> Trial | None:
    """Return the first of a front of one objective, None where the front is empty."""
    if len(objectives.directions) > 1:
        names = " and ".join(objectives.directions)
        raise FgspaceError(f"best needs a single objective, this study has {names}; look at front()")
    return front[0] if front else None
