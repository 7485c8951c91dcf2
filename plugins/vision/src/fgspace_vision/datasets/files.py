"""What a data set says of files that are not there or are damaged: where it looked, what it expected, what to do."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

from fgspace import FgspaceError

# What reading a file that is cut short or overwritten raises, over all the formats read here.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    SyntaxError,
    OverflowError,
    MemoryError,
    RuntimeError,
    UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)


class UnfitError(Exception):
    """What a sound file holds, what was expected, and what to do: `reading` adds the name of the file."""


class DataWarning(UserWarning):
    """What a data set leaves out of what lies at its path."""


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
    except UnfitError as error:
        raise FgspaceError(f"{name}: {str(file)!r} holds {error}") from error
    except DAMAGE as error:
        cause = str(error) or type(error).__name__
        raise FgspaceError(f"{name}: {str(file)!r} is truncated or damaged ({cause}); fetch it again") from error


def root_of(path: str) -> Path:
    """Return the path a user wrote, with `~` understood."""
    return Path(path).expanduser()
