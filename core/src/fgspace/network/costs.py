"""What counting gives: the cost of a network, its layers one by one, and the error that says where counting failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fgspace.errors import FgspaceError

Shape = tuple[Any, ...]
"""(C, H, W), without the batch; a tuple of shapes where a part takes or puts out several tensors."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Learned parameters, multiply-adds of convolutions and linear layers for one image, and what comes out.

    `extra` holds what the processes of the network add, by name.
    """

    params: int
    macs: int
    output_shape: Shape
    extra: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network, where it stands (`layer.layers_0.conv1`), and its cost."""

    path: str
    type: str
    in_shape: Shape
    out_shape: Shape
    params: int
    macs: int


class PartError(FgspaceError, ValueError):
    """Something is wrong with one part of a network: `path` names it, part by part, from the outermost."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.message}" if self.path else self.message

    def under(self, *names: str) -> "PartError":
        """Return the same error, seen from the part that holds this one as `names`."""
        error = PartError(self.message, (*names, *self.path))
        error.__cause__ = self.__cause__
        return error


def is_many(shape: Shape) -> bool:
    """Say whether it is the shape of several tensors."""
    return bool(shape) and isinstance(shape[0], tuple)
