"""The tables of a store: how they are made, and how those of an earlier version get their checksums.

`study` has one row: the identity and its checksum and, while nobody writes the store, the number of its trials and of
those that were told. `trials` has a row for each trial, `held_out` one for each that was measured on held-out data, and
two of its own: the totals that the store was closed with, and the identity again, on another page.
"""

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from zlib import crc32

from fgspace.study.identity import Identity
from fgspace.study.storage.rows import (
    CHECKSUMS,
    COLUMNS,
    FIRST_NAMES,
    NAMES,
    SELECT_UNCHECKED,
    outcome_checksum,
    proposal_checksum,
)
from fgspace.study.storage.soundness import sound_trial
from fgspace.study.trial import Metrics

_TOTALS, _IDENTITY = -1, -2
"""The rows of `held_out` with the numbers of rows that a store was closed with, and a second copy of its identity."""
_HELD_OUT = "CREATE TABLE held_out (number INTEGER PRIMARY KEY, metrics TEXT NOT NULL, checksum INTEGER NOT NULL)"
_CHECKED = {
    "study": ("identity", "checksum", "trials", "told"),
    "trials": NAMES,
    "held_out": ("number", "metrics", "checksum"),
}
_UNCHECKED = {"study": ("identity",), "trials": FIRST_NAMES, "held_out": ()}


def make_tables(connection: sqlite3.Connection, identity: Identity) -> None:
    """Make the tables of a study without trials, which nobody writes."""
    text = identity.to_json()
    connection.execute("CREATE TABLE study (identity TEXT NOT NULL, checksum INTEGER, trials INTEGER, told INTEGER)")
    connection.execute("INSERT INTO study VALUES (?, ?, 0, 0)", (text, crc32(text.encode())))
    connection.execute(f"CREATE TABLE trials ({COLUMNS})")
    connection.execute(_HELD_OUT)
    _keep_identity(connection, text)


def has_checksums(connection: sqlite3.Connection, tables: Iterable[str] = tuple(_CHECKED)) -> bool:
    """Say whether a store has checksums, which an earlier version did not write.

    Raises:
        ValueError: its tables are neither those of this version nor those of the earlier one.
    """
    found = {
        table: tuple(row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()) for table in tables
    }
    for known in (_CHECKED, _UNCHECKED):
        if found == {table: known[table] for table in found}:
            return known is _CHECKED
    raise ValueError("its tables are not those of a study")


def add_checksums(connection: sqlite3.Connection, paths: tuple[str, ...]) -> None:
    """Give the tables of an earlier version their checksums, in one transaction; the rows are taken as they are.

    Raises:
        ValueError: a row is not that of a trial.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for name in _CHECKED["study"][1:]:
            connection.execute(f"ALTER TABLE study ADD COLUMN {name} INTEGER")
        for name in CHECKSUMS:
            connection.execute(f"ALTER TABLE trials ADD COLUMN {name} INTEGER")
        connection.execute(_HELD_OUT)
        (text,) = connection.execute("SELECT identity FROM study").fetchone()
        connection.execute("UPDATE study SET checksum = ?", (crc32(text.encode()),))
        for row in connection.execute(SELECT_UNCHECKED).fetchall():
            sound_trial(row, paths, has_checksums=False)
            number, state, point, metrics, error, seconds, duplicate_of, lineage, told, curve, _, _ = row
            connection.execute(
                f"UPDATE trials SET {CHECKSUMS[0]} = ?, {CHECKSUMS[1]} = ? WHERE number = ?",
                (
                    proposal_checksum(number, point, duplicate_of, lineage),
                    outcome_checksum(number, state, metrics, error, seconds, told, curve),
                    number,
                ),
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def read_identity(connection: sqlite3.Connection, *, checked: bool) -> Identity:
    """Return what study a store holds.

    Raises:
        ValueError: it does not match its checksum, or is no identity.
    """
    row = connection.execute(f"SELECT identity, {'checksum' if checked else 'NULL'} FROM study").fetchone()
    if row is None:
        raise ValueError("what it says of the study as a whole is missing")
    text, checksum = row
    if not isinstance(text, str) or (checked and crc32(text.encode()) != checksum):
        raise ValueError("what it says of the study as a whole does not match its checksum")
    return Identity.from_json(text)


def read_identity_again(connection: sqlite3.Connection) -> Identity:
    """Return what study a damaged store holds, from its second copy.

    Raises:
        ValueError: that is damaged too, or is not there.
    """
    row = connection.execute("SELECT metrics, checksum FROM held_out WHERE number = ?", (_IDENTITY,)).fetchone()
    if row is None or _held_out_checksum(_IDENTITY, row[0]) != row[1]:
        raise ValueError("both copies of what it says of the study as a whole are damaged")
    return Identity.from_json(row[0])


def _keep_identity(connection: sqlite3.Connection, text: str) -> None:
    row = (_IDENTITY, text, _held_out_checksum(_IDENTITY, text))
    connection.execute("INSERT OR IGNORE INTO held_out VALUES (?, ?, ?)", row)


def closed_counts(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the number of trials and of those told that a store was closed with, None where it was not closed.

    Raises:
        ValueError: they are no numbers.
    """
    row = connection.execute("SELECT trials, told FROM study").fetchone()
    if row is None or None in row:
        return None
    if not all(isinstance(count, int) for count in row):
        raise ValueError("the numbers of trials that it was closed with are none")
    trials, told = row
    return trials, told


