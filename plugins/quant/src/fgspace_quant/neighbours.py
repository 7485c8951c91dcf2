"""Keeps the sums of two neighbouring weights so small that no integer kernel saturates."""

import torch
import torch.nn.functional as F
from torch import Tensor

from fgspace_quant.affine import Grid

MOST = 127
"""The most steps of a sum before rounding: rounded, it has at most 128, and 255 · 128 = 32,640 fits into 16 bits."""


def largest_sums(weight: Tensor) -> Tensor:
    """Return the largest magnitude of a sum of two neighbours of one sign, or of a single weight, for each weight[i].

    The integer kernels of onnxruntime for x86 processors without VNNI add the products of two neighbours in 16 bits.
    Neighbours are the elements 0 and 1, 2 and 3, ... of weight[i] in a row, where the input channels of a convolution,
    dim 1 here, come last.
    """
    row = weight.detach().movedim(1, -1).flatten(1)
    pairs = F.pad(row, (0, row.shape[1] % 2)).reshape(len(row), -1, 2)
    return torch.maximum(pairs.clamp(min=0).sum(2).amax(1), -pairs.clamp(max=0).sum(2).amin(1))


def fit(weight: Tensor, scale: Tensor, grid: Grid) -> Tensor:
    """Say for each weight[i] whether the sums fit with a scale, which clips weights to the ends of the grid."""
    end = (scale * grid.high).reshape(-1, *[1] * (weight.dim() - 1))
    return largest_sums(weight.clamp(-end, end)) <= scale * MOST * (1 + 1e-6)
