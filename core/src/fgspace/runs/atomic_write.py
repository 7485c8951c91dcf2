"""Atomic writes of outputs: a file or folder is replaced as a whole or not at all; errors name it."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fgspace.errors import FgspaceError


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path for a file or a folder, which is renamed to `path` when all of it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    _remove(part)
    try:
        yield part
        part.replace(path)
    except BaseException as error:
        _remove(part)
        if isinstance(error, OSError):
            error.filename = str(path)  # the name that users know, not the temporary one
        raise


def write_atomically(path: Path, text: str) -> None:
    """Write a file under a temporary name and rename it."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def remove_whole(folder: Path) -> None:
    """Remove a folder so that it is never seen half removed."""
    part = _part(folder)
    _remove(part)
    if folder.exists():
        _remove(folder.replace(part))


def share(file: Path, place: Path) -> None:
    """Link a file to another place, or copy it where the file system has no links."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


@contextmanager
def explained_outputs(folder: Path) -> Iterator[None]:
    """Turn errors of the file system into ones that name the output and say what to do."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        mend = "make room" if full else "look at its permissions"
        raise FgspaceError(
            f"{str(error.filename or folder)!r} cannot be written: {error.strerror};"
            f" {mend} and resume, no finished trial is lost"
        ) from error


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
