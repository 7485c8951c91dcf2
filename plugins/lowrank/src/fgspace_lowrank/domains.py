"""The domain of the rank of each layer, where a file declares none."""

from collections.abc import Sequence
from typing import Any

from fgspace import Choice

from fgspace_lowrank.plan import Plan

STEPS = 8
"""The number of ranks of a layer, beside "full"."""


def domains(rows: Sequence[Any], plan: Plan) -> dict[str, tuple[Choice, str]]:
    """Return the domain of each layer that a lower rank makes smaller, and its start: the whole layer.

    Raises:
        ValueError: there is no such layer.
    """
    found = {name: Choice((*_ranks(layer.most), "full")) for name, layer in plan.layers.items() if layer.most}
    if not found:
        raise ValueError("the network has no linear layer or 1×1 convolution that a lower rank makes smaller")
    return {name: (domain, "full") for name, domain in found.items()}


def _ranks(most: int) -> list[int]:
    """Return at most `STEPS` ranks, evenly spaced, the last of them `most`."""
    return sorted({max(1, most * step // STEPS) for step in range(1, STEPS + 1)})
