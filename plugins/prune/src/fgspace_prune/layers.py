"""Counts the parameters and multiply-adds of each layer of a candidate from its masks, without building it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from fgspace_prune.contraction import BATCH
from fgspace_prune.groups import Place, Plan, Run, Sizes
from fgspace_prune.keep import Masks, keep_vector

Row = Any
"""One layer, with the fields of `fgspace.network.costs.Layer`: path, type, in_shape, out_shape, params, macs."""


Numbered = Sequence[int]
"""Sizes in which each line of classes is replaced by the complement of its number: -1 for the first, -2, ..."""


@dataclass(frozen=True)
class Called:
    """One call of a module, ready to be counted; `params` and `macs`, of the traced batch, are of the full model."""

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
    def calls(self) -> Mapping[str, Sequence[Called]]:
        """Module → its calls, in the order in which they ended."""
        whole = self.members.sum(1).astype(int).tolist()
        found: dict[str, list[Called]] = {}
        for run in self.plan.runs:
            found.setdefault(run.module, []).append(self._called(run, whole))
        return found

    def kept(self, masks: Masks) -> list[int]:
        """Return the number of indices that stay, for each line."""
        counts: list[int] = (self.members @ keep_vector(self.plan, masks)).astype(int).tolist()
        return counts

    @cached_property
    def _parameters(self) -> Mapping[str, Sequence[Numbered]]:
        """Module → the sizes of all parameters in it, those of its submodules included."""
        found: dict[str, list[Numbered]] = {}
        for place in self.plan.places:
            names = place.names[0].split(".")
            for end in range(len(names) if place.parameter else 0):
                found.setdefault(".".join(names[:end]), []).append(self._numbered(_sizes(place)))
        return found

    def _called(self, run: Run, whole: Sequence[int]) -> Called:
        inputs, outputs = (tuple(map(self._numbered, end)) for end in (run.inputs, run.outputs))
        parameters = tuple(self._parameters.get(run.module, ()))
        products = tuple(
            (times, self._numbered(sizes)) for times, sizes in map(self.plan.products.__getitem__, run.products)
        )
        return Called(inputs, outputs, parameters, products, _params(parameters, whole), _macs(products, whole))

    def _numbered(self, sizes: Sizes) -> Numbered:
        return tuple(size if isinstance(size, int) else ~self.lines[size.tobytes()] for size in sizes)


def layers(counted: Counted, rows: Sequence[Row], masks: Masks) -> list[Row]:
    """Return the rows of the small model's layers, with their shapes, parameters and multiply-adds.

    `rows` are those of the full model, in execution order; a row whose call is not in the plan is returned unchanged.
    """
    kept = counted.kept(masks)
    ran: dict[str, int] = {}
    found = []
    for row in rows:
        index = ran[row.path] = ran.get(row.path, -1) + 1
        calls = counted.calls.get(row.path, ())
        found.append(_layer(row, calls[index], kept) if index < len(calls) else row)
    return found


def _layer(row: Row, call: Called, kept: Sequence[int]) -> Row:
    in_shape, out_shape = _shape(call.inputs, kept, row.in_shape), _shape(call.outputs, kept, row.out_shape)
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


def _shape(end: Sequence[Numbered], kept: Sequence[int], shape: Any) -> Any:
    """Return the shape of an input or output, or a tuple of shapes where it is several tensors."""
    found = tuple([tuple([size if size >= 0 else kept[~size] for size in sizes]) for sizes in end])
    many = bool(shape) and isinstance(shape[0], tuple)
    if len(found) != (len(shape) if many else 1):
        return shape
    return found if many else found[0]


def _sizes(place: Place) -> Sizes:
    return tuple(size if line is None else line for line, size in zip(place.classes, place.shape, strict=True))
