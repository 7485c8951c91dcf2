"""Affine quantisation: whole numbers on a grid, a scale and a zero point, simulated in floating point."""

from dataclasses import dataclass

import torch
from torch import Tensor

TINY = 2.0**-40
"""The least scale: what is all zero has a scale too."""


@dataclass(frozen=True)
class Grid:
    """The whole numbers from `low` to `high`."""

    low: int
    high: int


def weight_grid(bits: int) -> Grid:
    """Return the grid of weights: symmetric, so that zero is its middle (8 bits: -127 to 127)."""
    high = 2 ** (bits - 1) - 1
    return Grid(-high, high)


def activation_grid(bits: int) -> Grid:
    """Return the grid of activations: unsigned (8 bits: 0 to 255)."""
    return Grid(0, 2**bits - 1)


def symmetric_scale(weight: Tensor, grid: Grid, power_of_two: bool = False) -> Tensor:
    """Return one scale an output channel, (C,), at which the largest weight of the channel stands at the grid's end."""
    largest = weight.detach().abs().flatten(1).amax(1)
    return rounded_scale(largest / grid.high, power_of_two)


def scale_and_zero_point(low: Tensor, high: Tensor, grid: Grid, power_of_two: bool = False) -> tuple[Tensor, Tensor]:
    """Return the scale and the zero point, int32, at which a range that is stretched to hold zero fits the grid.

    With powers of two the zero point is even: then it does not matter whether ties are rounded before it is added, as
    here and in ONNX, or after, as onnxruntime's addition does. The range may lose a step for that.
    """
    low, high = low.clamp(max=0), high.clamp(min=0)
    scale = rounded_scale((high - low) / (grid.high - grid.low), power_of_two)
    zero_point = grid.low - torch.round(low / scale)
    if power_of_two:
        zero_point = 2 * torch.ceil(zero_point / 2)
    most = grid.high - grid.high % 2 if power_of_two else grid.high
    return scale, zero_point.clamp(grid.low, most).to(torch.int32)


def rounded_scale(scale: Tensor, power_of_two: bool) -> Tensor:
    """Return the scale in float32, at least TINY, raised to the next power of two where that is asked for."""
    scale = scale.float().clamp(min=TINY)
    return torch.exp2(torch.ceil(torch.log2(scale))) if power_of_two else scale


def fake_quantise(x: Tensor, scale: Tensor, zero_point: Tensor, grid: Grid) -> Tensor:
    """Round x to the grid, by one scale or by one an entry of dim 0, and return what the whole numbers stand for.

    Gradients pass where the rounded value is inside the grid, and are zero elsewhere.
    """
    if scale.dim():
        return torch.fake_quantize_per_channel_affine(x, scale, zero_point, 0, grid.low, grid.high)
    return torch.fake_quantize_per_tensor_affine(x, scale, zero_point, grid.low, grid.high)


def along(vector: Tensor, x: Tensor) -> Tensor:
    """Shape a vector (C,) so that it multiplies dim 0 of x."""
    return vector.reshape(-1, *[1] * (x.dim() - 1))
