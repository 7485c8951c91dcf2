"""Counts the layers of a candidate one by one from its masks, without building it."""

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
"""path, type, in_shape, out_shape, params and macs of one layer: what `fgspace.network.costs.Layer` has."""


@dataclass(frozen=True)
class Counted:
    """A plan made ready to count many candidates: every line of classes has a number, and is counted once."""

    plan: Plan

    @cached_property
    def lines(self) -> dict[bytes, int]:
        """Line of classes, as bytes → its number."""
        every = [line for sizes in self._every() for line in sizes if isinstance(line, np.ndarray)]
        return {key: number for number, key in enumerate(dict.fromkeys(line.tobytes() for line in every))}

    @cached_property
    def members(self) -> np.ndarray:
        """How often each line holds each class, (lines, channels + 1)."""
        table = np.zeros((len(self.lines), self.plan.channels + 1))
        for key, number in self.lines.items():
            np.add.at(table[number], np.frombuffer(key, dtype=np.int64), 1)
        return table

    @cached_property
    def runs(self) -> Mapping[str, list[tuple[Run, list[Any], list[Any], list[tuple[int, list[Any]]]]]]:
        """Module → its calls, each with the numbered sizes of what goes in and comes out, and its products."""
        found: dict[str, list[Any]] = {}
        for run in self.plan.runs:
            ends = [[self._numbered(sizes) for sizes in end] for end in (run.inputs, run.outputs)]
            products = [(self.plan.products[n][0], self._numbered(self.plan.products[n][1])) for n in run.products]
            found.setdefault(run.module, []).append((run, *ends, products))
        return found

    @cached_property
    def parameters(self) -> Mapping[str, list[list[Any]]]:
        """Module → the numbered sizes of the parameters in it and in the modules that it holds."""
        found: dict[str, list[Any]] = {}
        for place in self.plan.places:
            if place.parameter:
                sizes = self._numbered(_sizes(place))
                *names, _ = place.names[0].split(".")
                for end in range(len(names) + 1):
                    found.setdefault(".".join(names[:end]), []).append(sizes)
        return found

    @cached_property
    def whole(self) -> list[int]:
        """How many indices each line has where nothing is cut."""
        return self.members.sum(1).astype(int).tolist()

    def kept(self, masks: Masks) -> list[int]:
        """Return how many indices of each line stay."""
        counts: list[int] = (self.members @ keep_vector(self.plan, masks)).astype(int).tolist()
        return counts

    def _every(self) -> list[Sizes]:
        runs = [sizes for run in self.plan.runs for end in (run.inputs, run.outputs) for sizes in end]
        return [*runs, *(sizes for _, sizes in self.plan.products), *map(_sizes, self.plan.places)]

    def _numbered(self, sizes: Sizes) -> list[Any]:
        """Return the sizes with the number of a line, below zero, for each line: -1 for the first."""
        return [size if isinstance(size, int) else ~self.lines[size.tobytes()] for size in sizes]


def layers(counted: Counted, rows: Sequence[Row], masks: Masks) -> list[Row]:
    """Return the rows of the layers of the smaller model: their shapes, parameters and multiply-adds.

    `rows` are those of the whole model, in the order in which they run; one that no call is known of stays.
    """
    kept, whole = counted.kept(masks), counted.whole
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        index = seen[row.path] = seen.get(row.path, -1) + 1
        calls = counted.runs.get(row.path, [])
        found.append(_layer(row, calls[index], counted, kept, whole) if index < len(calls) else row)
    return found


def _layer(row: Row, call: Any, counted: Counted, kept: Sequence[int], whole: Sequence[int]) -> Row:
    _, inputs, outputs, products = call
    parameters = counted.parameters.get(row.path, ()) if row.params else ()
    lost = sum(_count(sizes, whole) - _count(sizes, kept) for sizes in parameters)
    saved = sum(times * (_count(sizes, whole) - _count(sizes, kept)) for times, sizes in products)
    shapes = (_shape(end, kept, shape) for end, shape in ((inputs, row.in_shape), (outputs, row.out_shape)))
    in_shape, out_shape = shapes
    if not lost and not saved and (in_shape, out_shape) == (row.in_shape, row.out_shape):
        return row
    return replace(
        row, in_shape=in_shape, out_shape=out_shape, params=row.params - lost, macs=row.macs - saved // BATCH
    )


def _count(sizes: Sequence[int], counts: Sequence[int]) -> int:
    return prod([size if size >= 0 else counts[~size] for size in sizes])


def _shape(end: Sequence[Sequence[int]], kept: Sequence[int], shape: Any) -> Any:
    """Return the shape of what goes in or comes out, a tuple of shapes where these are several tensors."""
    found = tuple(tuple(size if size >= 0 else kept[~size] for size in sizes) for sizes in end)
    many = bool(shape) and isinstance(shape[0], tuple)
    if len(found) != (len(shape) if many else 1):
        return shape
    return found if many else found[0]


def _sizes(place: Place) -> Sizes:
    return tuple(size if line is None else line for line, size in zip(place.classes, place.shape, strict=True))
