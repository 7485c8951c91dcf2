"""The layers of a network, one row each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fgspace.network.costs import Cost, Layer, PartError, Shape
from fgspace.network.parts.combinators import class_name
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.descriptions import Processed
from fgspace.network.resolve.joins import join

Resolve = Callable[[Any, Shape | None], Any]
Count = Callable[[Any, Shape], Cost]
ProcessedRows = Callable[[Processed, Shape], Sequence[Layer]]


def layers(
    node: Any, shape: Shape, resolve: Resolve, cost: Count, processed: ProcessedRows, path: tuple[str, ...] = ()
) -> list[Layer]:
    """Return one row for each layer of a description, a part or an `nn.Module`, in the order in which they run.

    Args:
        node: the description, part or module.
        shape: the shape of its input, without the batch.
        resolve: turns a description into its part.
        cost: returns the cost of a node.
        processed: returns the rows of a part after its processes.
        path: the names of the composites that hold the node, the outermost first.
    """
    part = resolve(node, shape)
    if isinstance(part, Processed):
        return _under(processed(part, shape), path)
    if not isinstance(part, FineGrainedSpace):
        found = cost(part, shape)
        return [Layer(".".join(path), class_name(part), shape, found.output_shape, found.params, found.macs)]
    rows: list[Layer] = []
    ran: set[str] = set()

    def run(name: str, child: Any, shape: Shape) -> Shape:
        try:
            found = layers(child, shape, resolve, cost, processed, (*path, name))
            rows.extend(found if name not in ran else map(_shared, found))
            ran.add(name)
            return cost(child, shape).output_shape
        except PartError as error:
            raise error.under(name) from error.__cause__

    join(part, shape, run)
    return rows


def _shared(row: Layer) -> Layer:
    """Return the row of a layer that runs a second time, without parameters, which are counted already."""
    return replace(row, params=0)


def _under(rows: Sequence[Layer], path: tuple[str, ...]) -> list[Layer]:
    """Return rows with the path of the part that holds them put before their own."""
    return [replace(row, path=".".join((*path, row.path))) for row in rows] if path else list(rows)
