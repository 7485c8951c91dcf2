"""Counts the parameters and multiply-adds of a candidate from its masks, without building it."""

from math import prod

import numpy as np

from fgspace_prune.contraction import BATCH
from fgspace_prune.groups import Plan
from fgspace_prune.keep import Masks, keep_vector


def cost(plan: Plan, masks: Masks) -> dict[str, int]:
    """Return `params` and `macs` of the small model; `macs` count convolutions and matrix products for one image."""
    kept = keep_vector(plan, masks)
    params = (prod(_sizes(place.classes, place.shape, kept)) for place in plan.places if place.parameter)
    macs = (
        times * prod(s if isinstance(s, int) else int(kept[s].sum()) for s in sizes) for times, sizes in plan.products
    )
    return {"params": sum(params), "macs": sum(macs) // BATCH}


def _sizes(classes: tuple[np.ndarray | None, ...], shape: tuple[int, ...], kept: np.ndarray) -> list[int]:
    return [size if line is None else int(kept[line].sum()) for line, size in zip(classes, shape, strict=True)]
