"""Feeds a training: a part of the data as tensors on the device, and its batches, cut and augmented there."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from fgspace_vision import augment
from fgspace_vision.datasets.stored import Stored
from fgspace_vision.preprocessing import recorded
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Part, Splits

_THREADS, _AHEAD = 4, 8
"""Threads that read images from the disk, and batches that are read ahead."""


@dataclass(frozen=True, eq=False)
class Tensors:
    """A part on the device, or its images on the disk, and the numbers of `fgspace.Preprocessing`.

    They are scale, mean and 1/deviation; these two are (1, C, 1, 1).
    """

    images: Tensor | Stored
    labels: Tensor
    mean: Tensor
    inverse: Tensor
    scale: float = 1.0

    def chunks(self, numbers: Sequence[Tensor]) -> Iterator[Tensor]:
        """Yield the stored images of each of these, on the device; those on the disk are read ahead by threads."""
        if isinstance(self.images, Tensor):
            yield from (self.images.index_select(0, one) for one in numbers)
            return
        stored, device, waiting = self.images, self.labels.device, deque[Future[Any]]()
        with ThreadPoolExecutor(_THREADS) as threads:
            for one in numbers:
                waiting.append(threads.submit(stored.__getitem__, one.cpu().numpy()))
                if len(waiting) > _AHEAD:
                    yield torch.from_numpy(waiting.popleft().result()).to(device)
            for read in waiting:
                yield torch.from_numpy(read.result()).to(device)

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the part in its order, so many images and labels at a time."""
        if isinstance(self.images, Tensor):
            yield from zip(torch.split(self.images, size), torch.split(self.labels, size), strict=True)
            return
        numbers = torch.split(torch.arange(len(self.labels)), size)
        yield from zip(self.chunks(numbers), torch.split(self.labels, size), strict=True)

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
    on_disk = isinstance(arrays.images, Stored)
    images = arrays.images if on_disk else torch.from_numpy(arrays.images).to(device)
    labels = torch.from_numpy(arrays.labels).to(device)
    numbers = record.mean, [1 / deviation for deviation in record.deviation]
    mean, inverse = (torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1, 1).to(device) for values in numbers)
    return Tensors(images, labels, mean, inverse, record.scale)


def batches(
    data: Tensors, size: int, recipe: Recipe, generator: torch.Generator, share: Share = WHOLE
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield one epoch in random order: images (size, C, H, W), augmented and normalised, and labels (size,)."""
    device, count = data.labels.device, len(data.labels)
    order = repeated(torch.randperm(count, generator=generator), recipe.repeated_augmentation, size).to(device)
    draws = augment.draw(count, recipe.crop_padding, recipe.flip, generator, device)
    indices, drawn = torch.split(order[: count - count % size], size), draws.split(size)
    if share.of > 1:
        indices = tuple(torch.split(one, size // share.of)[share.rank] for one in indices)
        drawn = [one.split(size // share.of)[share.rank] for one in drawn[: len(indices)]]  # what is left over is none
    for images, index, one in zip(data.chunks(indices), indices, drawn, strict=False):
        if recipe.crop_padding:
            images = augment.crop(images, recipe.crop_padding, one)
        if recipe.flip:
            images = augment.flip(images, one)
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
