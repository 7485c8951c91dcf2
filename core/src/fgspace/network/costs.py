"""The results of counting: the cost of a network, its layers, and the error with the part that cannot be counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fgspace.errors import FgspaceError

Shape = tuple[Any, ...]
"""(C, H, W), without the batch; a tuple of shapes if a part takes or puts out several tensors."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The number of learned parameters, the multiply-adds for one input, and the output shape of a network.

    `macs` counts convolutions, linear layers and matrix products. `extra` holds the costs that processes add, by name.
    """

    params: int
    macs: int
    output_shape: Shape
    extra: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network: its path (`layer.layers_0.conv1`) and its cost."""

    path: str
    type: str
    in_shape: Shape
    out_shape: Shape
    params: int
    macs: int


class PartError(FgspaceError, ValueError):
    """An error in one part of a network; `path` holds the names of the parts that lead to it, the outermost first."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.message}" if self.path else self.message

    def under(self, *names: str) -> "PartError":
        """Return the same error with these names before its path."""
        error = PartError(self.message, (*names, *self.path))
        error.__cause__ = self.__cause__
        return error


def is_many(shape: Shape) -> bool:
    """Return whether a shape is that of several tensors."""
    return bool(shape) and isinstance(shape[0], tuple)
