"""LSQ: the step between neighbouring values is learned (Esser et al., "Learned Step Size Quantization", ICLR 2020)."""

import torch
from torch import Tensor

from fgspace_quant.affine import Grid


def learned_step(x: Tensor, step: Tensor, zero_point: Tensor, grid: Grid) -> Tensor:
    """Round x to the grid and return what the whole numbers stand for; `step` and `zero_point` broadcast with x.

    The gradient of the step is the paper's: round(v) - v inside the grid, its end outside, where v = x / step. (The
    learnable operator of torch masks by the rounded value, and gives another.) Gradients of x pass inside.
    """
    shifted = (x / step + zero_point).clamp(grid.low, grid.high)
    rounded = shifted + (torch.round(shifted) - shifted).detach()
    return (rounded - zero_point) * step


def scaled_gradient(step: Tensor, count: int, grid: Grid) -> Tensor:
    """Return the step, its gradient scaled by 1 / sqrt(count · high), where `count` values share one step."""
    factor = (count * grid.high) ** -0.5
    scaled: Tensor = step * factor
    return scaled + (step - scaled).detach()


def first_step(x: Tensor, grid: Grid) -> Tensor:
    """Return the step that the paper starts from, 2 · mean|x| / sqrt(high), one for each entry of dim 0."""
    return 2 * x.detach().abs().flatten(1).mean(1) / grid.high**0.5
