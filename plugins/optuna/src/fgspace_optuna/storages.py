"""Storages of Optuna: opens those that `--storage` names, and tells whether a file is one."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from fgspace import FgspaceError

_SQLITE = b"SQLite format 3\0"
_SUFFIXES = (".db", ".sqlite", ".sqlite3")
_TABLES = {"studies", "trials", "study_directions", "version_info"}


def kind_of_file(path: Path) -> str | None:
    """Return what a file of Optuna is, None where it is none; nothing of Optuna is imported."""
    try:
        with path.open("rb") as file:
            first = file.readline(1_000_000)
    except OSError:
        return None
    if first.startswith(_SQLITE):
        return "an Optuna database" if _tables(path) >= _TABLES else None
    try:
        entry = json.loads(first)
    except ValueError:
        return None
    is_entry = isinstance(entry, dict) and {"op_code", "worker_id"} <= set(entry)
    return "an Optuna journal" if is_entry else None


@contextmanager
def opened(address: str) -> Iterator[Any]:
    """Yield a storage of Optuna: the URL of a database, or a file that is an SQLite database or a journal.

    Raises:
        FgspaceError: it cannot be opened, read or written.
    """
    from optuna.exceptions import StorageInternalError
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    try:
        storage = _made(address)
        try:
            yield storage
        finally:
            if isinstance(storage, RDBStorage):
                storage.engine.dispose()
    except (ArgumentError, NoSuchModuleError):
        raise FgspaceError(
            f"--storage {address}: expected the URL of a database, such as sqlite:///studies.db, or a file"
        ) from None
    except ImportError as error:
        raise FgspaceError(f"--storage {address}: {error}; install the driver of this database") from None
    except (SQLAlchemyError, StorageInternalError, OSError) as error:
        why = str(getattr(error, "orig", None) or error.__cause__ or error).splitlines()[0]
        raise FgspaceError(f"--storage {address}: {why}") from None


def _made(address: str) -> Any:
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    path = Path(address)
    if "://" in address:
        return RDBStorage(address)
    if _is_database(path):
        return RDBStorage(f"sqlite:///{path}")
    return JournalStorage(JournalFileBackend(str(path)))


def _is_database(path: Path) -> bool:
    if not path.exists():
        return path.suffix in _SUFFIXES
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _tables(path: Path) -> set[str]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return set()
