"""Mixes the images of a batch two by two: mixup (arXiv:1710.09412) and CutMix (arXiv:1905.04899)."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fgspace_vision.recipe import Recipe


def mix(
    images: Tensor, labels: Tensor, classes: int, recipe: Recipe, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return the batch mixed with itself in another order, and targets (N, classes) in the same proportion.

    Where both ways are asked for, each batch is mixed by one of them, drawn with equal chances.
    """
    rng = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
    cuts = bool(recipe.cutmix) and (not recipe.mixup or rng.random() < 0.5)
    share = float(rng.beta(*(recipe.cutmix if cuts else recipe.mixup,) * 2))
    partner = torch.randperm(len(labels), generator=generator).to(images.device)
    if cuts:
        images, share = _pasted(images, images[partner], share, rng)
    else:
        images = images.lerp(images[partner], 1 - share)
    targets = F.one_hot(labels, classes).to(images.dtype)
    return images, targets.lerp(targets[partner], 1 - share)


def _pasted(images: Tensor, others: Tensor, share: float, rng: np.random.Generator) -> tuple[Tensor, float]:
    """Return the images with a rectangle of the others, and the share of the area that stays their own."""
    height, width = images.shape[2:]
    top, bottom = _span(height, share, rng)
    left, right = _span(width, share, rng)
    pasted = images.clone()
    pasted[:, :, top:bottom, left:right] = others[:, :, top:bottom, left:right]
    return pasted, 1 - (bottom - top) * (right - left) / (height * width)


def _span(length: int, share: float, rng: np.random.Generator) -> tuple[int, int]:
    half, middle = length * (1 - share) ** 0.5 / 2, int(rng.integers(length))
    return max(0, round(middle - half)), min(length, round(middle + half))
