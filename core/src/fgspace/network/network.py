"""Network: from one description, or one part, to its cost, its layers, its problems, or the network itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from fgspace.network.costs import Cost, Layer, Shape
from fgspace.network.count.counter import Counter
from fgspace.network.count.problems import check
from fgspace.network.parts.part import Part
from fgspace.network.resolve.descriptions import Processed, Types
from fgspace.plugins.registry import Registry

if TYPE_CHECKING:
    from torch import nn

    from fgspace.network.build.builder import Builder


class Network:
    """Counts and builds what descriptions stand for, and remembers what every part cost.

    A description is a mapping with `type`, its parameters and, of a composite, `modules`. An input shape is (C, H, W),
    without the batch. The input widths of described parts follow from the part before, whatever is given for them.
    Where something is wrong, a method raises PartError, which says where.
    """

    def __init__(self, registry: Registry) -> None:
        self.types = Types(registry)
        self.counter = Counter(self.types, _measured, self._on_skeleton)

    def part(self, description: Mapping[str, Any], input_shape: Iterable[int] | None = None) -> Part:
        """Return the part that a description stands for; without a shape, input widths are as it says."""
        return self.types.part(description, None if input_shape is None else tuple(input_shape))

    def cost(self, node: Any, input_shape: Iterable[Any]) -> Cost:
        """Return the parameters, multiply-adds and output shape of a description, a part or an `nn.Module`.

        Nothing is built or run, except modules that no rule counts: each of these is run once, on the meta device.
        """
        return self.counter.cost(node, tuple(input_shape))

    def layers(self, node: Any, input_shape: Iterable[Any]) -> list[Layer]:
        """Return one row for each layer, in the order in which they run."""
        return self.counter.layers(node, tuple(input_shape))

    def before_process(self, part: Processed, input_shape: Shape, name: str) -> tuple[Sequence[Layer], Any]:
        """Return the rows of the layers that a process of this name finds, and its plan of the model that it finds."""
        return self.counter.processes.before(part, input_shape, name)

    def check(self, description: Mapping[str, Any], input_shape: Iterable[int]) -> list[tuple[tuple[str, ...], str]]:
        """Return path and message of every problem of a description as it is written, those that only follow left out.

        Here widths that are given must be true: input widths equal to those of the part before, declared output widths
        equal to those that the part puts out.
        """
        return check(self.types, self.counter.cost, description, tuple(input_shape))

    def build(self, node: Any, input_shape: Iterable[Any], init: bool = True) -> "nn.Module":
        """Build the network of a description or a part.

        Without `init`, parameters that would be drawn at random hold what memory held; load weights into them.
        """
        shape = tuple(input_shape)
        self.counter.cost(node, shape)  # what does not fit is found before anything is built
        return self._builder.build(node, shape, init)

    @cached_property
    def _builder(self) -> "Builder":
        from fgspace.network.build.builder import Builder

        return Builder(self.types, self.counter.cost)

    def _on_skeleton(self, part: Part, shape: Shape, ask: Callable[["nn.Module"], Any]) -> Any:
        from fgspace.network.build.skeleton import on_skeleton

        return on_skeleton(lambda: self.build(part, shape, init=False), ask)


@cache
def network_of(registry: Registry) -> Network:
    """Return the network room of a registry: one for all its spaces, so that costs are remembered once."""
    return Network(registry)


def _measured(node: Any, shape: Shape) -> Cost:
    from fgspace.network.trace.measure import measured

    return measured(node, shape)
