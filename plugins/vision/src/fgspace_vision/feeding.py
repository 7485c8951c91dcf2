"""Feeds a training: a part of the data as tensors on the device, and its batches, cut and augmented there."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from fgspace_vision import augment
from fgspace_vision.preprocessing import recorded
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Part, Splits


@dataclass(frozen=True, eq=False)
class Tensors:
    """A part on the device, and what its images are normalised by: mean and 1/deviation, (1, C, 1, 1), after a scale.

    These are the numbers of `fgspace.Preprocessing`.
    """

    images: Tensor
    labels: Tensor
    mean: Tensor
    inverse: Tensor
    scale: float = 1.0

    def normalised(self, images: Tensor) -> Tensor:
        """Return stored images as the network gets them, in float32.

        They are a copy, and contiguous: stored images may have any layout, and networks may take it on.
        """
        floats = images.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
        if self.scale != 1:
            floats.mul_(self.scale)
        return floats.sub_(self.mean).mul_(self.inverse)


@dataclass(frozen=True)
class Share:
    """The share of each batch that one of several processes trains on: consecutive images, as many as the others."""

    rank: int = 0
    of: int = 1


WHOLE = Share()
"""What a process alone trains on."""


@lru_cache(maxsize=6)
def on_device(splits: Splits, part: str, device: torch.device) -> Tensors:
    """Return a part as tensors on the device, made once in this process and not once a trial."""
    record: Any = recorded(splits)
    arrays: Part = getattr(splits, part)
    images, labels = (torch.from_numpy(array).to(device) for array in (arrays.images, arrays.labels))
    numbers = record.mean, [1 / deviation for deviation in record.deviation]
    mean, inverse = (torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1, 1).to(device) for values in numbers)
    return Tensors(images, labels, mean, inverse, record.scale)


def batches(
    data: Tensors, size: int, recipe: Recipe, generator: torch.Generator, share: Share = WHOLE
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield one epoch in random order: images (size, C, H, W), augmented and normalised, and labels (size,)."""
    device, count = data.images.device, len(data.labels)
    order = repeated(torch.randperm(count, generator=generator), recipe.repeated_augmentation, size).to(device)
    draws = augment.draw(count, recipe.crop_padding, recipe.flip, generator, device)
    for index, drawn in zip(torch.split(order[: count - count % size], size), draws.split(size), strict=False):
        if share.of > 1:
            index = torch.split(index, size // share.of)[share.rank]
            drawn = drawn.split(size // share.of)[share.rank]
        images = data.images.index_select(0, index)
        if recipe.crop_padding:
            images = augment.crop(images, recipe.crop_padding, drawn)
        if recipe.flip:
            images = augment.flip(images, drawn)
        yield data.normalised(images), data.labels.index_select(0, index)


def repeated(order: Tensor, times: int, size: int) -> Tensor:
    """Return the order of an epoch in which each batch holds each of its images `times` times (arXiv:1901.09335).

    The epoch stays as long as it is: the images that come last in the order are left out of this one.
    """
    if times == 1:
        return order
    different = -(-size // times)
    cut = [one.repeat(times)[:size] for one in torch.split(order, different)]
    return torch.cat(cut)[: len(order)]
