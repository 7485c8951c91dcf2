"""Counts the parameters and multiply-adds of each layer of a candidate from its masks, without building it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from fgspace_prune.contraction import BATCH
from fgspace_prune.groups import Place, Plan, Sizes
from fgspace_prune.keep import Masks, keep_vector

Row = Any
"""One layer, with the fields of `fgspace.network.costs.Layer`: path, type, in_shape, out_shape, params, macs."""


Numbered = Sequence[int]
"""Sizes in which each line of classes is replaced by the complement of its number: -1 for the first, -2, ..."""


@dataclass(frozen=True)
class Called:
    """One call of a layer or function, ready to be counted.

    `params` and `macs`, of the traced batch, are of the full model.
    """

    inputs: tuple[Numbered, ...]
    outputs: tuple[Numbered, ...]
    parameters: tuple[Numbered, ...]
    products: tuple[tuple[int, Numbered], ...]
    params: int
    macs: int


@dataclass(frozen=True)
class Counted:
    """A plan prepared for counting many candidates: equal lines of classes share a number and are counted once."""

    plan: Plan

    @cached_property
    def lines(self) -> Mapping[bytes, int]:
        """Line of classes, as bytes → its number."""
        runs = (sizes for run in self.plan.runs for end in (run.inputs, run.outputs) for sizes in end)
        every = (*runs, *(sizes for _, sizes in self.plan.products), *map(_sizes, self.plan.places))
        lines = (line.tobytes() for sizes in every for line in sizes if isinstance(line, np.ndarray))
        return {line: number for number, line in enumerate(dict.fromkeys(lines))}

    @cached_property
    def members(self) -> np.ndarray:
        """The number of times that each line holds each class, (lines, channels + 1)."""
        table = np.zeros((len(self.lines), self.plan.channels + 1))
        for line, number in self.lines.items():
            np.add.at(table[number], np.frombuffer(line, dtype=np.int64), 1)
        return table

    @cached_property
    def calls(self) -> Mapping[tuple[str, str, int], Called]:
        """Path, type and number of a row → its call; a parameter that no call reads, and a buffer, have one too."""
        found = {run.key: self._called(run.inputs, run.outputs, run.parameters, run.products) for run in self.plan.runs}
        read = {name for run in self.plan.runs for name in run.parameters}
        unread = [(name, self._called((), (), (name,), ())) for name in self._parameters if name not in read]
        buffers = {(place.names[0], "Buffer", 0): place for place in self.plan.places if not place.parameter}
        found |= {key: self._called((), (_sizes(place),), (), ()) for key, place in buffers.items()}
        return found | {(name, kind, 0): call for name, call in unread for kind in ("Parameter", "Unused")}

    def kept(self, masks: Masks) -> list[int]:
        """Return the number of indices that stay, for each line."""
        counts: list[int] = (self.members @ keep_vector(self.plan, masks)).astype(int).tolist()
        return counts

    @cached_property
    def _parameters(self) -> Mapping[str, Numbered]:
        """Name of a parameter → its sizes."""
        return {place.names[0]: self._numbered(_sizes(place)) for place in self.plan.places if place.parameter}

    @cached_property
    def whole(self) -> Sequence[int]:
        """The number of indices of each line in the full model."""
        whole: list[int] = self.members.sum(1).astype(int).tolist()
        return whole

    def _called(
        self, inputs: Sequence[Sizes], outputs: Sequence[Sizes], names: Sequence[str], products: Sequence[int]
    ) -> Called:
        parameters = tuple(self._parameters[name] for name in names)
        counted = tuple(
            (times, self._numbered(sizes)) for times, sizes in map(self.plan.products.__getitem__, products)
        )
        return Called(
            tuple(map(self._numbered, inputs)),
            tuple(map(self._numbered, outputs)),
            parameters,
            counted,
            _params(parameters, self.whole),
            _macs(counted, self.whole),
        )

    def _numbered(self, sizes: Sizes) -> Numbered:
        return tuple(size if isinstance(size, int) else ~self.lines[size.tobytes()] for size in sizes)


def layers(counted: Counted, rows: Sequence[Row], masks: Masks) -> list[Row]:
    """Return the rows of the small model's layers, with their shapes, parameters and multiply-adds.

    `rows` are those of the full model, in execution order; a row whose call is not in the plan is returned unchanged.
    """
    kept, whole = counted.kept(masks), counted.whole
    calls = ((row, counted.calls.get((row.path, row.type, row.call))) for row in rows)
    return [row if call is None else _layer(row, call, kept, whole) for row, call in calls]


def _layer(row: Row, call: Called, kept: Sequence[int], whole: Sequence[int]) -> Row:
    in_shape = _shape(call.inputs, kept, whole, row.in_shape)
    out_shape = _shape(call.outputs, kept, whole, row.out_shape)
    lost = call.params - _params(call.parameters, kept) if row.params else 0
    saved = (call.macs - _macs(call.products, kept)) // BATCH
    if not lost and not saved and in_shape == row.in_shape and out_shape == row.out_shape:
        return row
    return replace(row, in_shape=in_shape, out_shape=out_shape, params=row.params - lost, macs=row.macs - saved)


def _params(parameters: Sequence[Numbered], counts: Sequence[int]) -> int:
    return sum([_product(sizes, counts) for sizes in parameters])


def _macs(products: Sequence[tuple[int, Numbered]], counts: Sequence[int]) -> int:
    return sum([times * _product(sizes, counts) for times, sizes in products])


def _product(sizes: Numbered, counts: Sequence[int]) -> int:
    return prod([size if size >= 0 else counts[~size] for size in sizes])


def _shape(end: Sequence[Numbered], kept: Sequence[int], whole: Sequence[int], shape: Any) -> Any:
    """Return the shape of an input or output, or a tuple of shapes if it is several tensors.

    `end` has the dim of the batch, which a row leaves out where it is 1. Dims without channels are those of the row. A
    dim of the row is shorter than the line of its labels where it holds the batch too: that of the trace is larger.
    """
    many = bool(shape) and isinstance(shape[0], tuple)
    before = shape if many else (shape,)
    if len(end) != len(before):
        return shape
    after = tuple([_dims(sizes, kept, whole, old) for sizes, old in zip(end, before, strict=True)])
    return after if many else after[0]


def _dims(sizes: Numbered, kept: Sequence[int], whole: Sequence[int], old: Sequence[int]) -> tuple[int, ...]:
    if len(sizes) - len(old) == 1:
        return tuple([dim if size >= 0 else kept[~size] for size, dim in zip(sizes[1:], old, strict=True)])
    if len(sizes) != len(old):
        return tuple(old)
    after = tuple([d if size >= 0 else kept[~size] * d // whole[~size] for size, d in zip(sizes, old, strict=True)])
    # Such as one head of one input, where both are in one dim: a row leaves out a batch of one.
    return after[1:] if after[:1] == (1,) != tuple(old[:1]) else after


def _sizes(place: Place) -> Sizes:
    return tuple(size if line is None else line for line, size in zip(place.classes, place.shape, strict=True))
