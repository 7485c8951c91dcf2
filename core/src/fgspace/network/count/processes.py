"""Counts the changes that processes make to the layers and the cost of a model."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from fgspace.documents.plain import plain_numbers
from fgspace.network.costs import Cost, Layer, LongError, PartError, Shape
from fgspace.network.parts.part import Part
from fgspace.network.resolve.descriptions import Processed, Types
from fgspace.network.resolve.keys import OpaqueError, freeze, part_key
from fgspace.signatures.reasons import FAILURES, reason

LIMIT = 64
"""The number of layer rows and plans that are remembered, the most recently used ones."""

OnSkeleton = Callable[[Part, Shape, Callable[[Any], Any]], Any]
"""Builds a part with shapes and without values, and returns the result of a function of it."""


class Plans:
    """Remembers rows and plans of networks before their processes, since many points differ in their processes only."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the value of a key, made by `make` if there is none."""
        found = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found  # at the end, as the most recently used one
        if len(self._kept) > LIMIT:
            del self._kept[next(iter(self._kept))]
        return found


class Processes:
    """Counts the changes that the processes of a part make.

    Args:
        types: the types that descriptions name.
        layers: returns the rows of a part without processes.
        on_skeleton: calls a function with a part that is built without values.
        most: the layers of a network up to which its processes are counted; None if they always are.

    Methods raise LongError for a network with more layers.
    """

    def __init__(
        self,
        types: Types,
        layers: Callable[[Part, Shape], Sequence[Layer]],
        on_skeleton: OnSkeleton,
        most: int | None = None,
    ) -> None:
        self.plans = Plans()
        self._most = most
        self._types = types
        self._layers = layers
        self._on_skeleton = on_skeleton

    def cost(self, part: Processed, shape: Shape, before: Cost) -> Cost:
        """Return the cost of a model after its processes, given its cost before them."""
        processes = self._counting(part)
        if not processes:
            return before
        rows, changed = self._rows(part, shape, processes)
        params, macs, extra = before.params, before.macs, dict(before.extra)
        if changed:
            params, macs = plain_numbers((sum(row.params for row in rows), sum(row.macs for row in rows)))
        for name, process in processes.items():
            if hasattr(process, "cost"):
                found = plain_numbers(dict(_located(name, type(process), partial(process.cost, rows))))
                params, macs = found.pop("params", params), found.pop("macs", macs)
                extra |= found
        return Cost(params, macs, before.output_shape, extra)

    def layers(self, part: Processed, shape: Shape) -> Sequence[Layer]:
        """Return one row for each layer of a model after its processes."""
        return self._rows(part, shape, self._counting(part))[0]

    def bits(self, part: Processed, rows: Sequence[Layer]) -> dict[str, tuple[int, int]]:
        """Return the bits of the weights and of the input of each layer that a process quantises, by path."""
        found: dict[str, tuple[int, int]] = {}
        for name, process in self._counting(part).items():
            if hasattr(process, "bits"):
                found |= _located(name, type(process), partial(process.bits, rows))
        return found

    def before(self, part: Processed, shape: Shape, name: str) -> tuple[Sequence[Layer], Any]:
        """Return the rows of the layers before one of the processes, and its plan of the model before it."""
        names = list(part.processes)
        earlier = Processed(part.part, {one: part.processes[one] for one in names[: names.index(name)]})
        rows, _ = self._rows(earlier, shape, self._counting(earlier))
        return rows, self._plan(part, shape, name)

    def _counting(self, part: Processed) -> dict[str, Any]:
        """Make the processes that change the cost, and return them by name."""
        entries = {name: self._types.entry(described["type"]) for name, described in part.processes.items()}
        return {
            name: self._types.process(name, part.processes[name])
            for name, entry in entries.items()
            if hasattr(entry.target, "layers_after") or hasattr(entry.target, "cost")
        }

    def _rows(self, part: Processed, shape: Shape, processes: Mapping[str, Any]) -> tuple[Sequence[Layer], bool]:
        """Return the rows after the processes, and whether one of them changes rows."""
        rows: Sequence[Layer] = self._remembered(part, shape, "layers", lambda: self._layers(part.part, shape))
        if self._most is not None and len(rows) > self._most:
            raise LongError(f"has {len(rows):,} layers, through which its processes are not followed here")
        changing = {name: process for name, process in processes.items() if hasattr(process, "layers_after")}
        for name, process in changing.items():
            plan = self._plan(part, shape, name)
            rows = _located(name, type(process), partial(process.layers_after, rows, plan))
        return rows, bool(changing)

    def _plan(self, part: Processed, shape: Shape, name: str) -> Any:
        """Return the plan that a process makes of the model after the processes before it."""
        names = list(part.processes)
        earlier = {one: part.processes[one] for one in names[: names.index(name)]}
        found = self._types.entry(part.processes[name]["type"]).target
        if not hasattr(found, "plan"):
            return None
        changing = {
            one: described
            for one, described in earlier.items()
            if hasattr(self._types.entry(described["type"]).target, "layers_after")
        }

        def make() -> Any:
            return self._on_skeleton(Processed(part.part, changing), shape, lambda model: found.plan(model, shape))

        return _located(name, found, lambda: self._remembered(part, shape, (found, freeze(changing)), make))

    def _remembered(self, part: Processed, shape: Shape, what: Hashable, make: Callable[[], Any]) -> Any:
        try:
            key = part_key(part.part), shape, what
        except OpaqueError:
            return make()
        return self.plans.get(key, make)


def _located(name: str, process: Any, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except PartError:
        raise
    except FAILURES as error:
        raise PartError(reason(error, process), (name,)) from error
