"""The layers of a network, one row each."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

from fgspace.network.costs import Cost, Layer, PartError, Shape
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.descriptions import Processed
from fgspace.network.resolve.joins import join

Resolve = Callable[[Any, Shape | None], Any]
Count = Callable[[Any, Shape], Cost]
Rows = Callable[[Any, Shape], Sequence[Layer]]


def layers(
    node: Any, shape: Shape, resolve: Resolve, cost: Count, leaf: Rows, processed: Rows, path: tuple[str, ...] = ()
) -> list[Layer]:
    """Return one row for each layer of a description, a part or an `nn.Module`, in the order in which they run.

    Args:
        node: the description, part or module.
        shape: the shape of its input, without the batch.
        resolve: turns a description into its part.
        cost: returns the cost of a node.
        leaf: returns the rows of a part or module that is no composite.
        processed: returns the rows of a part after its processes.
        path: the names of the composites that hold the node, the outermost first.
    """
    part = resolve(node, shape)
    if isinstance(part, Processed):
        return _under(processed(part, shape), path)
    if not isinstance(part, FineGrainedSpace):
        return _under(leaf(part, shape), path)
    rows: list[Layer] = []
    ran: Counter[str] = Counter()

    def run(name: str, child: Any, shape: Shape) -> Shape:
        try:
            found = layers(child, shape, resolve, cost, leaf, processed, (*path, name))
            rows.extend(map(_shared, found, repeat(ran[name])) if ran[name] else found)
            ran[name] += 1
            return cost(child, shape).output_shape
        except PartError as error:
            raise error.under(name) from error.__cause__

    join(part, shape, run)
    return rows


def _shared(row: Layer, earlier: int) -> Layer:
    """Return the row of a layer whose part has run before, without parameters, which are counted already."""
    return replace(row, params=0, call=row.call + earlier)


def _under(rows: Sequence[Layer], path: tuple[str, ...]) -> list[Layer]:
    """Return rows with the path of the part that holds them put before their own."""
    return [replace(row, path=".".join((*path, row.path) if row.path else path)) for row in rows] if path else [*rows]
