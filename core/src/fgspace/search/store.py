"""The store of a study on disk: an SQLite file with one row a trial and one transaction an event."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, overload

from fgspace.errors import FgspaceError
from fgspace.search.identity import Identity
from fgspace.search.rows import FINISH, INSERT, SELECT, finish_row, to_row, to_trial
from fgspace.search.study_file import connect, explained, explanation, lock, read_identity, study_file, write_identity
from fgspace.search.trial import Trial

_CHUNK = 1000


class SqliteStore(Sequence[Trial]):
    """Holds the trials of one study in a file; a sequence of them by number, read when they are looked at.

    Every event is committed before the call returns, to the write-ahead log: a process killed at any moment loses
    nothing, and a machine that loses power at most the last events, never the file. Any number of processes may read;
    one at a time writes, from its first event until `release` or `close`.

    Args:
        place: the study's folder, or a file that ends in .db.
        identity: what study this is; None opens whatever study is there, and only to read.

    Raises:
        FgspaceError: the file cannot be opened or made, is not a study, or is another study than `identity` says.
    """

    def __init__(self, place: str | os.PathLike[str], identity: Identity | None = None) -> None:
        self.path = study_file(place)
        self._lock: sqlite3.Connection | None = None
        with explained(self.path):
            self._connection = connect(self.path, create=identity is not None)
            if identity is not None:
                write_identity(self._connection, identity)
            self.identity = read_identity(self._connection, self.path)
            self._paths = self.identity.paths
            self._version = self._data_version()
            self._count, self._told = map(int, self._one("SELECT count(*), count(told) FROM trials"))
        if identity is not None and (differences := identity.differences(self.identity)):
            self.close()
            raise FgspaceError(f"{str(self.path)!r} is another study: {'; '.join(differences)}; name another folder")

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
        numbers = self._connection.execute("SELECT number FROM trials WHERE told IS NOT NULL ORDER BY told").fetchall()
        return (self[number] for (number,) in numbers)

    def running(self) -> list[Trial]:
        """Return the trials that were asked for and not told, by number."""
        rows = self._connection.execute(f"{SELECT} WHERE told IS NULL ORDER BY number").fetchall()
        return [to_trial(row, self._paths) for row in rows]

    def release(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def close(self) -> None:
        """Let others write, and let go of the file."""
        self.release()
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
            row = self._one(f"{SELECT} WHERE number = ?", wanted)
        return to_trial(row, self._paths)

    def __iter__(self) -> Iterator[Trial]:
        for start in range(0, self._count, _CHUNK):
            chunk = (start, min(start + _CHUNK, self._count))
            with explained(self.path):
                rows = self._connection.execute(f"{SELECT} WHERE number >= ? AND number < ?", chunk).fetchall()
            for row in rows:
                yield to_trial(row, self._paths)

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        if self._lock is None:
            with explained(self.path):
                self._claim()
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise explanation(self.path, error) from error

    def _claim(self) -> None:
        self._lock = lock(self.path)
        if self._data_version() != self._version:
            self.release()
            raise FgspaceError(f"{str(self.path)!r} was written by another search since it was opened; open it again")

    def _data_version(self) -> int:
        # SQLite raises this number when another connection has written.
        return int(self._one("PRAGMA data_version")[0])

    def _one(self, statement: str, *values: Any) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(statement, values).fetchone()
        return row
