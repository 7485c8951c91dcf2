"""LSQ learns the step between neighbouring values (Esser et al., "Learned Step Size Quantization", ICLR 2020)."""

import torch
from torch import Tensor

from fgspace_quant.affine import Grid


def learned_step(x: Tensor, step: Tensor, zero_point: Tensor, grid: Grid) -> Tensor:
    """Round x to the grid, and return the result in floating point; `step` and `zero_point` broadcast with x.

    The gradient of the step is that of the paper, with v = x / step: round(v) - v inside the grid, the end of the grid
    outside. (torch's own learnable operator gives another: it decides by the rounded value.) The gradient of x passes
    unchanged inside the grid, and is zero outside.
    """
    shifted = (x / step + zero_point).clamp(grid.low, grid.high)
    rounded = shifted + (torch.round(shifted) - shifted).detach()
    return (rounded - zero_point) * step


def scaled_gradient(step: Tensor, count: int, grid: Grid) -> Tensor:
    """Return the step with its gradient scaled by 1 / sqrt(count · high); `count` values share the step."""
    factor = (count * grid.high) ** -0.5
    scaled: Tensor = step * factor
    return scaled + (step - scaled).detach()


def first_step(x: Tensor, grid: Grid) -> Tensor:
    """Return the first step of the paper, 2 · mean|x| / sqrt(high), for each x[i]."""
    step: Tensor = 2 * x.detach().abs().flatten(1).mean(1) / grid.high**0.5
    return step
