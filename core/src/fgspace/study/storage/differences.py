"""What differs between a stored study and the one that would continue it, besides their spaces."""

from collections.abc import Iterator, Mapping
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.spaces.differences import Difference, Place, shown


class AnotherStudyError(FgspaceError):
    """A store is not that of the study that would continue it."""

    def __init__(self, path: str, differences: list[Difference]) -> None:
        super().__init__(f"{path!r} is another study: {'; '.join(map(str, differences))}; name another folder")
        self.differences = differences


def entries(at: Place, name: str, stored: Any, here: Any) -> Iterator[Difference]:
    """Yield a difference for each entry of two values that differs, or one for both where they are not alike."""
    if stored == here:
        return
    if not (isinstance(stored, Mapping) and isinstance(here, Mapping)) or stored.get("type") != here.get("type"):
        yield Difference(at, name, "is", _kind(stored, here), _kind(here, stored))
        return
    for key in dict.fromkeys((*stored, *here)):
        yield from entries((*at, key), f"{name}.{key}", stored.get(key), here.get(key))


def _kind(value: Any, other: Any) -> str:
    """Return the type of a mapping that another type stands for elsewhere, else the value."""
    both = isinstance(value, Mapping) and isinstance(other, Mapping)
    return shown(value["type"]) if both and "type" in value else shown(value or None if both else value)
