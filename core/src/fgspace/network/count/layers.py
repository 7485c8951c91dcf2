"""The layers of a network, one row each."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fgspace.network.costs import Cost, Layer, Measured, PartError, Shape, is_many
from fgspace.network.count.flow import SEVERAL, Flow, Tensors, Value
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.descriptions import Processed
from fgspace.network.resolve.joins import join

Resolve = Callable[[Any, Shape | None], Any]
Count = Callable[[Any, Shape], Cost]
Measure = Callable[[Any, Shape], Measured]
Rows = Callable[[Any, Shape], Sequence[Layer]]


def layers(node: Any, shape: Shape, resolve: Resolve, cost: Count, leaf: Measure, processed: Rows) -> list[Layer]:
    """Return one row for each layer of a description, a part or an `nn.Module`, in the order in which they run.

    Args:
        node: the description, part or module.
        shape: the shape of its input, without the batch.
        resolve: turns a description into its part.
        cost: returns the cost of a node.
        leaf: returns the rows of a part or module that is no composite, and how they are joined to its ends.
        processed: returns the rows of a part after its processes.
    """
    walk = _Walk(resolve, cost, leaf, processed)
    walk.tensors.read(walk.node(node, shape, (), walk.tensors.new(shape)))
    return walk.finished()


class _Walk:
    """Walks over the parts of a network in the order in which they run, and collects their rows."""

    def __init__(self, resolve: Resolve, cost: Count, leaf: Measure, processed: Rows) -> None:
        self._resolve, self._cost, self._leaf, self._processed = resolve, cost, leaf, processed
        self._rows: list[Layer] = []
        self._sources: dict[int, Value] = {}
        self.tensors = Tensors()

    def finished(self) -> list[Layer]:
        """Return the rows, each with the layer whose output it alone reads."""
        makers = {index: self.tensors.maker_of(source) for index, source in self._sources.items()}
        return [
            row if makers.get(index) is None else replace(row, reads=makers[index])
            for index, row in enumerate(self._rows)
        ]

    def node(self, node: Any, shape: Shape, path: tuple[str, ...], value: Value) -> Value:
        """Add the rows of a node whose input has this shape and value; return its output."""
        part = self._resolve(node, shape)
        if isinstance(part, Processed):
            self._rows += _under(self._processed(part, shape), path)
            self.tensors.read(value, SEVERAL)
            return self.tensors.new(self._cost(part, shape).output_shape)
        if isinstance(part, FineGrainedSpace):
            return self._composite(part, shape, path, value)
        return self._measured(self._leaf(part, shape), path, value)

    def _composite(self, part: FineGrainedSpace, shape: Shape, path: tuple[str, ...], value: Value) -> Value:
        ran: Counter[str] = Counter()
        flow = Flow(part, value, self.tensors)

        def run(name: str, child: Any, shape: Shape) -> Shape:
            try:
                first = len(self._rows)
                flow.put(self.node(child, shape, (*path, name), flow.take()))
                if ran[name]:
                    self._rows[first:] = [_shared(row, ran[name]) for row in self._rows[first:]]
                ran[name] += 1
                return self._cost(child, shape).output_shape
            except PartError as error:
                raise error.under(name) from error.__cause__

        join(part, shape, run)
        return flow.output()

    def _measured(self, found: Measured, path: tuple[str, ...], value: Value) -> Value:
        first, ends = len(self._rows), found.ends
        self._rows += _under(found.rows, path)
        if ends is None or isinstance(value, tuple):
            self.tensors.read(value, SEVERAL)
            return self.tensors.new(found.output_shape)
        self._sources |= {first + index: value for index in ends.readers}
        self.tensors.read(value, ends.reads)
        if ends.same:
            return value
        is_one = ends.maker is not None and not is_many(found.output_shape)
        return self.tensors.new(found.output_shape, _joined(path, ends.maker or "") if is_one else None)


def _shared(row: Layer, earlier: int) -> Layer:
    """Return the row of a layer whose part has run before, without parameters, which are counted already."""
    return replace(row, params=0, call=row.call + earlier)


def _under(rows: Sequence[Layer], path: tuple[str, ...]) -> list[Layer]:
    """Return rows with the path of the part that holds them put before their own."""
    if not path:
        return [*rows]
    return [
        replace(row, path=_joined(path, row.path), reads=None if row.reads is None else _joined(path, row.reads))
        for row in rows
    ]


def _joined(path: tuple[str, ...], inner: str) -> str:
    return ".".join((*path, inner) if inner else path)
