"""Ranks channels by importance, under several criteria, and makes masks that keep the most important ones."""

import random
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from types import MappingProxyType

import numpy as np
import torch
from torch import nn

from fgspace_prune.groups import Group, Plan


def scores(plan: Plan, model: nn.Module, criterion: str = "l1", seed: int = 0) -> np.ndarray:
    """Return the importance of each channel, (plan.channels,), which is comparable within a group.

    Args:
        plan: the channels that can be cut from the model.
        model: the model whose weights are scored; "taylor" needs the gradients of a backward pass too. On the meta
            device there are no weights, and all channels are equally important.
        criterion: "l1" or "l2", the norm of the weights that make the channel (Li et al. 2017); "bn_scale", the size
            of its batch norm weights (Liu et al. 2017), or the l1 norm where it has no batch norm; "taylor", the sum of
            |weight · gradient| of the weights that make it (Molchanov et al. 2019); "random", random numbers.
        seed: the seed of "random".

    Raises:
        ValueError: "taylor" without gradients.
        KeyError: another criterion.
    """
    if criterion == "random":
        rng = random.Random(f"{seed}/prune")
        return np.array([rng.random() for _ in range(plan.channels)])
    made = _summed(plan, model, plan.makers, _SIZES[criterion])
    if criterion != "bn_scale":
        return made
    scale = _summed(plan, model, [(name, 0) for group in plan.groups for name in group.scales], torch.abs)
    for group in plan.groups:
        if not group.scales:
            scale[group.classes] = made[group.classes]
    return scale


def _taylor(parameter: torch.Tensor) -> torch.Tensor:
    if parameter.grad is None:
        raise ValueError("criterion: 'taylor' needs gradients; run a backward pass on the model before, or write 'l1'")
    return (parameter * parameter.grad).abs()


_SIZES: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = MappingProxyType(
    {"l1": torch.abs, "l2": torch.square, "bn_scale": torch.abs, "taylor": _taylor}
)


def _summed(plan: Plan, model: nn.Module, where: object, size: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
    """Return for each channel the sum of `size` over its entries in these (parameter name, dim) pairs."""
    places = {place.names[0]: place for place in plan.places}
    total = np.zeros(plan.channels + 1)
    for name, dim in dict.fromkeys(where):  # type: ignore[call-overload]
        line, parameter = places[name].classes[dim], model.get_parameter(name)
        if line is not None and not parameter.is_meta:
            entries = size(parameter).detach()
            rest = [d for d in range(entries.dim()) if d != dim]
            np.add.at(total, line, (entries.sum(rest) if rest else entries).double().cpu().numpy())
    return total[:-1]


def highest(group: Group, importance: np.ndarray, count: int) -> tuple[int, ...]:
    """Return the mask row that keeps the `count` most important channels of a group; the first wins a tie."""
    mine = importance[group.classes]
    keep = np.zeros(group.width, dtype=int)
    keep[np.argsort(-mine, kind="stable")[:count]] = 1
    return tuple(keep.tolist())


def kept_count(width: int, ratio: float, round_to: int = 1) -> int:
    """Return how many of `width` channels stay where the share `ratio` is cut: at least 1, rounded up to `round_to`."""
    return min(width, ceil(max(1, round(width * (1 - ratio))) / round_to) * round_to)


def shares(widths: Sequence[int], count: int) -> list[int]:
    """Divide `count` channels among groups in proportion to their widths, with at least one channel for each."""
    exact = [1 + (count - len(widths)) * (width - 1) / max(1, sum(widths) - len(widths)) for width in widths]
    found = [int(share) for share in exact]
    largest = sorted(range(len(widths)), key=lambda i: found[i] - exact[i])
    for index in largest[: count - sum(found)]:
        found[index] += 1
    return found
