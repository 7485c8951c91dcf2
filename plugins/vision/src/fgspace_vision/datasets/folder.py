"""Images in folders, one a class, as they are or in zips, with or without folders for the parts around them."""

import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from fgspace import FgspaceError, Preprocessing

from fgspace_vision.datasets.decoding import CACHE, HELD, MEMORY, Decoder, Limits
from fgspace_vision.datasets.files import DataWarning, missing, root_of
from fgspace_vision.datasets.listing import Listing, list_images
from fgspace_vision.datasets.places import place_all
from fgspace_vision.preprocessing import Preprocessed
from fgspace_vision.splits import Part, Splits, cut

_OFTEN = 100
"""Progress is told once in this number of images."""
_ADVICE = "give the folder, or a zip of it, as path"


@dataclass(frozen=True)
class ImageFolder(Preprocessed):
    """Images in one folder a class, (3, H, W), or (1, H, W) where `grey`; `path` is the folder, or a zip of it.

    Folders named `train`, `val` and `test`, in any usual spelling, around the class folders are those parts; where
    there is no `test` or no `val`, that fraction is cut from the rest, class by class. `resize: S` scales the shorter
    side and crops the middle, to S×S; without it all images must be of one size. A folder of zips is read as their
    union, zips named `train` and `test` as those parts.

    Images that take up more than `memory` bytes when they are decoded are read as the training goes, by threads. Those
    that fit into `cache` bytes are kept decoded in a file, in FGSPACE_CACHE or the user's folder of caches.
    """

    path: str
    resize: int | None = None
    grey: bool = False
    validation: float = 0.1
    test: float = 0.1
    memory: int = MEMORY
    cache: int = CACHE

    @property
    def input_shape(self) -> tuple[int, int, int] | None:
        """(C, H, W), where the options say it."""
        return None if self.resize is None else (1 if self.grey else 3, self.resize, self.resize)

    def load(self, seed: int) -> Splits:
        """Return the three parts, where they are cut from one another by this seed."""
        if self.resize is not None and self.resize < 1:
            raise FgspaceError(f"ImageFolder: resize is {self.resize!r}, expected 1 or more pixels")
        asked = Preprocessing.of(self.preprocessing)
        if self.resize is not None and asked.size is not None:
            raise FgspaceError("ImageFolder: resize and preprocessing.size say the same; leave one of them out")
        parts, classes = read_images(
            "ImageFolder", self.path, self.resize, self.grey, asked, Limits(self.memory, self.cache)
        )
        if "train" not in parts:
            raise missing("ImageFolder", self.path, "a 'train' folder beside 'test' or 'val'", _ADVICE)
        test, validation = parts.get("test", self.test), parts.get("validation", self.validation)
        splits = cut(parts["train"], test, validation, classes, seed, "ImageFolder")
        return replace(splits, shown=self._shown(asked))

    def _shown(self, asked: Preprocessing) -> Preprocessing | None:
        if self.resize is None:
            return None if asked.is_given_pixels else asked
        return replace(asked, size=self.resize, crop=asked.crop or self.resize)


def read_images(
    name: str,
    path: str,
    resize: int | None = None,
    grey: bool = False,
    asked: Preprocessing | None = None,
    limits: Limits = HELD,
    listed: Callable[[str, Path, ExitStack], Listing] = list_images,
) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Return the parts found ("train", "validation", "test") and the class names, sorted; `name` is for errors.

    Images (N, C, H, W) uint8. Raises FgspaceError where there are no images, one is damaged, sizes differ, or a class
    is without images; warns of files that are left out. `listed` says what lies at the path.
    """
    with ExitStack() as stack:
        listing = listed(name, root_of(path), stack)
        if not listing.images:
            raise missing(name, path, "images in one folder a class, there or in zips", _ADVICE)
        placed = place_all(name, listing)
        _say_left_out(name, listing.others)
        classes = tuple(sorted({label for _, label in placed}))
        decoder = Decoder(name, listing.images, resize, grey, asked or Preprocessing())
        pixels = decoder.held() if decoder.bytes_ <= limits.memory else decoder.stored(limits.cache, stack.pop_all())
    number = {label: index for index, label in enumerate(classes)}
    labels = np.array([number[label] for _, label in placed], dtype=np.int64)
    owners = np.array([part for part, _ in placed])
    return {str(part): Part(pixels, labels).take(np.flatnonzero(owners == part)) for part in np.unique(owners)}, classes


def _say_left_out(name: str, others: Sequence[str]) -> None:
    if others:
        count = "1 file that is no image" if len(others) == 1 else f"{len(others):,} files that are no images"
        warnings.warn(f"{name}: left out {count} of a known format: {others[0]!r}", DataWarning, stacklevel=4)
