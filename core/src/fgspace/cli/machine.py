"""What commands print for programs, by `--json`: one JSON object a line, each with the name of its schema.

On standard output these are the results; on standard error, errors (`error/1`) and warnings and notices (`note/1`).
`docs/schemas.json` has the schemas, `docs/programs.md` says what they promise.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from fgspace.errors import DescriptionError, FgspaceError
from fgspace.plugins.versions import __version__

# The file descriptor that results are written to, where standard output is kept clean for them.
_output: ContextVar[int | None] = ContextVar("fgspace_output", default=None)


def tell(schema: str, content: Mapping[str, Any]) -> None:
    """Write one object to standard output.

    Raises:
        OSError: it cannot be written, or nobody reads it any more.
    """
    line, output = _line(schema, content), _output.get()
    if output is None:
        print(line, flush=True)
        return
    left = f"{line}\n".encode()
    while left:
        left = left[os.write(output, left) :]


@contextmanager
def clean_output() -> Iterator[None]:
    """Keep standard output for results: what trials, types and libraries print there goes to standard error.

    Where standard output is not that of the process, as in a test, it is left alone.
    """
    stream = sys.__stdout__
    if stream is None or sys.stdout is not stream:
        yield
        return
    stream.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    token = _output.set(kept)
    try:
        yield
    finally:
        _output.reset(token)
        with suppress(OSError):
            stream.flush()
        os.dup2(kept, 1)
        os.close(kept)


def tell_note(message: str) -> None:
    """Print a warning or a notice on standard error."""
    print(_line("note/1", {"message": message}), file=sys.stderr, flush=True)


def tell_error(error: FgspaceError | str) -> None:
    """Print an error on standard error, with each of its problems and their places."""
    problems = error.problems if isinstance(error, DescriptionError) else ()
    told = [
        {
            "path": one.path,
            "message": one.message,
            "file": one.place.file if one.place else None,
            "line": one.place.line if one.place else None,
            "column": one.place.column if one.place else None,
        }
        for one in problems
    ]
    content = {"message": str(error), "problems": told, "exit_status": 2}
    print(_line("error/1", content), file=sys.stderr, flush=True)


class Notices:
    """Takes the notices of an interrupted search, in place of a display."""

    terminal = 2

    def note(self, text: str) -> None:
        """Write a notice on standard error, by its number: a signal may have interrupted a print to it."""
        with suppress(OSError):
            os.write(2, f"{_line('note/1', {'message': text.rstrip()})}\n".encode())


def chosen(names: Iterable[str], of: Any) -> dict[str, Any]:
    """Return the attributes of these names."""
    return {name: getattr(of, name) for name in names}


def _line(schema: str, content: Mapping[str, Any]) -> str:
    return json.dumps({"schema": schema, "fgspace": __version__, **content}, default=str)
