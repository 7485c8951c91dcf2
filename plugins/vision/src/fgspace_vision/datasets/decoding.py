"""Decodes the images of a listing: all of them into memory, or one after the other as they are asked for."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from fgspace import FgspaceError, Preprocessing, progress

from fgspace_vision.datasets.files import reading
from fgspace_vision.datasets.listing import Found
from fgspace_vision.datasets.pixels import decode
from fgspace_vision.datasets.stored import Cache, Stored, cache_folder, key_of
from fgspace_vision.preprocessing import recoloured, resized

MEMORY, CACHE = 1_000_000_000, 10_000_000_000
"""Bytes of decoded images that are held in memory, and that are kept on the disk where these are more."""
_OFTEN = 500


@dataclass(frozen=True)
class Limits:
    """Bytes of decoded images: those held in memory, and where there are more, those kept on the disk."""

    memory: float
    cache: int = 0


HELD = Limits(float("inf"))
"""All images are held in memory."""


@dataclass(frozen=True)
class Decoder:
    """Decodes images by their numbers, all into one size. `name` is for errors."""

    name: str
    files: Sequence[Found]
    resize: int | None
    grey: bool
    asked: Preprocessing
    open_: ExitStack | None = None
    """What keeps zips open that images are read from."""

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of the first image, which all others must have."""
        channels, height, width = self._decoded(0).shape
        return channels, height, width

    @property
    def bytes_(self) -> int:
        """The bytes of all images when they are decoded."""
        return len(self.files) * int(np.prod(self.shape))

    def __call__(self, number: int) -> np.ndarray:
        """Decode an image. Raises FgspaceError where it is damaged or of another size."""
        image = self._decoded(number)
        if image.shape != self.shape:
            (_, height, width), (_, first_height, first_width) = image.shape, self.shape
            raise FgspaceError(
                f"{self.name}: {self.files[number].name!r} is {height}x{width} and {self.files[0].name!r} is "
                f"{first_height}x{first_width}, expected images of one size; "
                f"give resize: {min(first_height, first_width)}"
            )
        return image

    def held(self) -> np.ndarray:
        """Return all images, (N, C, H, W)."""
        images = np.empty((len(self.files), *self.shape), np.uint8)
        for number in range(len(self.files)):
            if not number % _OFTEN:
                progress(f"{self.name}: reading image", number, of=len(self.files))
            images[number] = self(number)
        return images

    def stored(self, most: int, stack: ExitStack) -> Stored:
        """Return all images, to be read as they are asked for; `stack` keeps open what they are read from."""
        states = [file.state() for file in self.files]
        key = key_of([self.shape, self.resize, self.grey, self.asked, *(file.name for file in self.files), *states])
        decoder = Decoder(self.name, self.files, self.resize, self.grey, self.asked, stack)
        cache = Cache(cache_folder(), key, self.shape, len(self.files), most)
        images = Stored(decoder, cache, np.arange(len(self.files)))
        if not cache.is_full:
            progress(f"{self.name}: reading {len(self.files):,} images into a cache")
            images.fill()
        return images

    def _decoded(self, number: int) -> np.ndarray:
        file = self.files[number]
        with reading(self.name, file.name):
            image = decode(file.read(), self.resize, self.grey)
        return recoloured(resized(image, self.asked), self.asked.channels)
