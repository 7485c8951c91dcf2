"""The channels that a candidate keeps, as mask rows by group name and as one vector over all groups."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from fgspace_prune.groups import Plan

Masks = Mapping[str, Sequence[int]]
"""Group name → 1 (keep) or 0 (cut) for each channel; a group that is not named keeps all."""


def keep_vector(plan: Plan, masks: Masks) -> np.ndarray:
    """Return the kept channels of all groups in order, (plan.channels + 1,) of bool.

    The last entry is true: it is that of class -1, the indices that are never cut. Raises ValueError where no group has
    the name of a row, or a row does not have the width of its group or cuts all channels.
    """
    kept = np.ones(plan.channels + 1, dtype=bool)
    groups = {group.name: group for group in plan.groups}
    for name, row in masks.items():
        if name not in groups:
            raise ValueError(f"{name!r} is no group of channels; the groups are {', '.join(map(repr, groups))}")
        if len(row) != groups[name].width:
            raise ValueError(f"the mask of {name!r} has {len(row)} entries for {groups[name].width} channels")
        if not any(row):
            raise ValueError(f"the mask of {name!r} cuts all {len(row)} channels; keep at least one")
        kept[groups[name].classes] = np.asarray(row, dtype=bool)
    return kept


def kept_masks(plan: Plan, kept: np.ndarray) -> dict[str, tuple[int, ...]]:
    """Return a vector of kept channels as mask rows by group name."""
    return {group.name: tuple(int(bit) for bit in kept[group.classes]) for group in plan.groups}


def kept_lines(classes: Sequence[np.ndarray | None], kept: np.ndarray) -> tuple[torch.Tensor | None, ...]:
    """Return for each dim a bool vector of its kept indices, None where all are kept."""
    lines = [None if line is None else torch.from_numpy(kept[line]) for line in classes]
    return tuple(None if line is None or bool(line.all()) else line for line in lines)
