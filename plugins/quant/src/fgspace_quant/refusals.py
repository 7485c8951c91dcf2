"""Says which line of the user's code an export to ONNX does not get past, and why."""

import linecache
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fgspace_quant.inputs import InARow
from fgspace_quant.model import QuantisedModel

_RUNS = InARow.forward.__code__.co_filename
"""The file of the code that runs the model, in an export."""
_WRAPPERS = [f"{kind.__module__}.{kind.__qualname__}" for kind in (InARow, QuantisedModel)]
"""The types that hold the user's model as `model`."""
_OTHERS = ("torch", "onnx", "onnxscript", "fgspace", "fgspace_quant")
"""The packages whose lines are not the user's."""
_FRAME = re.compile(r'File "(.+)", line (\d+)')
_CURE = "write it with operations that ONNX has, and that run alike for every input"


def refusal(error: BaseException) -> str:
    """Return where the exporter of torch fails, for which reason, and what to do.

    Where no line of the user's code is known, the layer is named.
    """
    errors = list(_causes(error))
    by_user = (one for one in errors if not type(one).__module__.startswith("torch.onnx."))
    cause = next(by_user, errors[-1])
    said = str(cause).partition("\n")[0].partition(". ")[0].rstrip(".")
    why = ": ".join(filter(None, (type(cause).__name__, said)))
    stacks = (stack for one in errors for stack in (_frames(one), _frames_of_node(one)))
    place = next(filter(None, map(_line, stacks)), None)
    what = next(filter(None, map(_layer, errors)), "the network") if place is None else _quoted(*place)
    return f"{what} is not exported to ONNX: {why}; {_CURE}"


def _quoted(file: str, line: int) -> str:
    return f"{file}:{line}: {linecache.getline(file, line).strip()!r}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _frames(error: BaseException) -> list[tuple[str, int]]:
    """Return file and line of the frames that an error has passed, outermost first."""
    return [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]


def _frames_of_node(error: BaseException) -> list[tuple[str, int]]:
    """Return those that made the node of the graph that the exporter was translating, if it was."""
    stack = _told_of_node(error).get("stack_trace") or ""
    return [(file, int(line)) for file, line in _FRAME.findall(stack)]


def _layer(error: BaseException) -> str:
    """Return the path and type of the layer that made the node, "" if that is the model itself."""
    stack = [*_told_of_node(error).get("nn_module_stack", {}).values()]
    path, kind = stack[-1] if stack else ("", "")
    for _, wrapper in stack:
        path = path.removeprefix("model" if path == "model" else "model.") if wrapper in _WRAPPERS else path
    return f"{path!r} ({kind.rpartition('.')[2]})" if path else ""


def _told_of_node(error: BaseException) -> Mapping[str, Any]:
    """Return what torch tells of the node that it was translating into ONNX when it failed; nothing if it was not."""
    nodes = (frame.f_locals.get("node") for frame, _ in traceback.walk_tb(error.__traceback__))
    return next(filter(None, (getattr(node, "meta", {}) for node in nodes)), {})


def _line(frames: list[tuple[str, int]]) -> tuple[str, int] | None:
    """Return the innermost of the frames that is the user's, of those inside the run of the model."""
    files = [file for file, _ in frames]
    inside = frames[files.index(_RUNS) + 1 :] if _RUNS in files else []
    return next((frame for frame in reversed(inside) if not _is_of_others(frame[0])), None)


def _is_of_others(file: str) -> bool:
    folders = [Path(sys.modules[name].__file__ or "").parent for name in _OTHERS if name in sys.modules]
    return any(folder in Path(file).parents for folder in folders)
