"""Affine quantisation, simulated in floating point: a value is (whole number - zero point) · scale."""

from dataclasses import dataclass

import torch
from torch import Tensor

TINY = 2.0**-40
"""The smallest scale: a tensor of zeros needs one too."""
BYTE = 8
SAFE_BITS = 7
"""The most bits of a weight with which sums of any two products stay within 16 bits."""


@dataclass(frozen=True)
class Grid:
    """The whole numbers from `low` to `high`."""

    low: int
    high: int


def weight_grid(bits: int, full_range: bool = True) -> Grid:
    """Return the grid of weights, symmetric around zero: of 8 bits from -127 to 127, without `full_range` -63 to 63.

    The integer kernels of onnxruntime for x86 processors without VNNI add two products of an activation (0 to 255) and
    a weight in 16 bits. 2 · 255 · 127 = 64,770 saturates them; 2 · 255 · 63 = 32,130 does not.
    """
    usable = bits if full_range else min(bits, SAFE_BITS)
    high = 2 ** (usable - 1) - 1
    return Grid(-high, high)


def activation_grid(bits: int) -> Grid:
    """Return the grid of activations: unsigned (8 bits: 0 to 255)."""
    return Grid(0, 2**bits - 1)


def symmetric_scale(weight: Tensor, grid: Grid, power_of_two: bool = False) -> Tensor:
    """Return one scale for each output channel, (C,), that maps its largest weight to the end of the grid."""
    largest = weight.detach().abs().flatten(1).amax(1)
    return rounded_scale(largest / grid.high, power_of_two)


def scale_and_zero_point(low: Tensor, high: Tensor, grid: Grid, power_of_two: bool = False) -> tuple[Tensor, Tensor]:
    """Return the scale and the zero point, int32, that map a range to the grid; the range is widened to include zero.

    With powers of two the zero point is even. Ties are then rounded alike before the zero point is added, as here and
    in ONNX, and after, as in the addition of onnxruntime. The range may lose one step by that.
    """
    low, high = low.clamp(max=0), high.clamp(min=0)
    scale = rounded_scale((high - low) / (grid.high - grid.low), power_of_two)
    zero_point = grid.low - torch.round(low / scale)
    if power_of_two:
        zero_point = 2 * torch.ceil(zero_point / 2)
    most = grid.high - grid.high % 2 if power_of_two else grid.high
    return scale, zero_point.clamp(grid.low, most).to(torch.int32)


def rounded_scale(scale: Tensor, power_of_two: bool) -> Tensor:
    """Return the scale in float32, at least TINY; with `power_of_two`, rounded up to one."""
    scale = scale.float().clamp(min=TINY)
    return torch.exp2(torch.ceil(torch.log2(scale))) if power_of_two else scale


def fake_quantise(x: Tensor, scale: Tensor, zero_point: Tensor, grid: Grid) -> Tensor:
    """Round x to the grid, and return the result in floating point; `scale` is one number, or one for each x[i].

    The gradient of x passes unchanged where the rounded value is inside the grid, and is zero elsewhere.
    """
    if scale.dim():
        return torch.fake_quantize_per_channel_affine(x, scale, zero_point, 0, grid.low, grid.high)
    return torch.fake_quantize_per_tensor_affine(x, scale, zero_point, grid.low, grid.high)


def along(vector: Tensor, x: Tensor) -> Tensor:
    """Shape a vector (C,) so that it multiplies dim 0 of x."""
    return vector.reshape(-1, *[1] * (x.dim() - 1))
