"""Processes: what is done to the finished model, and what that changes of its layers and its cost.

A process type is a class whose instances map (model, input_shape) to a model. It may have, to be counted unbuilt:

- `plan(model, input_shape)`, static: what of a model all that follows depends on. The model has shapes but no values
  (it is on the meta device where it can be). Asked once a model, and remembered.
- `layers_after(rows, plan)`: the rows of the layers as the process leaves them.
- `cost(rows)`: what it adds to the cost, by name, from the rows as all processes together leave them.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fgspace.network.costs import Cost, Layer, PartError, Shape
from fgspace.network.described import Processed, Types
from fgspace.network.entries import arguments, located
from fgspace.network.keys import OpaqueError, freeze, part_key

if TYPE_CHECKING:
    from fgspace.network.walk import Network

LIMIT = 64
"""How many networks before their processes, and plans of them, are remembered: those last asked for."""


class Plans:
    """What was found out of networks before their processes: points that differ in these alone then cost little."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is known under a key, made if need be."""
        found = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found  # the last is the one that was asked for last
        if len(self._kept) > LIMIT:
            del self._kept[next(iter(self._kept))]
        return found


def make_process(types: Types, name: str, description: Mapping[str, Any]) -> Any:
    """Return the process that a description stands for: a callable of the model and its input shape."""
    entry = types.entry(description["type"])
    given = types.bound(entry, arguments(entry, description, None))
    try:
        return entry.target(**given)
    except (TypeError, ValueError) as error:
        raise located(error, entry.target, (), given).under(name) from error


def processed_cost(network: "Network", part: Processed, shape: Shape) -> Cost:
    """Return the cost of a model after its processes, and what each of them adds."""
    cost = network.cost(part.part, shape)
    processes = _counting(network, part)
    if not processes:
        return cost
    rows, changed = _rows(network, part, shape, processes)
    params, macs, extra = cost.params, cost.macs, dict(cost.extra)
    if changed:
        params, macs = sum(row.params for row in rows), sum(row.macs for row in rows)
    for name, process in processes.items():
        if hasattr(process, "cost"):
            found = dict(_asked(name, partial(process.cost, rows)))
            params, macs = found.pop("params", params), found.pop("macs", macs)
            extra |= found
    return Cost(params, macs, cost.output_shape, extra)


def processed_layers(network: "Network", part: Processed, shape: Shape) -> list[Layer]:
    """Return one row for each layer of a model as its processes leave it."""
    return list(_rows(network, part, shape, _counting(network, part))[0])


def before(network: "Network", part: Processed, shape: Shape, name: str) -> tuple[Sequence[Layer], Any]:
    """Return the rows of the layers that one of the processes finds, and its plan of the model that it finds."""
    names = list(part.processes)
    earlier = Processed(part.part, {one: part.processes[one] for one in names[: names.index(name)]})
    rows, _ = _rows(network, earlier, shape, _counting(network, earlier))
    return rows, _plan(network, part, shape, name)


def _counting(network: "Network", part: Processed) -> dict[str, Any]:
    """Return the processes that change the cost, made."""
    entries = {name: network.types.entry(described["type"]) for name, described in part.processes.items()}
    return {
        name: make_process(network.types, name, part.processes[name])
        for name, entry in entries.items()
        if hasattr(entry.target, "layers_after") or hasattr(entry.target, "cost")
    }


def _rows(
    network: "Network", part: Processed, shape: Shape, processes: Mapping[str, Any]
) -> tuple[Sequence[Layer], bool]:
    """Return the rows that the processes leave, and whether any of them is one that changes rows."""
    rows: Sequence[Layer] = _remembered(network, part, shape, "layers", lambda: network.layers(part.part, shape))
    changing = {name: process for name, process in processes.items() if hasattr(process, "layers_after")}
    for name, process in changing.items():
        plan = _plan(network, part, shape, name)
        rows = _asked(name, partial(process.layers_after, rows, plan))
    return rows, bool(changing)


def _plan(network: "Network", part: Processed, shape: Shape, name: str) -> Any:
    """Return what a process finds out of the model it is given: the one that the processes before it leave."""
    names = list(part.processes)
    earlier = {one: part.processes[one] for one in names[: names.index(name)]}
    found = network.types.entry(part.processes[name]["type"]).target
    if not hasattr(found, "plan"):
        return None
    changing = {
        one: described
        for one, described in earlier.items()
        if hasattr(network.types.entry(described["type"]).target, "layers_after")
    }

    def make() -> Any:
        from fgspace.network.skeleton import on_skeleton

        return on_skeleton(network, Processed(part.part, changing), shape, lambda model: found.plan(model, shape))

    return _asked(name, lambda: _remembered(network, part, shape, (found, freeze(changing)), make))


def _remembered(network: "Network", part: Processed, shape: Shape, what: Hashable, make: Callable[[], Any]) -> Any:
    try:
        key = part_key(part.part), shape, what
    except OpaqueError:
        return make()
    return network.plans.get(key, make)


def _asked(name: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except PartError:
        raise
    except ValueError as error:
        raise PartError(str(error), (name,)) from error


def under(rows: Sequence[Layer], path: tuple[str, ...]) -> list[Layer]:
    """Return rows as they are called from the part that holds theirs at `path`."""
    return [replace(row, path=".".join((*path, row.path))) for row in rows] if path else list(rows)
