"""A counted network: what a cost is computed from, each part of it when it is first asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from fgspace.network.costs import Cost, Layer, Shape
from fgspace.network.count.graph import Graph


class Counting(Protocol):
    """Counts networks, as `fgspace.network.network.Network` does."""

    def cost(self, node: Any, input_shape: Shape, /) -> Cost:
        """Return the cost of a description."""

    def layers(self, node: Any, input_shape: Shape, /) -> Sequence[Layer]:
        """Return its layers."""

    def graph(self, node: Any, input_shape: Shape, /) -> Graph:
        """Return its graph."""


class CountedNetwork:
    """The network of a description, counted and not built.

    Attributes:
        description: the description, without that of the evaluator.
        input_shape: the shape of the input, without the batch.
    """

    def __init__(self, network: Counting, description: Mapping[str, Any], input_shape: Shape) -> None:
        self._network = network
        self.description = description
        self.input_shape = input_shape

    @cached_property
    def costs(self) -> Mapping[str, float]:
        """`params`, `macs`, and the costs that processes add, by name."""
        cost = self._network.cost(self.description, self.input_shape)
        return {"params": cost.params, "macs": cost.macs, **cost.extra}

    @cached_property
    def layers(self) -> Sequence[Layer]:
        """One row for each layer, in the order in which they run."""
        return self._network.layers(self.description, self.input_shape)

    @cached_property
    def graph(self) -> Graph:
        """The layers and the joins between them, and what each reads."""
        return self._network.graph(self.description, self.input_shape)


class CostType(Protocol):
    """A cost, known before training: a class whose instances are called with a counted network.

    A parameter `space` of the class gets the space, where its networks are needed. A cost that reads what was measured
    on a device may have a method `profile(space, *, networks, command, timeout, tell)`, which `fgspace profile` calls:
    it measures what the file of the cost still lacks, of at most so many networks of the space, by the command or on
    this machine, and calls `tell(line)` to say what it is at.
    """

    def __call__(self, network: CountedNetwork, /) -> float:
        """Return the cost of a network.

        Raises:
            ValueError: it has none; the trial fails with the message.
        """
