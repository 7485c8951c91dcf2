"""The weights that a part starts from: the file that its description names, and how much of it must match."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeVar

from fgspace.errors import brief
from fgspace.network.parts.part import FineGrainedSpace, Leaf, Part

WEIGHTS = "weights"
"""The parameter that every type takes unless its own signature has one of that name."""
ANNOTATION = str | dict[str, Any] | None
"""What may be written there: a file, or a mapping of the file and `strict`."""
_KEYS = ("file", "strict")
_FORM = "expected the path of a file, or {file: mynet.pth, strict: false}"

_Part = TypeVar("_Part", bound=Part)


@dataclass(frozen=True, slots=True)
class Start:
    """A file of weights; `strict` is as in `fgspace.load_weights`."""

    file: str
    strict: bool | None = None


def read_start(written: Any) -> Start | None:
    """Return what a description writes under `weights`, None for nothing.

    Raises:
        ValueError: it is neither a path nor a mapping of one.
    """
    if written is None:
        return None
    if isinstance(written, str) and written:
        return Start(written)
    if not isinstance(written, Mapping) or not set(written) <= set(_KEYS):
        raise ValueError(f"{WEIGHTS}: {_FORM}; got {brief(written)}")
    file, strict = written.get("file"), written.get("strict")
    if not (isinstance(file, str) and file) or not (strict is None or isinstance(strict, bool)):
        raise ValueError(f"{WEIGHTS}: {_FORM}; got {brief(dict(written))}")
    return Start(file, strict)


def started(part: _Part, start: Start | None) -> _Part:
    """Return a part like this one that starts from weights; the part itself for none."""
    if start is None:
        return part
    if isinstance(part, Leaf):
        return _StartedLeaf(part, start)  # type: ignore[return-value]
    if not isinstance(part, FineGrainedSpace):
        raise TypeError(f"expected a composite or a leaf, got {part!r}")
    part = copy(part)
    part.__dict__["_start"] = start  # not by __setattr__, which is for children
    return part


def start_of(part: Part) -> Start | None:
    """Return the weights that a part starts from, None for random ones."""
    found = part._start
    return found if found.__class__ is Start else None  # a composite may use the name for something else


class _StartedLeaf(Leaf):
    """A leaf that starts from weights: few do, and all others do without the attribute."""

    __slots__ = ("_start",)

    def __init__(self, leaf: Leaf, start: Start) -> None:
        super().__init__(leaf.target, leaf.args, leaf.kwargs)
        self._start = start
