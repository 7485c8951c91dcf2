"""What a data set says of files that are not there or are damaged: where it looked, what it expected, what to do."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

from fgspace import FgspaceError

# What reading a file that is cut short or overwritten raises, over all the formats read here.
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, UnpicklingError, zipfile.BadZipFile, zlib.error)


def missing(name: str, path: str, expected: str, advice: str) -> FgspaceError:
    """Return the error that says that what a data set needs is not at this path."""
    where = Path(path).expanduser().absolute()
    found = "which does not have it" if where.exists() else "which is not there"
    return FgspaceError(f"{name}: looked in {str(where)!r}, {found}; expected {expected}; {advice}")


@contextmanager
def reading(name: str, file: str | Path) -> Iterator[None]:
    """Turn whatever a damaged file makes its reader raise into an error that names the file."""
    try:
        yield
    except DAMAGE as error:
        cause = str(error) or type(error).__name__
        raise FgspaceError(f"{name}: {str(file)!r} is truncated or damaged ({cause}); fetch it again") from error


def root_of(path: str) -> Path:
    """Return the path a user wrote, with `~` understood."""
    return Path(path).expanduser()
