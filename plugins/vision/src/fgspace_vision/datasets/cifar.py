"""CIFAR-10 and CIFAR-100, from the python folder, the binary folder, or images by class.

Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from fgspace import FgspaceError, progress

from fgspace_vision.datasets.cifar_images import list_own
from fgspace_vision.datasets.files import missing, reading, root_of
from fgspace_vision.datasets.folder import read_images
from fgspace_vision.datasets.listing import Listing
from fgspace_vision.datasets.pickles import read_plain
from fgspace_vision.preprocessing import Preprocessed
from fgspace_vision.splits import Part, Splits, cut

_PIXELS = 3 * 32 * 32
_ADVICE = "fetch it from https://www.cs.toronto.edu/~kriz/cifar.html, unpack it, and give the folder as path"
_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class _Layout:
    """The published folders, the file names less `.bin`, the key of the labels and their place in a binary record."""

    name: str
    folders: tuple[str, str]
    train: tuple[str, ...]
    test: str
    key: str
    label_bytes: int
    label_at: int


_TEN = _Layout(
    "Cifar10",
    ("cifar-10-batches-py", "cifar-10-batches-bin"),
    tuple(f"data_batch_{number}" for number in range(1, 6)),
    "test_batch",
    "labels",
    label_bytes=1,
    label_at=0,
)
_FINE = _Layout(
    "Cifar100", ("cifar-100-python", "cifar-100-binary"), ("train",), "test", "fine_labels", label_bytes=2, label_at=1
)
_COARSE = replace(_FINE, key="coarse_labels", label_at=0)


@dataclass(frozen=True)
class Cifar10(Preprocessed):
    """CIFAR-10, (3, 32, 32), ten classes; `path` is the folder that holds it in any of its forms, or a zip.

    Understood are `cifar-10-batches-py`, `cifar-10-batches-bin`, and one folder a class under `train` and `test`, as
    folders or in zips. The test part is CIFAR's own; `validation` is the fraction cut from its training part.
    """

    path: str
    validation: float = 0.1
    input_shape: ClassVar = (3, 32, 32)

    def load(self, seed: int) -> Splits:
        """Return the three parts, the training images cut by this seed."""
        return _load(_TEN, self.path, self.validation, _NAMES, seed)


@dataclass(frozen=True)
class Cifar100(Preprocessed):
    """CIFAR-100, (3, 32, 32), 100 fine or 20 coarse classes; `path` is the folder that holds it, or a zip.

    Understood are `cifar-100-python`, `cifar-100-binary`, and one folder a class under `train` and `test`, as folders
    or in zips. The test part is CIFAR's own; `validation` is the fraction cut from its training part.
    """

    path: str
    labels: Literal["fine", "coarse"] = "fine"
    validation: float = 0.1
    input_shape: ClassVar = (3, 32, 32)

    def load(self, seed: int) -> Splits:
        """Return the three parts, the training images cut by this seed."""
        layout, classes = (_FINE, 100) if self.labels == "fine" else (_COARSE, 20)
        return _load(layout, self.path, self.validation, tuple(map(str, range(classes))), seed)


def _load(layout: _Layout, path: str, validation: float, classes: tuple[str, ...], seed: int) -> Splits:
    train, test = _find(layout, path, len(classes))
    for part in (train, test):
        if part.labels.min() < 0 or part.labels.max() >= len(classes):
            raise FgspaceError(
                f"{layout.name}: labels from {part.labels.min()} to {part.labels.max()} in {path!r}, "
                f"expected 0 to {len(classes) - 1}; {_ADVICE}"
            )
    return cut(train, test, validation, classes, seed, layout.name)


def _find(layout: _Layout, path: str, classes: int) -> tuple[Part, Part]:
    """Return the training and the test part, from the first folder that holds them in one of their forms."""
    root = root_of(path)
    for folder in (root, *(root / inner for inner in layout.folders)):
        for suffix, read in ((".bin", _read_binary), ("", _read_pickle)):
            files = [folder / f"{file}{suffix}" for file in (*layout.train, layout.test)]
            if all(file.is_file() for file in files):
                parts = [read(layout, file) for file in _told(layout, files)]
                return _join(parts[:-1]), parts[-1]
            if any(file.is_file() for file in files):
                absent = ", ".join(file.name for file in files if not file.is_file())
                raise missing(layout.name, str(folder), f"{absent} beside the files that are there", _ADVICE)
    return _read_images(layout, path, classes)


def _told(layout: _Layout, files: Sequence[Path]) -> Iterator[Path]:
    """Yield files, and tell which one is read."""
    for index, file in enumerate(files, 1):
        progress(f"{layout.name}: reading file", index, of=len(files))
        yield file


def _join(parts: Sequence[Part]) -> Part:
    return Part(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))


def _read_binary(layout: _Layout, file: Path) -> Part:
    """Read records of label bytes and 3,072 pixels."""
    record = layout.label_bytes + _PIXELS
    with reading(layout.name, file):
        content = np.fromfile(file, np.uint8)
        if not content.size or content.size % record:
            raise ValueError(f"{content.size:,} bytes, expected a multiple of {record:,}")
    records = content.reshape(-1, record)
    images = np.ascontiguousarray(records[:, layout.label_bytes :]).reshape(-1, 3, 32, 32)
    return Part(images, records[:, layout.label_at].astype(np.int64))


def _read_pickle(layout: _Layout, file: Path) -> Part:
    """Read a mapping with `data`, (N, 3072) bytes, and a list of labels."""
    with reading(layout.name, file), file.open("rb") as opened:
        content = read_plain(opened)
        absent = [key for key in ("data", layout.key) if key not in content]
        if absent:
            raise ValueError(f"it holds no {absent[0]!r}")
        images = np.asarray(content["data"], dtype=np.uint8).reshape(-1, 3, 32, 32)
        labels = np.asarray(content[layout.key], dtype=np.int64)
        if labels.shape != images.shape[:1]:
            raise ValueError(f"{len(images):,} images and {labels.size:,} labels")
    return Part(images, labels)


def _read_images(layout: _Layout, path: str, classes: int) -> tuple[Part, Part]:
    """Read images by class, under train and test; classes are numbered in the order of their names."""
    forms = f"{layout.train[0]}, ..., {layout.test}, the same with .bin, or images by class under train and test"

    def listed(name: str, root: Path, stack: ExitStack) -> Listing:
        listing = list_own(name, root, stack)
        if not listing.images:
            raise missing(name, path, forms, _ADVICE)
        return listing

    parts, names = read_images(layout.name, path, listed=listed)
    shapes = {part.images.shape[1:] for part in parts.values()}
    if parts.keys() < {"train", "test"} or len(names) != classes or shapes != {(3, 32, 32)}:
        raise missing(layout.name, path, f"{classes} class folders of 32x32 images under train and test", _ADVICE)
    return parts["train"], parts["test"]
