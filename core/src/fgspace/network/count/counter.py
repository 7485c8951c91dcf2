"""Counts parts without building them, and remembers their costs."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from fgspace.documents.plain import are_scalars, plain_numbers
from fgspace.network.costs import Cost, Ends, Layer, Measured, PartError, Shape
from fgspace.network.count.graph import Graph, graph
from fgspace.network.count.layers import layers
from fgspace.network.count.processes import OnSkeleton, Plans, Processes
from fgspace.network.count.rules.norm import holds_statistics
from fgspace.network.parts.combinators import class_name
from fgspace.network.parts.part import FineGrainedSpace, Leaf, Part
from fgspace.network.resolve.cost_rules import CostRule, Counted
from fgspace.network.resolve.descriptions import Processed, Types
from fgspace.network.resolve.entries import arguments, located
from fgspace.network.resolve.joins import join
from fgspace.network.resolve.keys import OpaqueError, freeze, part_key
from fgspace.signatures.reasons import FAILURES, reason

MEMO_LIMIT = 100_000
"""The number of costs that are remembered before all are forgotten: about 100 MB."""

ALONE, PASSED = Ends((0,), 1, maker=""), Ends((0,), 0, same=True)
"""The ends of a module that is one layer, and of one that returns its input."""

ProveLeaf = Callable[[Leaf, Shape, Cost], None]
"""Raises PartError if a leaf cannot be made, or is not what its cost rule counts."""
Measure = Callable[[Any, Shape], Measured]
"""Returns the rows of a leaf without a rule, or of an `nn.Module`, by running it once."""


class Counter:
    """Counts descriptions, parts and modules, and remembers the cost of every part.

    Args:
        types: the types that descriptions name.
        measure: counts a module without a rule.
        on_skeleton: calls a function with a part that is built without values.
        prove: is given each leaf that a cost rule has counted, to compare its cost with the module.
        most_layers: those up to which the processes of a network are counted; None if they always are.
    """

    def __init__(
        self,
        types: Types,
        measure: Measure,
        on_skeleton: OnSkeleton,
        prove: ProveLeaf | None = None,
        most_layers: int | None = None,
    ) -> None:
        self.processes = Processes(types, self._layers_as_run, on_skeleton, most_layers)
        self._types = types
        self._measure = measure
        self._prove = prove
        self._memo: dict[Hashable, Cost] = {}
        self._runs = Plans()

    def cost(self, node: Any, shape: Shape) -> Cost:
        """Return the parameters, multiply-adds and output shape of a description, a part or an `nn.Module`."""
        return self._part_cost(node, shape) if isinstance(node, Part) else self._described_cost(node, shape)

    def layers(self, node: Any, shape: Shape) -> list[Layer]:
        """Return one row for each layer, in the order in which they run."""
        return layers(node, shape, self._types.resolve, self.cost, self._leaf_rows, self.processes.layers)

    def graph(self, node: Any, shape: Shape) -> Graph:
        """Return the layers and the joins between them, and what each reads."""
        return graph(node, shape, self._types.resolve, self.cost, self._leaf_rows, self.processes.layers)

    def _layers_as_run(self, node: Any, shape: Shape) -> list[Layer]:
        """Return the rows that processes change: they tell rows by the layers that run, in modules of plugins too."""
        return layers(node, shape, self._types.resolve, self.cost, self._leaf_as_run, self.processes.layers)

    def _part_cost(self, part: Part, shape: Shape) -> Cost:
        try:
            key = part_key(part), shape
        except OpaqueError:
            return self._count(part, shape)
        found = self._memo.get(key)
        return self._remember(key, self._count(part, shape)) if found is None else found

    def _described_cost(self, node: Any, shape: Shape) -> Cost:
        if node.__class__ is not dict and not isinstance(node, Mapping):  # the question to an abstract class is slow
            return self._measured(node, shape).cost
        entry = self._types.entry(node["type"])
        if "modules" in node and entry.takes_modules:
            return self._count(self._types.part(node, shape), shape)
        given = arguments(entry, node, shape)
        try:
            key = entry, shape, freeze(given)
        except OpaqueError:
            return self._count(self._types.made(entry, given), shape)
        found = self._memo.get(key)
        return self._remember(key, self._count(self._types.made(entry, given), shape)) if found is None else found

    def _remember(self, key: Hashable, cost: Cost) -> Cost:
        if len(self._memo) >= MEMO_LIMIT:
            self._memo.clear()
        self._memo[key] = cost
        return cost

    def _count(self, part: Part, shape: Shape) -> Cost:
        if isinstance(part, FineGrainedSpace):
            return self._composite(part, shape)
        if isinstance(part, Processed):
            return self.processes.cost(part, shape, self.cost(part.part, shape))
        if isinstance(part, Leaf):
            return self._leaf(part, shape)
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

    def _leaf(self, leaf: Leaf, shape: Shape) -> Cost:
        rule = self._types.rules.of(leaf.target)
        if rule is None:
            return self._measured(leaf, shape).cost
        try:
            output, params, macs = _counted(rule, shape, leaf.args, leaf.kwargs)
        except PartError:
            raise
        except Exception as error:  # a rule is code of a plugin, which may raise anything
            raise located(error, leaf.target, leaf.args, leaf.kwargs, rule) from error
        cost = Cost(params, macs, output)
        if self._prove is not None:
            self._prove(leaf, shape, cost)
        return cost

    def _leaf_rows(self, node: Any, shape: Shape) -> Measured:
        """Return the rows of a leaf or an `nn.Module`: one by its rule, or those of its layers if it has none."""
        if isinstance(node, Leaf) and self._types.rules.of(node.target) is not None:
            cost, name = self.cost(node, shape), class_name(node)
            figures = (shape, cost.output_shape, cost.params, cost.macs)
            row = Layer("", name, *figures, statistics=holds_statistics(name, node.args, node.kwargs))
            return Measured((row,), cost.output_shape, PASSED if name == "Identity" else ALONE)
        return self._measured(node, shape)

    def _leaf_as_run(self, node: Any, shape: Shape) -> Measured:
        """Return the rows of a leaf as it runs, where its rule would hide layers or products that a process changes."""
        by_rule = self._leaf_rows(node, shape)
        if not isinstance(node, Leaf) or isinstance(node.target, str):
            return by_rule
        return self._measured(node, shape) if any(row.params or row.macs for row in by_rule.rows) else by_rule

    def _measured(self, node: Any, shape: Shape) -> Measured:
        try:
            key = part_key(node), shape
        except OpaqueError:
            return self._run(node, shape)
        found: Measured = self._runs.get(key, lambda: self._run(node, shape))
        return found

    def _run(self, node: Any, shape: Shape) -> Measured:
        try:
            return self._measure(node, shape)
        except PartError:
            raise
        except FAILURES as error:
            raise PartError(reason(error, node.target if isinstance(node, Leaf) else type(node))) from error


def _counted(rule: CostRule, shape: Shape, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Counted:
    """Call a rule; scalars of NumPy become plain numbers in what it is given, and in what it returns."""
    if not are_scalars(map(type, args)):
        args = plain_numbers(args)
    if kwargs and not are_scalars(map(type, kwargs.values())):
        kwargs = plain_numbers(dict(kwargs))
    output, params, macs = rule(shape, *args, **kwargs)
    if output.__class__ is tuple and are_scalars(map(type, (params, macs, *output))):
        return output, params, macs
    plain: Counted = plain_numbers((output, params, macs))
    return plain
