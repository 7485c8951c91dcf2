"""Images that stay on the disk: read as they are asked for, by threads, and kept decoded in a cache of fixed size."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

Decode = Callable[[int], np.ndarray]
_CHUNK = 256
"""Images that are read at a time where all are."""
_THREADS = min(8, os.cpu_count() or 1)


@dataclass(frozen=True, eq=False)
class Stored:
    """Images (N, C, H, W) uint8 on the disk, in the order of an index; slices and index arrays give arrays of them.

    `decode` returns one of all images by its number; `cache` keeps what it returned.
    """

    decode: Decode
    cache: "Cache"
    index: np.ndarray
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.uint8))

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C, H, W)."""
        return len(self.index), *self.cache.shape

    @property
    def size(self) -> int:
        """The number of all values."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.index)

    def take(self, index: np.ndarray) -> "Stored":
        """Return the images at these indices, in this order, still on the disk."""
        return replace(self, index=self.index[index])

    def __getitem__(self, index: Any) -> np.ndarray:
        """Read the images of a slice or an index array."""
        numbers = self.index[index]
        read = np.empty((len(numbers), *self.cache.shape), np.uint8)
        for row, number in enumerate(numbers):
            if not self.cache.read(int(number), read[row]):
                read[row] = self.decode(int(number))
                self.cache.write(int(number), read[row])
        return read

    def fill(self) -> None:
        """Read every image once, by threads, so that the cache is full and whatever is damaged is found."""
        with ThreadPoolExecutor(_THREADS) as threads:
            starts = range(0, len(self), _CHUNK)
            for start in range(0, len(starts), 4 * _THREADS):  # a few at a time: what was read is held until it is seen
                for _ in threads.map(lambda at: len(self[at : at + _CHUNK]), starts[start : start + 4 * _THREADS]):
                    pass


class Cache:
    """Decoded images in one file, as many as fit into `most` bytes; a byte for each in a second file says it is there.

    Processes share it: an image is written before its byte, and all write the same. Files of data sets that were used
    longest ago are removed where the folder would hold more than `most` bytes.
    """

    def __init__(self, folder: Path, key: str, shape: tuple[int, ...], count: int, most: int) -> None:
        self.shape, self._size = shape, int(np.prod(shape))
        self.kept = min(count, most // self._size)
        self._pixels = self._marks = -1
        if not self.kept:
            return
        folder.mkdir(parents=True, exist_ok=True)
        pixels, marks = folder / f"{key}.pixels", folder / f"{key}.marks"
        make_room(folder, pixels, most - self.kept * self._size)
        self._pixels, self._marks = (os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC) for file in (pixels, marks))
        os.utime(pixels)
        os.ftruncate(self._marks, self.kept)
        os.ftruncate(self._pixels, self.kept * self._size)

    @property
    def is_full(self) -> bool:
        """Whether every image that has a place is there."""
        return self.kept > 0 and os.pread(self._marks, self.kept, 0).count(b"\1") == self.kept

    def read(self, number: int, into: np.ndarray) -> bool:
        """Read an image into an array, if it is there; say whether it is."""
        if number >= self.kept or os.pread(self._marks, 1, number) != b"\1":
            return False
        return os.preadv(self._pixels, [into.data.cast("B")], number * self._size) == self._size

    def write(self, number: int, image: np.ndarray) -> None:
        """Keep an image, if it has a place; nothing is kept where the disk is full."""
        if number >= self.kept:
            return
        try:
            if os.pwrite(self._pixels, np.ascontiguousarray(image).data.cast("B"), number * self._size) == self._size:
                os.pwrite(self._marks, b"\1", number)
        except OSError:
            self.kept = 0

    def __del__(self) -> None:
        """Close the files."""
        for descriptor in (self._pixels, self._marks):
            if descriptor >= 0:
                os.close(descriptor)


def cache_folder() -> Path:
    """Return the folder of the caches: FGSPACE_CACHE, else fgspace in the user's folder of caches."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("FGSPACE_CACHE") or Path(base) / "fgspace") / "images"


def key_of(parts: Sequence[object]) -> str:
    """Return the name of a cache: equal where all of these are written alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part!r}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:24]


def make_room(folder: Path, own: Path, most: int) -> None:
    """Remove the files of other data sets, those used longest ago first, until they hold at most this many bytes."""
    others = sorted((file for file in folder.glob("*.pixels") if file != own), key=lambda file: file.stat().st_mtime)
    held = sum(file.stat().st_size for file in others)
    for file in others:
        if held <= most:
            break
        held -= file.stat().st_size
        file.with_suffix(".marks").unlink(missing_ok=True)
        file.unlink(missing_ok=True)
