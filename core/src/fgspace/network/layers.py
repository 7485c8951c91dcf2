"""The layers of a network, one row each."""

from typing import TYPE_CHECKING, Any

from fgspace.network.combinators import class_name
from fgspace.network.costs import Layer, PartError, Shape
from fgspace.network.described import Processed
from fgspace.network.joins import join
from fgspace.network.part import FineGrainedSpace
from fgspace.network.processes import processed_layers, under

if TYPE_CHECKING:
    from fgspace.network.walk import Network


def layers(network: "Network", node: Any, shape: Shape, path: tuple[str, ...] = ()) -> list[Layer]:
    """Return one row for each layer of a description, a part or an `nn.Module`, in the order in which they run."""
    part = network.resolve(node, shape)
    if isinstance(part, Processed):
        return under(processed_layers(network, part, shape), path)
    if not isinstance(part, FineGrainedSpace):
        cost = network.cost(part, shape)
        return [Layer(".".join(path), class_name(part), shape, cost.output_shape, cost.params, cost.macs)]
    rows: list[Layer] = []
    ran: set[str] = set()

    def run(name: str, child: Any, shape: Shape) -> Shape:
        try:
            found = layers(network, child, shape, (*path, name))
            rows.extend(found if name not in ran else map(_shared, found))
            ran.add(name)
            return network.cost(child, shape).output_shape
        except PartError as error:
            raise error.under(name) from error.__cause__

    join(part, shape, run)
    return rows


def _shared(row: Layer) -> Layer:
    """Return the row of a layer that runs again: its parameters are counted already."""
    return Layer(row.path, row.type, row.in_shape, row.out_shape, 0, row.macs)
