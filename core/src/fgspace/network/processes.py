"""Processes: what is done to the finished model, and what that changes of its cost."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fgspace.network.costs import Cost, PartError, Shape
from fgspace.network.described import Processed, Types
from fgspace.network.entries import arguments, located

if TYPE_CHECKING:
    from fgspace.network.walk import Network


def make_process(types: Types, name: str, description: Mapping[str, Any]) -> Any:
    """Return the process that a description stands for: a callable of the model and its input shape."""
    entry = types.entry(description["type"])
    given = types.bound(entry, arguments(entry, description, None))
    try:
        return entry.target(**given)
    except (TypeError, ValueError) as error:
        raise located(error, entry.target, (), given).under(name) from error


def processed_cost(network: "Network", part: Processed, shape: Shape) -> Cost:
    """Return the cost of a model after its processes: each that has a `cost` is asked what it makes of the layers."""
    cost = network.cost(part.part, shape)
    for name, description in part.processes.items():
        if not hasattr(network.types.entry(description["type"]).target, "cost"):
            continue
        process = make_process(network.types, name, description)
        try:
            found = dict(process.cost(network.layers(part.part, shape)))
        except ValueError as error:
            raise PartError(str(error), (name,)) from error
        params, macs = found.pop("params", cost.params), found.pop("macs", cost.macs)
        cost = Cost(params, macs, cost.output_shape, {**cost.extra, **found})
    return cost
