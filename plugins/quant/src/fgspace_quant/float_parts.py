"""Says which parts of a network have weights that stay float, and which line of the user's code calls them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FloatPart:
    """A part whose weights stay float: its path ("" for the model itself), its type, and the line that calls it first.

    `where` is empty where no code of a user calls it.
    """

    path: str
    type: str
    where: str = ""

    def __str__(self) -> str:
        name = repr(self.path) if self.path else "the model itself"
        return f"{name} ({', '.join(filter(None, (self.type, self.where)))})"


def left_float(parts: Sequence[FloatPart]) -> tuple[str, ...]:
    """Return a message that names these parts; none if there are none."""
    if not parts:
        return ()
    named = ", ".join(map(str, parts))
    return (f"these weights stay float: {named}; expected weights of Conv2d and Linear, the layers that are quantised",)
