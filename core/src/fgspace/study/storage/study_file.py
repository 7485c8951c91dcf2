"""The file of a study: where it is, how it is opened and locked, whose study it is, and what can go wrong with it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from fgspace.errors import FgspaceError
from fgspace.study.identity import Identity
from fgspace.study.storage.rows import COLUMNS

FILE = "study.db"
_APPLICATION_ID = 0x66677370  # "fgsp", where SQLite keeps the mark of the program that a file belongs to
_FORMAT = 1
_LEAST = 16
"""Bytes: whatever is shorter, SQLite takes for an empty file that it may write to."""


def study_file(place: str | os.PathLike[str]) -> Path:
    """Return the file of the store at a place: the place itself where it ends in .db, else study.db in that folder."""
    path = Path(place)
    return path if path.suffix == ".db" else path / FILE


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file of a study only to read it; whoever writes it is not disturbed."""
    if not path.is_file():
        raise FgspaceError(f"there is no study at {str(path)!r}; name the folder of one")
    try:
        return _connect(path, "ro")
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_READONLY:
            raise
    _connect(path, "rw").close()  # whoever wrote it was killed while closing it, and only a writer can put that right
    return _connect(path, "ro")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA application_id")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_to_write(path: Path, identity: Identity) -> sqlite3.Connection:
    """Open the file of a study to go on with it, or make it; whoever calls this holds the lock."""
    if not path.exists():
        _make(path, identity)
    return sqlite3.connect(path, isolation_level=None)


def write_ahead(connection: sqlite3.Connection) -> None:
    """Have every event written to a log beside the file: readers and the writer never wait for each other."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def lock(path: Path) -> sqlite3.Connection:
    """Become the one who writes this study; the lock is free again when the connection or the process ends.

    What is there and no study is refused before anything is written beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        with closing(sqlite3.connect(path)) as connection:
            _refuse_foreign(connection, path)
    for needed in filter(Path.exists, (path.parent, path)):
        if not os.access(needed, os.W_OK):  # SQLite would open it nevertheless, and only the first trial tell
            raise FgspaceError(
                f"{str(needed)!r} cannot be written; look at its permissions, or name another folder for the study"
            )
    place = path.with_suffix(".lock")
    connection = sqlite3.connect(place, isolation_level=None, timeout=0)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        connection.close()
        if _code(error) == sqlite3.SQLITE_NOTADB:
            raise FgspaceError(
                f"{str(place)!r} is not the lock of a study; remove it, or name another folder"
            ) from error
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise
        raise FgspaceError(
            f"{str(path)!r} is being written by another search; wait until that ends or close it,"
            " or name another folder"
        ) from error
    return connection


def settle(connection: sqlite3.Connection) -> None:
    """Leave the file, which nobody writes any more, whole without others beside it: it can be copied, or only read."""
    with suppress(sqlite3.Error):  # somebody reads it, or the disk is full: the log beside it stays, and loses nothing
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


def _make(path: Path, identity: Identity) -> None:
    """Make the file aside and rename it: it is there with its tables, or not at all."""
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("CREATE TABLE study (identity TEXT NOT NULL)")
            connection.execute("INSERT INTO study VALUES (?)", (identity.to_json(),))
            connection.execute(f"CREATE TABLE trials ({COLUMNS})")
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
            connection.execute("COMMIT")
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def read_identity(connection: sqlite3.Connection, path: Path) -> Identity:
    """Return what study the file holds."""
    _refuse_foreign(connection, path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _FORMAT:
        raise FgspaceError(
            f"{str(path)!r} was written by a newer fgspace: its format is {version}, this one reads up to {_FORMAT};"
            " upgrade fgspace"
        )
    return Identity.from_json(connection.execute("SELECT identity FROM study").fetchone()[0])


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    size = path.stat().st_size
    if size < _LEAST:
        raise damaged(path, f"it was cut off, {size} bytes are left")
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise FgspaceError(
            f"{str(path)!r} is not a study: it is an SQLite file of another program; name another folder"
        )
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    # What a full disk or a kill left half-written is in a log beside the file, and SQLite mends it.
    if size % page and not any(path.with_name(path.name + log).exists() for log in ("-wal", "-journal")):
        raise damaged(path, f"it was cut off within a page, {size} bytes are left")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite, the file system or a row says of the file into an error that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(path, error) from error
    except OSError as error:
        raise FgspaceError(f"{str(path)!r} cannot be opened: {error.strerror}; name another folder") from error
    except (ValueError, TypeError) as error:  # what a row says is no trial
        raise damaged(path, error) from error


def explanation(path: Path, error: sqlite3.Error) -> FgspaceError:
    """Return what SQLite says of the file as an error that says what to do."""
    code = _code(error)
    if code == sqlite3.SQLITE_CORRUPT or (code is None and "decode" in str(error)):
        return damaged(path, error)
    return FgspaceError(f"{str(path)!r} {_advice(code, error)}")


def damaged(path: Path, why: object) -> FgspaceError:
    """Return the error of a file that is a study no longer."""
    return FgspaceError(f"{str(path)!r} is damaged: {why}; restore it from a copy, or name another folder")


def _advice(code: int | None, error: sqlite3.Error) -> str:
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "is locked by another program; close that and resume, or name another folder"
    if code == sqlite3.SQLITE_NOTADB:
        return "is not a study: it is not an SQLite file; name another folder"
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return f"cannot be written: {error}; make room and resume, nothing told so far is lost"
    return f"cannot be used: {error}; look at the folder's permissions, or name another one"


def _code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code, None where the error is of Python's making."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
