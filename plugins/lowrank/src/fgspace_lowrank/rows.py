"""Counts a factorised network: the rows of its layers, from those before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import fgspace

from fgspace_lowrank.plan import Layer, Plan


def rows_after(rows: Sequence[fgspace.Layer], plan: Plan, ranks: Mapping[str, int]) -> list[fgspace.Layer]:
    """Return the rows of a network after its layers have got these ranks; the others stay as they are."""
    return [after for row in rows for after in _after(row, plan, ranks)]


def _after(row: fgspace.Layer, plan: Plan, ranks: Mapping[str, int]) -> Iterator[fgspace.Layer]:
    if row.path in ranks:
        yield from _factors(row, plan.layers[row.path], ranks[row.path])
    else:
        yield row


def _factors(row: fgspace.Layer, layer: Layer, rank: int) -> Iterator[fgspace.Layer]:
    """Yield the rows of both factors; the parameters are 0 in all calls but the first."""
    width = layer.groups * rank
    first, second = width * layer.inputs, width * layer.outputs
    axis = len(row.out_shape) - 1 - layer.dims
    between = (*row.out_shape[:axis], width, *row.out_shape[axis + 1 :])
    places = row.macs // layer.weights
    beside = row.params - layer.weights if row.params else 0
    prefix = f"{row.path}." if row.path else ""
    counts = (first, second + beside) if row.params else (0, 0)
    one = replace(row, path=f"{prefix}0", type=layer.type, params=counts[0], macs=places * first)
    two = replace(row, path=f"{prefix}1", type=layer.type, params=counts[1], macs=places * second)
    yield replace(one, out_shape=between)
    yield replace(two, in_shape=between)
