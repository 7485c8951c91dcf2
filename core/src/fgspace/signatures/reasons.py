"""Says why the code of a type failed, whatever exception it raised."""

import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from fgspace.errors import FgspaceError

FAILURES = (Exception, SystemExit)
"""What the code of a type may raise: anything but Ctrl-C."""
_SENTENCES = (FgspaceError, ValueError)
"""The exceptions whose text is for the user: a `ValueError` is how a type refuses its arguments."""
_COMPLAINTS = (TypeError, AssertionError, RuntimeError)
"""The exceptions whose text says what is wrong, but not with what: those that torch raises."""
_UNCLEAR = (RecursionError, NotImplementedError)
_HERE = Path(__file__).parents[1]
_LONGEST = 300
"""Characters of the text of an exception that is not for the user."""


def reason(error: BaseException, target: Any = "") -> str:
    """Return why a type failed: the text of its exception and, where that is not for the user, the line that raised it.

    With a target, the name of the type is put before all but the sentences of a type about its own arguments.
    """
    text = _text(error)
    if isinstance(error, _SENTENCES) and text:
        return text
    first = text.partition("\n")[0]
    first = first if len(first) <= _LONGEST else f"{first[:_LONGEST]}..."
    if isinstance(error, _COMPLAINTS) and not isinstance(error, _UNCLEAR) and first:
        why = first + _line(error, but_torch=True)
    else:
        why = ": ".join(filter(None, (type(error).__name__, first))) + _line(error, code=not first)
    return f"{name_of(target)}: {why}" if target else why


def name_of(target: Any) -> str:
    """Return the name of a type: of a class, a function, or any other callable."""
    return target if isinstance(target, str) else str(getattr(target, "__name__", type(target).__name__))


def _text(error: BaseException) -> str:
    with suppress(Exception):  # its text is computed by code of the type's own
        return str(error)
    return ""


def _line(error: BaseException, *, code: bool = False, but_torch: bool = False) -> str:
    """Return the line that raised an exception, in brackets, with its code if wanted; empty if it is unknown.

    A line of torch, or of the call of the type, says nothing beside a text.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _HERE not in Path(frame.filename).parents]
    if not frames or (but_torch and _torch() in Path(frames[-1].filename).parents):
        return ""
    line = f": {frames[-1].line}" if code and frames[-1].line else ""
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno}{line})"


def _torch() -> Path | None:
    """Return the folder of torch; None where it is not imported, and so has not raised."""
    file = getattr(sys.modules.get("torch"), "__file__", None)
    return None if file is None else Path(file).parent
