"""Converts masks to and from the forms that a search varies: one bit per channel, or one width per group."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from fgspace import Int, Vector, bits

from fgspace_prune.criterion import highest
from fgspace_prune.groups import Plan
from fgspace_prune.keep import Masks
from fgspace_prune.layers import Counted
from fgspace_prune.rows import Row, Target, node_rows, read_rows, repaired, single_rows


def lengths(plan: Plan, stem: bool = False) -> dict[str, list[int]]:
    """Return the lengths of the rows of `chn_mask` and `chn_node_mask`.

    With `stem`, the stem has a node row of its own, as in Vega: ResNet-20 then has 464 bits instead of 448.
    """
    nodes = sum(group.coupled for group in plan.groups) + stem
    rows = {"chn_mask": single_rows(plan, nodes, 0), "chn_node_mask": node_rows(plan, nodes)}
    return {name: _widths(targets) for name, targets in rows.items()}


def rows_of_bits(plan: Plan, bits: Sequence[int]) -> dict[str, list[Row]]:
    """Divide a flat list of bits into the rows of `chn_mask` and `chn_node_mask`.

    Raises ValueError unless there are as many bits as these rows hold, with or without a row for the stem.
    """
    sizes = [lengths(plan, stem) for stem in (False, True)]
    totals = [sum(map(sum, size.values())) for size in sizes]
    if len(bits) not in totals:
        raise ValueError(f"expected {totals[0]} bits, or {totals[1]} with a stem's own; got {len(bits)}")
    size = sizes[totals.index(len(bits))]
    ends = list(accumulate(width for widths in size.values() for width in widths))
    rows = [bits[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    singles = len(size["chn_mask"])
    return {"chn_mask": rows[:singles], "chn_node_mask": rows[singles:]}


def masks_of_bits(plan: Plan, bits: Sequence[int], importance: np.ndarray) -> dict[str, tuple[int, ...]]:
    """Return the masks of a flat list of bits; a group whose bits are all 0 keeps its most important channel."""
    rows = rows_of_bits(plan, bits)
    read = read_rows(plan, rows["chn_mask"], rows["chn_node_mask"], {})
    return repaired(plan, read.masks, lambda group: highest(group, importance, 1))


def bits_of_masks(plan: Plan, masks: Masks) -> list[int]:
    """Return masks as a flat list of bits, in the order of the rows of `chn_mask`, then `chn_node_mask`."""
    targets = [*single_rows(plan, 0, 0), *node_rows(plan, 0)]
    return [int(bit) for target in targets for bit in masks.get(target.layer, [1] * target.width)]


def masks_of_widths(plan: Plan, widths: Sequence[int], importance: np.ndarray) -> dict[str, tuple[int, ...]]:
    """Return the masks that keep the most important channels of each group.

    `widths` holds the number of channels to keep, from 1 to the group's width, for each group in order.
    """
    return {group.name: highest(group, importance, width) for group, width in zip(plan.groups, widths, strict=True)}


def widths_of_masks(plan: Plan, masks: Mapping[str, Row]) -> list[int]:
    """Return the number of channels that masks keep, for each group in order."""
    return [sum(masks.get(group.name, [1] * group.width)) for group in plan.groups]


def bit_domains(rows: Sequence[Any], counted: Counted) -> dict[str, tuple[Vector, list[int]]]:
    """Return for each group its domain, one bit per channel with at least one kept, and its start: all kept."""
    return {group.name: (bits(group.width, at_least=1), [1] * group.width) for group in counted.plan.groups}


def width_domains(rows: Sequence[Any], counted: Counted) -> dict[str, tuple[Int, int]]:
    """Return for each group its domain, the number of channels to keep, and its start: all of them."""
    return {group.name: (Int(1, group.width), group.width) for group in counted.plan.groups}


def _widths(targets: Sequence[Target]) -> list[int]:
    return [target.width for target in targets]
