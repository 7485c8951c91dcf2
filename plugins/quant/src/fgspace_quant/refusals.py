"""Says which line of the user's code an export to ONNX does not get past, and why."""

import linecache
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fgspace_quant.inputs import InARow

_RUNS = InARow.forward.__code__.co_filename
"""The file of the code that runs the model, in an export."""
_OTHERS = ("torch", "onnx", "onnxscript", "fgspace", "fgspace_quant")
"""The packages whose lines are not the user's."""
_FRAME = re.compile(r'File "(.+)", line (\d+)')
_CURE = "write it with operations that ONNX has, and that run alike for every input"


def refusal(error: BaseException) -> str:
    """Return where the exporter of torch fails, for which reason, and what to do."""
    errors = list(_causes(error))
    by_user = (one for one in errors if not type(one).__module__.startswith("torch.onnx."))
    cause = next(by_user, errors[-1])
    said = str(cause).partition("\n")[0].partition(". ")[0].rstrip(".")
    why = ": ".join(filter(None, (type(cause).__name__, said)))
    stacks = (stack for one in errors for stack in (_frames(one), _frames_of_node(one)))
    place = next(filter(None, map(_line, stacks)), None)
    if place is None:
        return f"the network is not exported to ONNX: {why}; {_CURE}"
    file, line = place
    return f"{file}:{line}: {linecache.getline(file, line).strip()!r} is not exported to ONNX: {why}; {_CURE}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _frames(error: BaseException) -> list[tuple[str, int]]:
    """Return file and line of the frames that an error has passed, outermost first."""
    return [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]


def _frames_of_node(error: BaseException) -> list[tuple[str, int]]:
    """Return those that made the node of the graph that the exporter was translating, if it was."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        node: Any = frame.f_locals.get("node")
        stack = getattr(node, "meta", {}).get("stack_trace")
        if stack:
            return [(file, int(line)) for file, line in _FRAME.findall(stack)]
    return []


def _line(frames: list[tuple[str, int]]) -> tuple[str, int] | None:
    """Return the innermost of the frames that is the user's, of those inside the run of the model."""
    files = [file for file, _ in frames]
    inside = frames[files.index(_RUNS) + 1 :] if _RUNS in files else []
    return next((frame for frame in reversed(inside) if not _is_of_others(frame[0])), None)


def _is_of_others(file: str) -> bool:
    folders = [Path(sys.modules[name].__file__ or "").parent for name in _OTHERS if name in sys.modules]
    return any(folder in Path(file).parents for folder in folders)
