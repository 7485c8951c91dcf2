"""The results of counting: the cost of a network, its layers, and the error with the part that cannot be counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fgspace.errors import FgspaceError

_LONGEST = 24
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
    """One call of a layer of a network: its path (`layer.layers_0.conv1`) and its cost.

    `type` is the class of the layer. It begins with a small letter for a function that a module calls itself, such as
    `matmul`, with the path of that module. A parameter that no layer and no such function reads has a row of the type
    "Parameter", or "Unused" if nothing reads it, with the name of the parameter as the path. `params` are 0 in all
    calls of a layer but the first. `call` counts the calls with the same path and type, from 0. `reads` is the path of
    the layer whose output the call reads unchanged, if nothing else reads that; else None. `statistics` says whether
    the layer holds running statistics. `where` is the line of code that makes the call (`net.py:12`); it is empty where
    no code of a user was run.

    A buffer of floats that is read by code of a module, and by no layer, has a row of the type "Buffer", with its name
    as the path and its shape as the output.
    """

    path: str
    type: str
    in_shape: Shape
    out_shape: Shape
    params: int
    macs: int
    call: int = 0
    reads: str | None = field(default=None, compare=False)
    statistics: bool = False
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Ends:
    """How the layers of a module are joined to its input and its output, where each is one tensor.

    `readers` are the indices of the rows that read the input unchanged, and `reads` the number of all reads of it.
    `maker` is the path of the layer whose output is the module's, if nothing in the module reads that; `same` says that
    the output is the input.
    """

    readers: tuple[int, ...] = ()
    reads: int = 0
    maker: str | None = None
    same: bool = False


@dataclass(frozen=True)
class Measured:
    """The rows of a module that was run once, the shape of its output, and its ends, None if they are not known."""

    rows: tuple[Layer, ...]
    output_shape: Shape
    ends: Ends | None = None

    @property
    def cost(self) -> Cost:
        """The sums of the rows."""
        return Cost(sum(row.params for row in self.rows), sum(row.macs for row in self.rows), self.output_shape)


class PartError(FgspaceError, ValueError):
    """An error in one part of a network; `path` holds the names of the parts that lead to it, the outermost first."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.message}" if self.path else self.message

    def under(self, *names: str) -> "PartError":
        """Return the same error with these names before its path.

        A path keeps its first 24 names: a part that holds itself would otherwise fill the screen.
        """
        error = type(self)(self.message, (*names, *self.path)[:_LONGEST])
        error.__cause__ = self.__cause__
        return error


class LongError(PartError):
    """A network has more layers than its processes are followed through where nobody waits for them."""


def is_many(shape: Shape) -> bool:
    """Return whether a shape is that of several tensors."""
    return bool(shape) and isinstance(shape[0], tuple)
