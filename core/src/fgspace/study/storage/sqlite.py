"""The store of a study on disk: an SQLite file with one row a trial and one transaction an event."""

import os
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, overload

from fgspace.errors import FgspaceError
from fgspace.study.identity import Identity
from fgspace.study.storage.differences import AnotherStudyError
from fgspace.study.storage.lock import file_identity
from fgspace.study.storage.rows import (
    BEGIN,
    FINISH,
    INSERT,
    SELECT,
    SELECT_UNCHECKED,
    Row,
    begin_row,
    finish_row,
    to_row,
)
from fgspace.study.storage.schema import (
    add_checksums,
    check_totals,
    closed_counts,
    has_checksums,
    held_out,
    keep_held_out,
    read_identity,
    settle,
    write_ahead,
)
from fgspace.study.storage.soundness import enumerated, sound_trial
from fgspace.study.storage.study_file import (
    check_format,
    check_pages,
    damaged,
    explained,
    explanation,
    lock_to_write,
    open_to_read,
    open_to_write,
    study_file,
)
from fgspace.study.trial import Metrics, Trial

_CHUNK = 1000


class SqliteStore(Sequence[Trial]):
    """Holds the trials of one study in a file: a sequence by number, whose trials are read when they are accessed.

    Every event is committed to the write-ahead log before the call returns: a process that is killed at any moment
    loses nothing, and a machine that loses power at most the last events, never the file. Every row has checksums, and
    a row that does not match them is refused. Any number of processes may read; one at a time writes, from opening the
    file until `close` or its own end.

    Args:
        place: the study's folder, or a file that ends in .db.
        identity: the identity of the study; None opens any study, and only to read.

    Raises:
        FgspaceError: the file cannot be opened or made, is not a study, is damaged, has another identity, or is being
            written by another process.
    """

    def __init__(self, place: str | os.PathLike[str], identity: Identity | None = None) -> None:
        self.path = study_file(place)
        with ExitStack() as opened, explained(self.path):
            if identity is None:
                self._lock, self._connection = None, opened.enter_context(closing(open_to_read(self.path)))
            else:
                self._lock = opened.enter_context(closing(lock_to_write(self.path)))
                self._connection = opened.enter_context(closing(open_to_write(self.path, identity)))
            check_format(self._connection, self.path)
            check_pages(self._connection, self.path)
            self._has_checksums = has_checksums(self._connection)
            self._select = SELECT if self._has_checksums else SELECT_UNCHECKED
            self.identity = read_identity(self._connection, checked=self._has_checksums)
            self._paths = self.identity.paths
            if identity is not None:
                self._go_on(identity)
            self._count, self._told = self._counted()
            places = ((self.path, file_identity(self.path)), *(self._lock.places if self._lock else ()))
            self._name = str(self.path)
            self._places = tuple((str(place), *identity) for place, identity in places)
            if identity is not None:
                # Also where a program ends without closing its study: SQLite alone would remove the log, and the file
                # would look like one whose log was lost.
                self._settle = weakref.finalize(self, settle, self._connection, os.getpid())
                opened.callback(self._settle)
                write_ahead(self._connection)
            opened.pop_all()

    def _go_on(self, identity: Identity) -> None:
        """Make ready to write the store, which must be that of this study."""
        if differences := identity.differences(self.identity):
            raise AnotherStudyError(str(self.path), differences)
        if not self._has_checksums:
            add_checksums(self._connection, self._paths)
            self._has_checksums, self._select = True, SELECT

    def add(self, trial: Trial) -> None:
        """Record a new trial, running or finished at once."""
        if not os.access(self._name, os.F_OK):  # takes half the time of the whole check, which every trial gets once
            self._check_places()
        if trial.state == "running" and not trial.metrics:
            self._write(BEGIN, begin_row(trial, self._paths))
        else:
            told = None if trial.state == "running" else self._told
            self._write(INSERT, to_row(trial, self._paths, told))
            self._told += told is not None
        self._count += 1

    def finish(self, trial: Trial) -> None:
        """Record the outcome of a running trial."""
        self._check_places()
        self._write(FINISH, finish_row(trial, self._told))
        self._told += 1

    def told(self) -> Iterator[Trial]:
        """Yield the finished trials in the order of telling."""
        with explained(self.path):
            rows = self._connection.execute("SELECT number FROM trials WHERE told IS NOT NULL ORDER BY told").fetchall()
        return (self[number] for (number,) in rows)

    def running(self) -> list[Trial]:
        """Return the trials that were asked for and not told, by number."""
        return self._read("WHERE told IS NULL ORDER BY number")

    def keep_held_out(self, number: int, metrics: Metrics) -> None:
        """Record the metrics of a trial on held-out data."""
        self._check_places()
        with explained(self.path):
            keep_held_out(self._connection, number, metrics)

    def held_out(self, number: int) -> Metrics | None:
        """Return the metrics of a trial on held-out data, None where they were not measured."""
        with explained(self.path):
            return held_out(self._connection, number) if self._has_checksums else None

    def duplicates(self, number: int) -> list[int]:
        """Return the numbers of the trials that repeat this one."""
        with explained(self.path):
            found = self._connection.execute(
                "SELECT number FROM trials WHERE duplicate_of = ? ORDER BY number", (number,)
            )
            return [number for (number,) in found]

    def close(self) -> None:
        """Close the file, and let other processes write it."""
        if self._lock is not None:
            self._settle()
        self._connection.close()
        if self._lock is not None:
            self._lock.close()

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
        return self._read("WHERE number = ?", (wanted,))[0]

    def __iter__(self) -> Iterator[Trial]:
        for start in range(0, self._count, _CHUNK):
            chunk = (start, min(start + _CHUNK, self._count))
            yield from self._read("WHERE number >= ? AND number < ?", chunk)

    def _read(self, where: str, values: tuple[Any, ...] = ()) -> list[Trial]:
        """Return the trials of some rows.

        Raises:
            FgspaceError: one of them is damaged; names all that are, in the whole store.
        """
        with explained(self.path):
            rows = self._connection.execute(f"{self._select} {where}", values).fetchall()
            try:
                return [sound_trial(row, self._paths, has_checksums=self._has_checksums) for row in rows]
            except ValueError as error:
                raise self._damage() from error

    def _damage(self) -> FgspaceError:
        """Return an error that names the damaged trials."""
        found: dict[int, str] = {}
        for row in self._connection.execute(f"{self._select} ORDER BY number"):
            try:
                sound_trial(row, self._paths, has_checksums=self._has_checksums)
            except ValueError as error:
                found[row[0]] = str(error)
        if self._has_checksums:
            verb = "does not match its checksum" if len(found) == 1 else "do not match their checksums"
            return damaged(self.path, f"{enumerated(found)} {verb}")
        return damaged(self.path, "; ".join(f"trial {number}: {why}" for number, why in found.items()))

    def _write(self, statement: str, values: Row) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise explanation(self.path, error) from error

    def _check_places(self) -> None:
        """Refuse to go on where the file, or that of the lock, was removed or replaced."""
        for path, device, inode in self._places:
            try:
                status = os.stat(path)
            except OSError:
                status = None
            if status is None or status.st_ino != inode or status.st_dev != device:
                raise FgspaceError(
                    f"{path!r} was removed or replaced while its search ran, and its trials are in the old one;"
                    " put that back and resume, or start anew"
                )

    def _counted(self) -> tuple[int, int]:
        """Return the numbers of trials and of those told; both are numbered from 0 without a gap.

        Raises:
            FgspaceError: trials are missing.
        """
        counts = "SELECT count(*), count(told), coalesce(max(number) + 1, 0), coalesce(max(told) + 1, 0) FROM trials"
        trials, told, numbers, places = map(int, self._connection.execute(counts).fetchone())
        closed = None
        if self._has_checksums:
            check_totals(self._connection)
            closed = closed_counts(self._connection)
        expected = (numbers, places) if closed is None else closed
        if not (trials, told) == (numbers, places) == expected:
            most, most_told = max(numbers, expected[0]), max(places, expected[1])
            raise damaged(self.path, f"it holds {trials} of {most} trials, {told} of {most_told} told")
        return trials, told
