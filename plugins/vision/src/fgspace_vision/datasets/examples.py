"""Small data in each format, which the conformance suites read."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
Examples = Sequence[Mapping[str, Any]]


def cifar10(folder: Path) -> Examples:
    """Write six batches in the binary form, of 20 images each."""
    for seed, name in enumerate(_BATCHES):
        _records(folder / f"{name}.bin", 20, [10], seed)
    return [{"path": str(folder)}]


def cifar100(folder: Path) -> Examples:
    """Write the two files in the binary form; a record has two labels."""
    _records(folder / "train.bin", 200, [20, 100], 0)
    _records(folder / "test.bin", 100, [20, 100], 1)
    return [{"path": str(folder), "validation": 0.5}, {"path": str(folder), "labels": "coarse"}]


def idx(folder: Path) -> Examples:
    """Write the four files of MNIST and its family."""
    for name, count in (("train", 100), ("t10k", 20)):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(_idx(_images((count, 6, 5), count)))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(_idx(np.arange(count, dtype=np.uint8) % 10))
    return [{"path": str(folder)}]


def image_folder(folder: Path) -> Examples:
    """Write ten images of each of three classes."""
    from PIL import Image

    for label, name in enumerate(("cat", "dog", "owl")):
        (folder / name).mkdir()
        for number in range(10):
            Image.fromarray(_images((8, 6, 3), 10 * label + number)).save(folder / name / f"{number}.png")
    return [{"path": str(folder)}, {"path": str(folder), "resize": 4, "grey": True}]


def npz(folder: Path) -> Examples:
    """Write arrays of 60 images, channels last."""
    np.savez(folder / "data.npz", x_train=_images((60, 6, 5, 3), 0), y_train=np.arange(60) % 4)
    return [{"path": str(folder / "data.npz")}]


def _images(shape: tuple[int, ...], seed: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _records(file: Path, count: int, classes: Sequence[int], seed: int) -> None:
    labels = [np.arange(count, dtype=np.uint8)[:, None] % number for number in classes]
    file.write_bytes(np.hstack([*labels, _images((count, 3072), seed)]).tobytes())


def _idx(array: "np.ndarray[Any, np.dtype[np.uint8]]") -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