def check_totals(connection: sqlite3.Connection) -> None:
    """Check the held-out metrics, and a closed store against its totals; an earlier version wrote none.

    Raises:
        ValueError: they are not as they were written, or held-out metrics are missing.
    """
    for (number,) in connection.execute("SELECT number FROM held_out WHERE number >= 0").fetchall():
        held_out(connection, number)
    totals, counts = held_out(connection, _TOTALS), closed_counts(connection)
    if totals is None or counts is None:
        return
    if (totals["trials"], totals["told"]) != counts:
        raise ValueError("the numbers of trials that it was closed with are not as they were written")
    measured = _measured(connection)
    if measured != totals["held_out"]:
        raise ValueError(f"it holds the held-out metrics of {measured} of {totals['held_out']:g} trials")


def believed_count(connection: sqlite3.Connection) -> int:
    """Return the number of trials that a damaged store was closed with, 0 where that is unknown."""
    with suppress(ValueError, TypeError, KeyError, sqlite3.DatabaseError):
        if (totals := held_out(connection, _TOTALS)) is not None:
            return int(totals["trials"])
    with suppress(ValueError, sqlite3.DatabaseError):
        return (closed_counts(connection) or (0, 0))[0]
    return 0


def write_ahead(connection: sqlite3.Connection) -> None:
    """Have every event written to a log beside the file: readers and the writer never wait for each other.

    From here on the file itself says that it is being written, so that a copy of it without its log is told from a
    whole one.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("UPDATE study SET trials = NULL, told = NULL")
    _keep_identity(connection, connection.execute("SELECT identity FROM study").fetchone()[0])
    connection.execute("PRAGMA wal_checkpoint(FULL)").fetchall()  # waits for those who read


def settle(connection: sqlite3.Connection, process: int) -> None:
    """Leave the file, which nobody writes any more, whole without others beside it: it can be copied, or only read.

    Does nothing in a process that the given one has forked, whose connection it is not.
    """
    if os.getpid() != process:
        return
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
    if not _has_settled(connection):
        with suppress(sqlite3.Error):  # the disk is full: without the log there can be room
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        _has_settled(connection)
    with suppress(sqlite3.Error):  # somebody reads it, or the disk is still full: the log stays, and nothing is lost
        connection.execute("PRAGMA journal_mode = DELETE")


def _has_settled(connection: sqlite3.Connection) -> bool:
    """Write down the numbers of trials, and say whether that was possible."""
    with suppress(sqlite3.Error):
        trials, told = connection.execute("SELECT count(*), count(told) FROM trials").fetchone()
        keep_held_out(connection, _TOTALS, {"trials": trials, "told": told, "held_out": _measured(connection)})
        connection.execute("UPDATE study SET trials = ?, told = ?", (trials, told))  # last: from here on it is closed
        return True
    return False


def _measured(connection: sqlite3.Connection) -> int:
    """Return the number of trials with held-out metrics."""
    count: int
    (count,) = connection.execute("SELECT count(*) FROM held_out WHERE number >= 0").fetchone()
    return count


def keep_held_out(connection: sqlite3.Connection, number: int, metrics: Metrics) -> None:
    """Record the metrics of a trial on held-out data."""
    text = json.dumps(metrics)
    row = (number, text, _held_out_checksum(number, text))
    connection.execute("INSERT OR REPLACE INTO held_out VALUES (?, ?, ?)", row)


def held_out(connection: sqlite3.Connection, number: int) -> Metrics | None:
    """Return the metrics of a trial on held-out data, None where they were not measured.

    Raises:
        ValueError: they do not match their checksum.
    """
    row = connection.execute("SELECT metrics, checksum FROM held_out WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    text, checksum = row
    if _held_out_checksum(number, text) != checksum:
        what = "totals that it was closed with" if number == _TOTALS else f"held-out metrics of trial {number}"
        raise ValueError(f"the {what} do not match their checksum")
    metrics: Metrics = json.loads(text)
    return metrics


def _held_out_checksum(number: int, text: Any) -> int:
    return crc32(f"{number} {text}".encode())
