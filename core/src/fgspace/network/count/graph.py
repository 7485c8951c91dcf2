"""The steps of a network and what each reads, found by following its parts, for costs that depend on the order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fgspace.network.costs import Cost, Layer, Measured, Shape, is_many
from fgspace.network.count.flow import Flow, Tensors, Value
from fgspace.network.parts.part import FineGrainedSpace, Leaf
from fgspace.network.resolve.descriptions import Processed
from fgspace.network.resolve.joins import join

PASSES = ("Identity", "Skipped")
"""The types of steps that only pass their input on."""
INPUT = "Input"
"""The type of the first step, which makes the input."""


@dataclass(frozen=True, slots=True)
class Step:
    """A layer that runs once, or a join of several outputs, such as "add"; `reads` are the indices of other steps.

    `index` counts the layer rows: it is that of the row, -1 for the input and for joins, which have none.
    """

    type: str
    in_shape: Shape
    out_shape: Shape
    reads: tuple[int, ...]
    path: str = ""
    index: int = -1
    params: int = 0
    macs: int = 0


@dataclass(frozen=True)
class Graph:
    """The steps in the order in which they run, the input first, and the indices of those that make the output."""

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    def without_passes(self) -> "Graph":
        """Return the graph without steps that only pass their input on."""
        places: list[int] = []
        kept: list[Step] = []
        for step in self.steps:
            if step.type in PASSES and len(step.reads) == 1:
                places.append(places[step.reads[0]])
                continue
            kept.append(replace(step, reads=tuple(places[read] for read in step.reads)))
            places.append(len(kept) - 1)
        return Graph(tuple(kept), tuple(dict.fromkeys(places[index] for index in self.outputs)))

    def used(self) -> tuple[bool, ...]:
        """Return for each step whether the output of the network depends on it."""
        found = [False] * len(self.steps)
        for index in self.outputs:
            found[index] = True
        for index in range(len(self.steps) - 1, -1, -1):
            for read in self.steps[index].reads if found[index] else ():
                found[read] = True
        return tuple(found)


def graph(
    node: Any,
    shape: Shape,
    resolve: Callable[[Any, Shape | None], Any],
    cost: Callable[[Any, Shape], Cost],
    leaf: Callable[[Any, Shape], Measured],
    rows: Callable[[Any, Shape], Sequence[Layer]],
) -> Graph:
    """Return the steps of a network; those of a module that is run and not described follow one upon the other.

    Args:
        node: its description or part.
        shape: the shape of its input, without the batch.
        resolve: turns a description into its part.
        cost: returns the cost of a node.
        leaf: returns the rows of a part that is no composite.
        rows: returns the rows of a part after its processes.
    """
    part = resolve(node, shape)
    walk = _Walk(resolve, cost, leaf)
    outputs = walk.whole(part.part if isinstance(part, Processed) else part, shape)
    found = Graph(tuple(walk.steps.made), outputs)
    return _after(found, rows(part, shape)) if isinstance(part, Processed) else found


class _Steps(Tensors):
    """Numbers tensors by the steps that make them; a tensor that is made after others are read joins them."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Step] = []
        self.join = "Join"
        self._pending: tuple[int, ...] = ()

    def new(self, shape: Shape = (), maker: str | None = None) -> Value:
        reads, self._pending = self._pending, ()
        shapes = self.made[reads[0]].out_shape if reads else shape
        self.made.append(Step(self.join, shapes, shapes, reads))
        return len(self.made) - 1

    def read(self, value: Value, times: int = 1) -> None:
        self._pending = flat(value)


class _Walk:
    """Walks over the parts of a network in the order in which they run."""

    def __init__(self, resolve: Any, cost: Any, leaf: Any) -> None:
        self._resolve, self._cost, self._leaf = resolve, cost, leaf
        self.steps = _Steps()
        self._rows = 0

    def whole(self, part: Any, shape: Shape) -> tuple[int, ...]:
        """Walk over the network; return the steps that make its output."""
        self.steps.made.append(Step(INPUT, shape, shape, ()))
        value: Value = tuple(0 for _ in shape) if is_many(shape) else 0
        return tuple(dict.fromkeys(flat(self._node(part, shape, (), value))))

    def _node(self, node: Any, shape: Shape, path: tuple[str, ...], value: Value) -> Value:
        part = self._resolve(node, shape)
        if isinstance(part, Processed):
            part = part.part
        if isinstance(part, FineGrainedSpace):
            return self._composite(part, shape, path, value)
        return self._layers(part, self._leaf(part, shape), path, value)

    def _composite(self, part: FineGrainedSpace, shape: Shape, path: tuple[str, ...], value: Value) -> Value:
        flow = Flow(part, value, self.steps)

        def run(name: str, child: Any, shape: Shape) -> Shape:
            flow.put(self._node(child, shape, (*path, name), flow.take()))
            output: Shape = self._cost(child, shape).output_shape
            return output

        output = join(part, shape, run)
        self.steps.join = part.join
        made, before = len(self.steps.made), flow.output()
        if len(self.steps.made) > made:  # a join of its own: its output may be larger than what it reads
            self.steps.made[-1] = replace(self.steps.made[-1], out_shape=output, path=".".join(path))
        return before

    def _layers(self, part: Any, found: Measured, path: tuple[str, ...], value: Value) -> Value:
        reads = flat(value)
        passed = getattr(part.target, "passes", None) if isinstance(part, Leaf) else None
        if passed is not None and isinstance(value, tuple):
            self._rows += len(found.rows)
            picked: Value = value[passed(*part.args, **part.kwargs)]
            return picked
        for row in found.rows:
            own = ".".join((*path, row.path) if row.path else path)
            step = Step(row.type, row.in_shape, row.out_shape, reads, own, self._rows, row.params, row.macs)
            self.steps.made.append(step)
            self._rows += 1
            reads = (len(self.steps.made) - 1,)
        last: Value = reads[0] if len(reads) == 1 else value
        return tuple(last for _ in found.output_shape) if is_many(found.output_shape) else last


def flat(value: Value) -> tuple[int, ...]:
    """Return the numbers in a value, in order."""
    return (value,) if isinstance(value, int) else tuple(one for inner in value for one in flat(inner))


def _after(before: Graph, rows: Sequence[Layer]) -> Graph:
    """Return the steps with the figures of the rows after the processes; a step without any passes its input on."""
    figures: dict[str, list[Layer]] = {}
    paths = {step.path for step in before.steps if step.index >= 0}
    for row in rows:
        around = [".".join(row.path.split(".")[:end]) for end in range(row.path.count(".") + 1, 0, -1)]
        own = next((path for path in around if path in paths), None)
        if own is not None:
            figures.setdefault(own, []).append(row)
    return replace(before, steps=tuple(_changed(step, figures) for step in before.steps))


def _changed(step: Step, figures: Mapping[str, list[Layer]]) -> Step:
    found = figures.get(step.path, [])
    if step.index < 0:
        return step
    if not found:
        return replace(step, type="Skipped", params=0, macs=0)
    own = [row for row in found if row.type == step.type] or found
    params, macs = sum(row.params for row in own), sum(row.macs for row in own)
    return replace(step, in_shape=own[0].in_shape, out_shape=own[-1].out_shape, params=params, macs=macs)
