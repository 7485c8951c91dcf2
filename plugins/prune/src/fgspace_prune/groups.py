"""The plan of a model: groups of channels that are kept or cut together, and the places where each is found."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

STAYS = -1
"""The class of an index that is never cut."""


@dataclass(frozen=True)
class Group:
    """Channels that one mask row decides: `width` of them, made by `layers`, which are in execution order.

    One channel of the group may be several indices of a layer (one in each half of a chunk), which are kept or cut
    together. The channels are numbered through all groups, and a number is called a class: those of this group start
    at `first`. `scales` names the weights of the batch norms that the channels go through.
    """

    name: str
    width: int
    first: int
    layers: tuple[str, ...]
    scales: tuple[str, ...]

    @property
    def coupled(self) -> bool:
        """Say whether several layers make these channels, as in a residual sum."""
        return len(self.layers) > 1

    @property
    def classes(self) -> slice:
        """Return the slice of the group's channels in a vector of all channels."""
        return slice(self.first, self.first + self.width)


@dataclass(frozen=True)
class Place:
    """One parameter or buffer: its names, its shape, and the classes of the indices of each dim (None: never cut)."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    classes: tuple[np.ndarray | None, ...]
    parameter: bool


@dataclass(frozen=True)
class Expected:
    """The shape of a view in the traced model, and the classes that decide its shape in a small model."""

    shape: tuple[int, ...]
    lines: tuple[tuple[tuple[int, ...], np.ndarray], ...]


Sizes = tuple[np.ndarray | int, ...]
"""The size of each dim of a tensor: a number, or the class of every index along the dim."""


@dataclass(frozen=True)
class Run:
    """One call of a layer or function: the sizes of its inputs and outputs.

    `key` is the path, type and number of the call, as in the rows of `fgspace.trace`. `parameters` are the names of the
    parameters that the call is the first to read, and `products` the numbers of its products in `Plan.products`.
    """

    key: tuple[str, str, int]
    inputs: tuple[Sizes, ...]
    outputs: tuple[Sizes, ...]
    parameters: tuple[str, ...]
    products: tuple[int, ...]


@dataclass(frozen=True)
class Remembered:
    """An attribute of a module that holds a number of channels or heads, in the full model `value`.

    In a small model it is the share of `value` that stays of `classes`.
    """

    module: str
    attribute: str
    value: int
    classes: np.ndarray


@dataclass(frozen=True)
class Refusal:
    """Layers whose channels stay, the reason, and the line of the code that stands in the way ("" where none does).

    `unknown` is true where the reason is an operation that has no rule.
    """

    layers: tuple[str, ...]
    reason: str
    where: str = ""
    unknown: bool = False

    def __str__(self) -> str:
        keep = "keep their" if len(self.layers) > 1 else "keeps its"
        line = f" ({self.where})" if self.where else ""
        return f"{', '.join(map(repr, self.layers))} {keep} channels: {self.reason}{line}"


@dataclass(frozen=True)
class Plan:
    """The channels that can be cut from one model, found once; a plan holds no weights and serves every candidate.

    `projections` are the projection shortcuts: layers that make channels of a coupled group straight from a coupled
    group or from the stem. `makers` are the weights that make channels, each with its dim of these channels, in
    execution order. `notes` say why other channels stay, and `unknown` names the operations that have no rule;
    `refusals` say both with the lines of the code. `remembered` are the attributes that a small model must have set.
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
    refusals: tuple[Refusal, ...] = ()
    remembered: tuple[Remembered, ...] = ()

    @cached_property
    def channels(self) -> int:
        """The number of channels in all groups: the length of all masks together."""
        return sum(group.width for group in self.groups)


def layer_of(name: str) -> str:
    """Return the name of the module that holds a parameter; a parameter of the model itself keeps its own name."""
    return name.rpartition(".")[0] or name
