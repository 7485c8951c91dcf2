"""What can be cut from a model: groups of channels that live or die together, and where each is found."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

STAYS = -1
"""The class of an index that is never cut."""


@dataclass(frozen=True)
class Group:
    """Channels that one mask row decides: `width` of them, made by `layers` in the order in which they run.

    Each channel of the group may stand for several indices of a layer that live or die together (the two halves
    of a chunk). `first` is the class of its first channel: its channels are the classes `first` to `first + width`.
    `scales` names the weights of the batch norms that the channels go through.
    """

    name: str
    width: int
    first: int
    layers: tuple[str, ...]
    scales: tuple[str, ...]

    @property
    def coupled(self) -> bool:
        """Say whether several layers make these channels (a residual sum does that)."""
        return len(self.layers) > 1

    @property
    def classes(self) -> slice:
        """Return where the group's channels stand in a vector of all channels."""
        return slice(self.first, self.first + self.width)


@dataclass(frozen=True)
class Place:
    """One parameter or buffer: its names, its shape, and for each dim the class of every index, None if none is cut."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    classes: tuple[np.ndarray | None, ...]
    parameter: bool


@dataclass(frozen=True)
class Expected:
    """The shape of a view in the traced model, and the classes that decide what it is in a smaller one."""

    shape: tuple[int, ...]
    lines: tuple[tuple[tuple[int, ...], np.ndarray], ...]


Sizes = tuple[np.ndarray | int, ...]
"""The sizes of a tensor's dims: a number, or the class of every index along it."""


@dataclass(frozen=True)
class Run:
    """One call of a module: the sizes of what went in and came out, without the batch, and its products' numbers."""

    module: str
    inputs: tuple[Sizes, ...]
    outputs: tuple[Sizes, ...]
    products: range


@dataclass(frozen=True)
class Plan:
    """What can be cut from one model, found once; it holds no weights and serves every candidate.

    `projections` are the layers that make channels of a coupled group straight from another coupled group (or from
    the stem): the projection shortcuts. `makers` are the weights that make channels, and the dim of each that counts
    them, in the order in which they run. `notes` say why other channels stay, `unknown` which operations could not
    be followed.
    """

    groups: tuple[Group, ...]
    places: tuple[Place, ...]
    products: tuple[tuple[int, Sizes], ...]
    views: tuple[Expected, ...]
    projections: tuple[str, ...]
    makers: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    runs: tuple[Run, ...]

    @cached_property
    def channels(self) -> int:
        """The number of channels that may be cut: the length of all masks together."""
        return sum(group.width for group in self.groups)


def layer_of(name: str) -> str:
    """Return the name of the module that holds a parameter; that of a parameter of the model itself is its own."""
    return name.rpartition(".")[0] or name
