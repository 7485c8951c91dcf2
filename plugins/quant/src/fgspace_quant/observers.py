"""Observers: how the range of a tensor is chosen from the values of calibration batches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from fgspace_quant.affine import Grid, fake_quantise, rounded_scale, scale_and_zero_point

Range = tuple[Tensor, Tensor]
"""The smallest and the largest value of a tensor; values outside are clipped."""

MOMENTUM = 0.9
PERCENTILE = 0.9995
CLIPS = 60
SAMPLE = 2**16


@dataclass(frozen=True)
class Observer:
    """`of` returns the range of one batch for a grid; `merge` merges the range of n batches with that of the next."""

    of: Callable[[Tensor, Grid], Range]
    merge: Callable[[Range, Range, int], Range]


def _extremes(values: Tensor, grid: Grid) -> Range:
    low, high = torch.aminmax(values)
    return low, high


def _percentiles(values: Tensor, grid: Grid) -> Range:
    """Leave out a share of 1 - PERCENTILE of the values at either end."""
    flat = values.flatten()
    beyond = int((1 - PERCENTILE) * flat.numel())
    return flat.kthvalue(beyond + 1).values, flat.kthvalue(flat.numel() - beyond).values


def _least_error(values: Tensor, grid: Grid) -> Range:
    """Try CLIPS factors from 0.1 to 1 on the extremes, and return the range of the least mean squared error.

    The error is measured on at most SAMPLE of the values, evenly spaced.
    """
    low, high = torch.aminmax(values)
    some = values.flatten()[:: max(1, values.numel() // SAMPLE)]

    def error(clip: Tensor) -> Tensor:
        scale, zero_point = scale_and_zero_point(low * clip, high * clip, grid)
        return (fake_quantise(some, scale, zero_point, grid) - some).square().mean()

    clips = torch.linspace(0.1, 1, CLIPS, dtype=values.dtype, device=values.device)
    best = clips[torch.stack([error(clip) for clip in clips]).argmin()]
    return low * best, high * best


def _widest(so_far: Range, new: Range, count: int) -> Range:
    return torch.minimum(so_far[0], new[0]), torch.maximum(so_far[1], new[1])


def moving(so_far: Range, new: Range, count: int) -> Range:
    """Move the range by 1 - MOMENTUM towards the new one."""
    return so_far[0].lerp(new[0], 1 - MOMENTUM), so_far[1].lerp(new[1], 1 - MOMENTUM)


def _mean(so_far: Range, new: Range, count: int) -> Range:
    return so_far[0].lerp(new[0], 1 / (count + 1)), so_far[1].lerp(new[1], 1 / (count + 1))


OBSERVERS: Mapping[str, Observer] = MappingProxyType(
    {
        "minmax": Observer(_extremes, _widest),
        "ema": Observer(_extremes, moving),
        "percentile": Observer(_percentiles, _mean),
        "mse": Observer(_least_error, _mean),
    }
)
"""Name → observer, as the option `observer` of `Quant` has it."""


def least_error_scale(
    weight: Tensor, grid: Grid, largest: Tensor, allowed: Callable[[Tensor, Tensor], Tensor] | None = None
) -> Tensor:
    """Return the scale of the least squared error for each output channel, (C,), of CLIPS shares of the largest scale.

    The shares go from 0.2 to 1. `allowed` says for each channel whether its weight may have a scale.
    """
    weight = weight.detach()
    zero_point = torch.zeros_like(largest, dtype=torch.int32)
    best, least = largest, torch.full_like(largest, torch.inf)
    for clip in torch.linspace(0.2, 1, CLIPS).tolist():
        scale = rounded_scale(largest * clip, power_of_two=False)
        error = (fake_quantise(weight, scale, zero_point, grid) - weight).square().flatten(1).sum(1)
        error = error if allowed is None else error.where(allowed(weight, scale), torch.inf)
        best, least = torch.where(error < least, scale, best), torch.minimum(error, least)
    return best
