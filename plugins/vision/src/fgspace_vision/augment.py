"""Random crop and flip of whole batches, as the ResNet paper trains on CIFAR (arXiv:1512.03385, section 4.2)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Draws:
    """What is drawn for N images: where each is cropped, rows and columns from 0 to 2·padding, and if it is flipped."""

    rows: Tensor
    columns: Tensor
    flips: Tensor

    def split(self, size: int) -> list["Draws"]:
        """Cut into consecutive batches."""
        parts = (torch.split(drawn, size) for drawn in (self.rows, self.columns, self.flips))
        return [Draws(*part) for part in zip(*parts, strict=True)]


def draw(count: int, padding: int, flip: bool, generator: torch.Generator, device: torch.device) -> Draws:
    """Draw for this many images on the CPU, so that every device sees the same, and move it to the device at once."""
    rows, columns = torch.randint(2 * padding + 1, (2, count), generator=generator).to(device)
    flips = torch.rand(count, generator=generator) < 0.5 if flip else torch.zeros(count, dtype=torch.bool)
    return Draws(rows, columns, flips.to(device))


def crop(images: Tensor, padding: int, draws: Draws) -> Tensor:
    """Pad (N, C, H, W) with black on every side, and cut (N, C, H, W) out at each image's own corner."""
    padded = F.pad(images, (padding,) * 4)
    height, width = images.shape[2:]
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(len(images), device=images.device), :, draws.rows, draws.columns]


def flip(images: Tensor, draws: Draws) -> Tensor:
    """Mirror left and right those of (N, C, H, W) that are to be flipped."""
    return torch.where(draws.flips[:, None, None, None], images.flip(3), images)
