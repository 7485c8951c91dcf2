"""The store of a study on disk: an SQLite file with one row a trial and one transaction an event."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, overload

from fgspace.errors import FgspaceError
from fgspace.study.identity import Identity
from fgspace.study.storage.rows import FINISH, INSERT, SELECT, finish_row, to_row, to_trial
from fgspace.study.storage.study_file import (
    damaged,
    explained,
    explanation,
    lock,
    open_to_read,
    open_to_write,
    read_identity,
    settle,
    study_file,
    write_ahead,
)
from fgspace.study.trial import Trial

_CHUNK = 1000


class SqliteStore(Sequence[Trial]):
    """Holds the trials of one study in a file; a sequence of them by number, read when they are looked at.

    Every event is committed before the call returns, to the write-ahead log: a process killed at any moment loses
    nothing, and a machine that loses power at most the last events, never the file. Any number of processes may read;
    one at a time writes, from opening the file until `close` or its own end.

    Args:
        place: the study's folder, or a file that ends in .db.
        identity: what study this is; None opens whatever study is there, and only to read.

    Raises:
        FgspaceError: the file cannot be opened or made, is not a study, is another study than `identity` says, or is
            being written by another process.
    """

    def __init__(self, place: str | os.PathLike[str], identity: Identity | None = None) -> None:
        self.path = study_file(place)
        with ExitStack() as opened, explained(self.path):
            if identity is None:
                self._lock, self._connection = None, opened.enter_context(closing(open_to_read(self.path)))
            else:
                self._lock = opened.enter_context(closing(lock(self.path)))
                self._connection = opened.enter_context(closing(open_to_write(self.path, identity)))
            self.identity = read_identity(self._connection, self.path)
            if identity is not None and (differences := identity.differences(self.identity)):
                raise FgspaceError(
                    f"{str(self.path)!r} is another study: {'; '.join(differences)}; name another folder"
                )
            if identity is not None:
                write_ahead(self._connection)
            self._paths = self.identity.paths
            self._count, self._told = self._counted()
            opened.pop_all()

    def add(self, trial: Trial) -> None:
        """Record a new trial, running or finished at once."""
        told = None if trial.state == "running" else self._told
        self._write(INSERT, to_row(trial, self._paths, told))
        self._count += 1
        self._told += told is not None

    def finish(self, trial: Trial) -> None:
        """Record what became of a running trial."""
        self._write(FINISH, finish_row(trial, self._told))
        self._told += 1

    def told(self) -> Iterator[Trial]:
        """Yield the finished trials in the order of telling."""
        with explained(self.path):
            rows = self._connection.execute("SELECT number FROM trials WHERE told IS NOT NULL ORDER BY told").fetchall()
        return (self[number] for (number,) in rows)

    def running(self) -> list[Trial]:
        """Return the trials that were asked for and not told, by number."""
        with explained(self.path):
            rows = self._connection.execute(f"{SELECT} WHERE told IS NULL ORDER BY number").fetchall()
            return [to_trial(row, self._paths) for row in rows]

    def duplicates(self, number: int) -> list[int]:
        """Return the numbers of the trials that repeat this one."""
        with explained(self.path):
            found = self._connection.execute(
                "SELECT number FROM trials WHERE duplicate_of = ? ORDER BY number", (number,)
            )
            return [number for (number,) in found]

    def close(self) -> None:
        """Let go of the file, and let others write."""
        if self._lock is not None:
            settle(self._connection)
            self._lock.close()
        self._connection.close()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        wanted = range(self._count)[index]
        if isinstance(wanted, range):
            return [self[number] for number in wanted]
        with explained(self.path):
            row = self._connection.execute(f"{SELECT} WHERE number = ?", (wanted,)).fetchone()
            return to_trial(row, self._paths)

    def __iter__(self) -> Iterator[Trial]:
        for start in range(0, self._count, _CHUNK):
            chunk = (start, min(start + _CHUNK, self._count))
            with explained(self.path):
                rows = self._connection.execute(f"{SELECT} WHERE number >= ? AND number < ?", chunk).fetchall()
                trials = [to_trial(row, self._paths) for row in rows]
            yield from trials

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise explanation(self.path, error) from error

    def _counted(self) -> tuple[int, int]:
        """Return how many trials there are and how many were told; both are numbered from 0 without a gap."""
        counts = "SELECT count(*), count(told), coalesce(max(number) + 1, 0), coalesce(max(told) + 1, 0) FROM trials"
        trials, told, numbers, places = map(int, self._connection.execute(counts).fetchone())
        if (trials, told) != (numbers, places):
            raise damaged(self.path, f"it holds {trials} of {numbers} trials, {told} of {places} told")
        return trials, told
