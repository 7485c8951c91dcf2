"""Network: from one description, or one part, to its cost, its layers, its problems, or the network itself."""

from collections.abc import Hashable, Iterable, Mapping
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from fgspace.network import checking, layers, processes
from fgspace.network.costs import Cost, Layer, PartError, Shape
from fgspace.network.described import Processed, Types
from fgspace.network.entries import arguments, located
from fgspace.network.expansions import Expansions
from fgspace.network.joins import join
from fgspace.network.keys import OpaqueError, freeze, part_key
from fgspace.network.part import FineGrainedSpace, Leaf, Part
from fgspace.network.rules import RULES
from fgspace.registry import Registry

if TYPE_CHECKING:
    from torch import nn

MEMO_LIMIT = 100_000
"""How many costs are remembered before all are forgotten: some 100 MB."""


class Network:
    """Counts and builds what descriptions stand for, and remembers what every part cost.

    A description is a mapping with `type`, its parameters and, of a composite, `modules`. An input shape is (C, H, W),
    without the batch. Input widths of described parts follow from the part before, whatever is given for them.
    What is wrong raises PartError, which says where.
    """

    def __init__(self, registry: Registry) -> None:
        self.types = Types(registry)
        self.expansions = Expansions()
        self.plans = processes.Plans()
        self._memo: dict[Hashable, Cost] = {}

    def part(self, description: Mapping[str, Any], input_shape: Iterable[int] | None = None) -> Part:
        """Return the part that a description stands for; without a shape, input widths are as it says."""
        return self.types.part(description, None if input_shape is None else tuple(input_shape))

    def cost(self, node: Any, input_shape: Iterable[Any]) -> Cost:
        """Return the parameters, multiply-adds and output shape of a description, a part or an `nn.Module`.

        Nothing is built or run, but for modules that no rule knows: each of these is run once, on the meta device.
        """
        shape = tuple(input_shape)
        return self._part_cost(node, shape) if isinstance(node, Part) else self._described_cost(node, shape)

    def layers(self, node: Any, input_shape: Iterable[Any]) -> list[Layer]:
        """Return one row for each layer, in the order in which they run."""
        return layers.layers(self, node, tuple(input_shape))

    def check(self, description: Mapping[str, Any], input_shape: Iterable[int]) -> list[tuple[tuple[str, ...], str]]:
        """Return every problem of a description as it is written: path and message, none that only follow from others.

        Here widths that are given must be true: input widths those of the part before, declared output widths those
        that the part puts out.
        """
        return checking.check(self, description, tuple(input_shape))

    def build(self, node: Any, input_shape: Iterable[Any], init: bool = True) -> "nn.Module":
        """Build the network of a description or a part.

        Without `init`, parameters that would be drawn at random hold what memory held; load weights into them.
        """
        from fgspace.network.building import build

        return build(self, node, tuple(input_shape), init)

    def resolve(self, node: Any, shape: Shape) -> Any:
        """Return the part of a description; a part or an `nn.Module` as it is."""
        return self.types.part(node, shape) if isinstance(node, Mapping) else node

    def _part_cost(self, part: Part, shape: Shape) -> Cost:
        try:
            key = part_key(part), shape
        except OpaqueError:
            return self._count(part, shape)
        found = self._memo.get(key)
        return self._remember(key, self._count(part, shape)) if found is None else found

    def _described_cost(self, node: Any, shape: Shape) -> Cost:
        if not isinstance(node, Mapping):
            return _measured(node, shape)
        entry = self.types.entry(node["type"])
        if "modules" in node and entry.takes_modules:
            return self._count(self.types.part(node, shape), shape)
        given = arguments(entry, node, shape)
        try:
            key = entry, shape, freeze(given)
        except OpaqueError:
            return self._count(self.types.made(entry, given), shape)
        found = self._memo.get(key)
        return self._remember(key, self._count(self.types.made(entry, given), shape)) if found is None else found

    def _remember(self, key: Hashable, cost: Cost) -> Cost:
        if len(self._memo) >= MEMO_LIMIT:
            self._memo.clear()
        self._memo[key] = cost
        return cost

    def _count(self, part: Part, shape: Shape) -> Cost:
        if isinstance(part, FineGrainedSpace):
            return self._composite(part, shape)
        if isinstance(part, Processed):
            return processes.processed_cost(self, part, shape)
        if isinstance(part, Leaf):
            return _leaf_cost(part, shape)
        raise TypeError(f"expected a composite or a leaf, got {part!r}")

    def _composite(self, part: FineGrainedSpace, shape: Shape) -> Cost:
        macs = 0
        params: dict[str, int] = {}
        extra: dict[str, float] = {}

        def run(name: str, child: Any, shape: Shape) -> Shape:
            nonlocal macs
            try:
                cost = self.cost(child, shape)
            except PartError as error:
                raise error.under(name) from error.__cause__
            macs += cost.macs
            params[name] = cost.params
            for what, amount in cost.extra.items():
                extra[what] = extra.get(what, 0) + amount
            return cost.output_shape

        output = join(part, shape, run)
        return Cost(sum(params.values()), macs, output, extra)


def _leaf_cost(leaf: Leaf, shape: Shape) -> Cost:
    rule = RULES.get(leaf.target) if isinstance(leaf.target, str) else None
    if rule is None:
        return _measured(leaf, shape)
    try:
        output, params, macs = rule(shape, *leaf.args, **leaf.kwargs)
    except (TypeError, ValueError) as error:
        raise located(error, leaf.target, leaf.args, leaf.kwargs) from error
    return Cost(params, macs, output)


def _measured(node: Any, shape: Shape) -> Cost:
    """Run what no rule knows: a leaf, or an `nn.Module` that stands in the description itself."""
    from fgspace.network.building import build_leaf
    from fgspace.network.measure import measure

    try:
        return measure(partial(build_leaf, node) if isinstance(node, Leaf) else partial(deepcopy, node), shape)
    except PartError:
        raise
    except (TypeError, ValueError) as error:
        raise PartError(str(error)) from error
