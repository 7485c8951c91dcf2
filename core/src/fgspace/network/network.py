"""Network: counts, checks and builds one description or part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from fgspace.network.costs import Cost, Layer, Measured, PartError, Shape
from fgspace.network.count.blocks import Block, blocks
from fgspace.network.count.counter import Counter, ProveLeaf
from fgspace.network.count.graph import Graph
from fgspace.network.count.problems import check
from fgspace.network.inputs import as_shape
from fgspace.network.memory import too_large
from fgspace.network.parts.part import Leaf, Part
from fgspace.network.resolve.descriptions import Processed, Types
from fgspace.network.resolve.weights import starts, without_weights
from fgspace.plugins.registry import Registry

if TYPE_CHECKING:
    from torch import nn

    from fgspace.network.build.builder import Builder
    from fgspace.network.sharing.places import Place
    from fgspace.network.weights.starts import Starts

_MOST_LAYERS = 2_000
"""The layers of a network up to which a check follows its processes."""


class Network:
    """Counts and builds the networks of descriptions, and remembers the cost of every part.

    A description is a mapping with `type`, its parameters and, for a composite, `modules`. An input shape is (C, H, W),
    without the batch, or what else `as_shape` takes. The input widths of described parts follow from the part before,
    even if they are given. Methods raise PartError, with the path of the part, if a part cannot be counted or built.
    """

    def __init__(self, registry: Registry, prove_leaf: ProveLeaf | None = None, most_layers: int | None = None) -> None:
        self.types = Types(registry)
        self.counter = Counter(self.types, _measured, self._on_skeleton, prove_leaf, most_layers)

    def part(self, description: Mapping[str, Any], input_shape: Iterable[int] | None = None) -> Part:
        """Return the part of a description; without a shape, its input width is the one that it gives."""
        return self.types.part(description, None if input_shape is None else as_shape(input_shape))

    def cost(self, node: Any, input_shape: Iterable[Any]) -> Cost:
        """Return the parameters, multiply-adds and output shape of a description, a part or an `nn.Module`.

        Nothing is built or run, except modules without a cost rule: each of them is run once, on the meta device.
        """
        return self.counter.cost(node, as_shape(input_shape))

    def costs(self, description: Mapping[str, Any], input_shape: Iterable[Any]) -> tuple[Cost, Cost]:
        """Return the cost of a description before its processes, and after them."""
        shape = as_shape(input_shape)
        part = self.types.part(description, shape)
        cost = self.counter.cost(part, shape)
        return (self.counter.cost(part.part, shape) if isinstance(part, Processed) else cost), cost

    def layers(self, node: Any, input_shape: Iterable[Any]) -> list[Layer]:
        """Return one row for each layer, in the order in which they run."""
        return self.counter.layers(node, as_shape(input_shape))

    def graph(self, node: Any, input_shape: Iterable[Any]) -> Graph:
        """Return the layers of a network and the joins between them, and what each reads."""
        return self.counter.graph(node, as_shape(input_shape))

    def blocks(self, node: Any, input_shape: Iterable[Any]) -> list[Block]:
        """Return the blocks of a network, in the order in which they run: its layers, cut where a person would."""
        shape = as_shape(input_shape)
        part = self.types.resolve(node, shape)
        after = self.counter.layers(node, shape)
        if not isinstance(part, Processed):
            return blocks(node, after, after, self.types.resolve, {})
        before = self.counter.layers(part.part, shape)
        return blocks(node, before, after, self.types.resolve, self.counter.processes.bits(part, after))

    def before_process(self, part: Processed, input_shape: Shape, name: str) -> tuple[Sequence[Layer], Any]:
        """Return the rows of the layers before the process of this name, and its plan of the model before it."""
        return self.counter.processes.before(part, input_shape, name)

    def check(
        self, description: Mapping[str, Any], input_shape: Iterable[int], processes: bool = True
    ) -> list[tuple[tuple[str, ...], str]]:
        """Return path and message of every problem of a description, except those that others cause.

        Here given widths must be true: input widths must equal those of the part before, declared output widths those
        of the output. Without `processes`, whether processes fit the network is not checked.
        """
        return check(self.types, self.counter.cost, description, as_shape(input_shape), processes)

    def build(self, node: Any, input_shape: Iterable[Any], init: bool = True, trained: bool = False) -> "nn.Module":
        """Build the network of a description or a part, unless it does not fit in the machine's memory.

        Without `init`, parameters that are drawn at random hold arbitrary values until weights are loaded, and the
        weights that parts start from are not read. With `trained`, the gradients must fit in memory too. On the meta
        device, where tensors need none, all networks fit.
        """
        from fgspace.network.weights.starts import Starts

        shape = as_shape(input_shape)
        self.counter.cost(node, shape)  # finds parts that do not fit before anything is built
        return self._builder.build(node, shape, init, trained, Starts().load if init else None)

    def starts(self, description: Mapping[str, Any]) -> dict[str, str]:
        """Return dotted path → file of the parts of a description that start from weights."""
        return {".".join(path): start.file for path, start in starts(description, self.types.entry).items()}

    def untrained(
        self, description: Mapping[str, Any], input_shape: Iterable[Any], known: "Starts | None" = None
    ) -> list[str]:
        """Compare the weights that parts start from with the network, and return the parameters that no file holds.

        The network is that before its processes. `known` has read files already, and reads no file twice.

        Raises:
            PartError: a file cannot be read, or holds the weights of another network.
        """
        from fgspace.network.weights.starts import Starts

        shape = as_shape(input_shape)
        part = self.types.part(description, shape)
        part = part.part if isinstance(part, Processed) else part
        return (known or Starts()).untrained(lambda load: self._builder.build(part, shape, False, False, load))

    def with_places(self, node: Any, input_shape: Iterable[Any], init: bool) -> "tuple[nn.Module, list[Place]]":
        """Build a network without its processes, and return it with the places of its parameters in shared tensors."""
        from fgspace.network.sharing.places import places
        from fgspace.network.weights.starts import Starts

        shape = as_shape(input_shape)
        part = self.types.resolve(node, shape)
        part = part.part if isinstance(part, Processed) else part
        self.counter.cost(part, shape)
        types: dict[nn.Module, str] = {}
        module = self._builder.build(part, shape, init, load=Starts().load if init else None, types=types)
        return module, places(module, types)

    def calls(self, description: Mapping[str, Any], input_shape: Iterable[Any]) -> dict[str, Leaf]:
        """Return path → call of each module of a network that one call makes, before its processes."""
        return self._builder.calls(description, as_shape(input_shape))

    def without_weights(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Return a description whose parts start at random, and whose processes read no weights."""
        return without_weights(description, self.types.entry)

    def prove(self, description: Mapping[str, Any], input_shape: Iterable[Any]) -> str | None:
        """Build the network of a description and run it once, without the weights of its processes.

        Returns why that cannot be done here; None if the network is what is counted. PartError is raised if it is not,
        or if it cannot be built, or does not run.
        """
        from fgspace.network.trace.proof import prove

        shape, light = as_shape(input_shape), self.without_weights(description)
        part, costs = self.types.part(light, shape), self.costs(light, shape)
        return prove(lambda: self.build(part, shape), shape, *costs, self.counter.layers(part, shape))

    def weight_files(self, description: Mapping[str, Any]) -> dict[str, str]:
        """Return process → file of the processes of a description that read weights."""
        part = self.types.part(description, None) if "modules" in description else None
        if not isinstance(part, Processed):
            return {}
        made = {name: self.types.process(name, written) for name, written in part.processes.items()}
        files = {name: getattr(process, "file", None) for name, process in made.items()}
        return {name: file for name, file in files.items() if file is not None}

    @cached_property
    def _builder(self) -> "Builder":
        from fgspace.network.build.builder import Builder

        return Builder(self.types, self.counter.cost)

    def _on_skeleton(self, part: Part, shape: Shape, ask: Callable[["nn.Module"], Any]) -> Any:
        from fgspace.network.build.skeleton import on_skeleton

        whole = part.part if isinstance(part, Processed) else part
        if why := too_large(self.counter.cost(whole, shape).params):  # following its channels would take minutes
            raise PartError(why)
        return on_skeleton(lambda: self.build(part, shape, init=False), ask)


@cache
def network_of(registry: Registry) -> Network:
    """Return the `Network` of a registry, the same for all its spaces, so that costs are remembered once."""
    return Network(registry)


def proving(registry: Registry) -> Network:
    """Return a network that also makes each leaf that it counts, and compares it with what is counted.

    Following its processes through a network of more than 2,000 layers would take minutes, so it raises LongError.
    """
    from fgspace.network.trace.proof import Leaves

    return Network(registry, Leaves(), _MOST_LAYERS)


def _measured(node: Any, shape: Shape) -> Measured:
    from fgspace.network.trace.measure import measured

    return measured(node, shape)
