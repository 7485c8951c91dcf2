"""The file of a study: where it is, how it is opened and locked, and whether it is sound."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fgspace.documents.shell import quoted
from fgspace.errors import FgspaceError, brief
from fgspace.study.identity import Identity
from fgspace.study.storage.header import APPLICATION_ID, FORMAT, WRITE_AHEAD
from fgspace.study.storage.lock import WriterLock
from fgspace.study.storage.log import damage_of_log, log_of
from fgspace.study.storage.schema import closed_counts, has_checksums, make_tables

FILE = "study.db"
_LEAST = 16
"""Bytes: SQLite takes a shorter file for an empty one, and would write to it."""


UNTOUCHED = "ro&immutable=1"
"""Reads a database file as it lies there, without its log, and writes nothing beside it."""


def study_file(place: str | os.PathLike[str]) -> Path:
    """Return the file of the store at a place: the place itself where it ends in .db, else study.db in that folder.

    Raises:
        FgspaceError: the place is no path.
    """
    if not isinstance(place, str | os.PathLike) or not os.fspath(place) or "://" in str(place):
        raise FgspaceError(f"expected the folder of a study, or a file that ends in .db; got {brief(place)}")
    path = Path(place)
    return path if path.suffix == ".db" else path / FILE


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file of a study only to read it; a process that writes it is not disturbed."""
    if not path.is_file():
        raise FgspaceError(f"there is no study at {str(path)!r}; name the folder of one")
    check_log(path)
    return reconnected(path)


def reconnected(path: Path) -> sqlite3.Connection:
    """Open the file of a study, whose log was checked before, only to read it."""
    if not path.is_file():
        raise FgspaceError(f"{str(path)!r} was removed")
    try:
        return connect(path, "ro")
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_READONLY:
            raise
    connect(path, "rw").close()  # its writer was killed while closing it, and only a writer can finish that
    return connect(path, "ro")


def open_to_write(path: Path, identity: Identity) -> sqlite3.Connection:
    """Open the file of a study to go on with it, or make it; the caller holds the lock."""
    if path.exists():
        check_log(path)
    else:
        _make(path, identity)
    return sqlite3.connect(path, isolation_level=None)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Connect to a database file in a mode of SQLite's URIs: ro, rw or `UNTOUCHED`."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA application_id")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def lock_to_write(path: Path) -> WriterLock:
    """Lock a study for writing; a file that is no study is refused before anything is written beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        with closing(connect(path, UNTOUCHED)) as connection:
            _refuse_unsound(connection, path)
    for needed in filter(Path.exists, (path.parent, path)):
        if not os.access(needed, os.W_OK):  # SQLite would open it nevertheless, and fail at the first trial
            raise FgspaceError(
                f"{str(needed)!r} cannot be written; look at its permissions, or name another folder for the study"
            )
    return WriterLock(path, is_alone=path.name == FILE)


def check_log(path: Path) -> None:
    """Refuse a store whose write-ahead log is damaged, or is missing though the search was killed.

    Raises:
        FgspaceError: the log is damaged or missing.
    """
    if (damage := damage_of_log(path)) is not None:
        raise damaged(path, damage)
    if lacks_log(path):
        raise FgspaceError(
            f"{str(path)!r} lacks its log, {log_of(path).name!r}, which holds the last trials of a search that was"
            f" killed; copy that file too, or copy what is there by: fgspace repair {place_of(path)}"
        )


def lacks_log(path: Path) -> bool:
    """Say whether the search of a store was killed, and the log with its last trials is missing."""
    log = log_of(path)
    if log.exists() and log.stat().st_size > 0:
        return False
    # Nobody has the file open, or there would be a log: closing it here cannot take SQLite's locks from anyone.
    with path.open("rb") as file:
        if file.read(20)[19:] != WRITE_AHEAD:
            return False
    # Where the search was killed while it closed the file, all trials are in it, and it says so.
    with closing(connect(path, UNTOUCHED)) as connection:
        _refuse_unsound(connection, path)
        return not has_checksums(connection) or closed_counts(connection) is None


def _make(path: Path, identity: Identity) -> None:
    """Make the file under another name and rename it: it is there with its tables, or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            make_tables(connection, identity)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is no study, or is of a format that this version cannot read."""
    _refuse_unsound(connection, path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT:
        raise FgspaceError(
            f"{str(path)!r} was written by a newer fgspace: its format is {version}, this one reads up to {FORMAT};"
            " upgrade fgspace"
        )
    if version < 1:
        raise damaged(path, f"its format is {version}")


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file whose pages are not those of a sound database; reads all of it."""
    (found, *_) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise damaged(path, "database disk image is malformed")


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is no study."""
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return
    try:
        has_checksums(connection)
    except (ValueError, sqlite3.Error):
        raise FgspaceError(
            f"{str(path)!r} is not a study: it is an SQLite file of another program; name another folder"
        ) from None
    raise damaged(path, "its header is not that of a study, as its tables are")


def _refuse_unsound(connection: sqlite3.Connection, path: Path) -> None:
    size = path.stat().st_size
    if size < _LEAST:
        raise damaged(path, f"it was cut off, {size} bytes are left")
    refuse_foreign(connection, path)
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    # A log beside the file holds what a full disk or a kill left half-written, and SQLite puts that right.
    if size % page and not any(path.with_name(path.name + log).exists() for log in ("-wal", "-journal")):
        raise damaged(path, f"it was cut off within a page, {size} bytes are left")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of SQLite, of the file system or of a row into one that names the file and says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(path, error) from error
    except OSError as error:
        raise FgspaceError(f"{str(path)!r} cannot be opened: {error.strerror}; name another folder") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # a row that is not sound
        raise damaged(path, error) from error


def explanation(path: Path, error: sqlite3.Error) -> FgspaceError:
    """Return an error of SQLite as one that names the file and says what to do."""
    code = primary_code(error)
    if code == sqlite3.SQLITE_CORRUPT or (code is None and "decode" in str(error)):
        return damaged(path, error)
    return FgspaceError(f"{str(path)!r} {_advice(code, error)}")


def damaged(path: Path, why: object) -> FgspaceError:
    """Return the error of a file that was a study and is not sound."""
    return FgspaceError(
        f"{str(path)!r} is damaged: {why}; restore it from a copy, or copy what is sound by:"
        f" fgspace repair {place_of(path)}"
    )


def place_of(path: Path) -> str:
    """Return the place of a store for a command line: its folder, or the file where it is not named study.db."""
    return quoted(path.parent if path.name == FILE else path)


def _advice(code: int | None, error: sqlite3.Error) -> str:
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "is locked by another program; close that and resume, or name another folder"
    if code == sqlite3.SQLITE_NOTADB:
        return "is not a study: it is not an SQLite file; name another folder"
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return f"cannot be written: {error}; make room and resume, no finished trial is lost"
    return f"cannot be used: {error}; look at the folder's permissions, or name another one"


def primary_code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code, None where the error is one of Python's own."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
