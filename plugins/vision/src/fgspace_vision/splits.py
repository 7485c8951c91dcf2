"""The three parts of a data set, and how they are cut: stratified, by a seed, the test part never seen in a search."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from fgspace import FgspaceError, Preprocessing, progress

_CHUNK = 4096
"""Images that are read at a time where all are."""


@dataclass(frozen=True, eq=False)
class Part:
    """Images (N, C, H, W), uint8 as stored or float32, and their labels (N,), int64 from 0.

    Images are an array, or what stays on the disk and gives arrays for slices: `fgspace_vision.datasets.stored.Stored`.
    """

    images: Any
    labels: np.ndarray

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def take(self, index: np.ndarray) -> "Part":
        """Return the images at these indices, in this order."""
        kept = self.images[index] if isinstance(self.images, np.ndarray) else self.images.take(index)
        return Part(kept, self.labels[index])


@dataclass(frozen=True, eq=False)
class Splits:
    """What a data set loads: training, validation and test part, and the name of each class.

    `shown` is what the images have gone through already, where the data set changed their size or their channels.
    """

    train: Part
    validation: Part
    test: Part
    classes: tuple[str, ...]
    shown: Preprocessing | None = None

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width

    @property
    def digest(self) -> str:
        """16 hexadecimal digits, equal where every image, every label and the cut into parts are equal."""
        progress("computing the digest of the data")
        digest = hashlib.sha256(repr(self.classes).encode())
        for part in (self.train, self.validation, self.test):
            for array in (part.images, part.labels):
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                for start in range(0, len(array), _CHUNK):
                    digest.update(np.ascontiguousarray(array[start : start + _CHUNK]).data)
        return digest.hexdigest()[:16]


class DataSet(Hashable, Protocol):
    """What an evaluator asks of a data set: hashable, equal where its options are, and loaded by a seed.

    One that knows the shape of its images unread has it as `input_shape`, (C, H, W) or None.
    """

    def load(self, seed: int) -> Splits:
        """Return the three parts; the same seed cuts the same parts. Raises FgspaceError where files are amiss."""
        ...


@lru_cache(maxsize=2)
def load_once(dataset: DataSet, seed: int) -> Splits:
    """Return `dataset.load(seed)`, read once in this process and not once a trial."""
    progress(f"reading {type(dataset).__name__}")
    return dataset.load(seed)


def stratified(labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut the indices of `labels` in two, (kept, held out), each class giving `fraction` of its own, rounded."""
    rng = np.random.default_rng(seed)
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        held[rng.permutation(members)[: round(fraction * len(members))]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def numbered(train: Part, test: Part) -> tuple[Part, Part, tuple[str, ...]]:
    """Return the parts with their labels numbered from 0 in order, and the names of the classes."""
    found = np.unique(np.concatenate([train.labels, test.labels]))
    train, test = (Part(part.images, np.searchsorted(found, part.labels)) for part in (train, test))
    return train, test, tuple(map(str, found.tolist()))


def cut(
    given: Part,
    test: Part | float,
    validation: Part | float,
    classes: tuple[str, ...],
    seed: int,
    name: str = "the data",
) -> Splits:
    """Return the three parts; test and validation are the data's own, or this fraction of the given images.

    Test is cut first, and the validation fraction is one of what is left. Raises FgspaceError, in the data set's
    `name`, for a fraction out of range or a part that would hold no image.
    """
    given, test = _part_of(given, test, seed, name, "test")
    train, validation = _part_of(given, validation, seed + 1, name, "validation")
    _check_filled(name, train=train, validation=validation, test=test)
    return Splits(train, validation, test, classes)


def _part_of(given: Part, part: Part | float, seed: int, name: str, option: str) -> tuple[Part, Part]:
    if isinstance(part, Part):
        return given, part
    if not 0 < part < 1:
        raise FgspaceError(f"{name}: {option} is {part!r}, expected a fraction between 0 and 1; write 0.1")
    kept, held = stratified(given.labels, part, seed)
    return given.take(kept), given.take(held)


def _check_filled(name: str, **parts: Part) -> None:
    for option, part in parts.items():
        if not len(part):
            sizes = ", ".join(f"{len(part)} {option}" for option, part in parts.items())
            raise FgspaceError(f"{name}: no image for {option} ({sizes}); give more images, or other fractions")
