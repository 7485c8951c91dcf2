"""The file of a study: where it is, how it is opened and locked, whose study it is, and what can go wrong with it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fgspace.errors import FgspaceError
from fgspace.search.identity import Identity
from fgspace.search.rows import COLUMNS

FILE = "study.db"
_APPLICATION_ID = 0x66677370  # "fgsp", where SQLite keeps the mark of the program that a file belongs to
_FORMAT = 1


def study_file(place: str | os.PathLike[str]) -> Path:
    """Return the file of the store at a place: the place itself where it ends in .db, else study.db in that folder."""
    path = Path(place)
    return path if path.suffix == ".db" else path / FILE


def connect(path: Path, create: bool) -> sqlite3.Connection:
    """Open the file, to write where it may be created, else only to read."""
    if not create:
        if not path.is_file():
            raise FgspaceError(f"there is no study at {str(path)!r}; name the folder of one")
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    if _has_tables(connection):
        _refuse_foreign(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def write_identity(connection: sqlite3.Connection, identity: Identity) -> None:
    """Make the tables of a new study in one transaction; a file that has tables is left as it is."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if not _has_tables(connection):
            connection.execute("CREATE TABLE study (identity TEXT NOT NULL)")
            connection.execute("INSERT INTO study VALUES (?)", (identity.to_json(),))
            connection.execute(f"CREATE TABLE trials ({COLUMNS})")
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_FORMAT}")


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


def lock(path: Path) -> sqlite3.Connection:
    """Become the one who writes this study; the lock is free again when the connection or the process ends."""
    connection = sqlite3.connect(path.with_suffix(".lock"), isolation_level=None, timeout=0)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise FgspaceError(
            f"{str(path)!r} is not a study: it is an SQLite file of another program; name another folder"
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite or the file system says of the file into an error that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(path, error) from error
    except OSError as error:
        raise FgspaceError(f"{str(path)!r} cannot be opened: {error.strerror}; name another folder") from error


def explanation(path: Path, error: sqlite3.Error) -> FgspaceError:
    """Return what SQLite says of the file as an error that says what to do."""
    return FgspaceError(f"{str(path)!r} {_advice(error)}")


def _advice(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "is being written by another search; wait until that ends, or name another folder"
    if code == sqlite3.SQLITE_NOTADB:
        return "is not a study: it is not an SQLite file; name another folder"
    if code == sqlite3.SQLITE_CORRUPT:
        return f"is damaged: {error}; restore it from a copy, or name another folder"
    if code == sqlite3.SQLITE_FULL:
        return f"cannot be written: {error}; make room and resume, nothing told so far is lost"
    return f"cannot be used: {error}; look at the folder's permissions, or name another one"
