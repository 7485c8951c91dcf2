"""The idx files of MNIST and its family: Fashion-MNIST, KMNIST, EMNIST, QMNIST's 60,000.

Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database, where the format is described; EMNIST: arXiv:1702.05373.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fgspace_vision.datasets.archives import gunzip
from fgspace_vision.datasets.files import missing, reading, root_of
from fgspace_vision.preprocessing import Preprocessed
from fgspace_vision.splits import Part, Splits, cut, numbered

_UNSIGNED_BYTES = 0x08
_ADVICE = "fetch the four files of the data set, .gz or unpacked, and give their folder as path"


@dataclass(frozen=True)
class Idx(Preprocessed):
    """Four idx files in the folder `path`, (1, H, W): images and labels, `train-` and `t10k-` (or `test-`), .gz or not.

    `prefix` chooses among several in one folder, as EMNIST has them: `prefix: emnist-letters-`. The test part is the
    data's own; `validation` is the fraction cut from its training part.
    """

    path: str
    prefix: str = ""
    validation: float = 0.1

    def load(self, seed: int) -> Splits:
        """Return the three parts, the training images cut by this seed."""
        train, test = (self._part(names) for names in (("train",), ("t10k", "test")))
        train, test, classes = numbered(train, test)
        return cut(train, test, self.validation, classes, seed, "Idx")

    def _part(self, names: tuple[str, ...]) -> Part:
        images, labels = (self._file(names, kind) for kind in ("images", "labels"))
        with reading("Idx", labels):
            pixels, numbers = read_idx(images, 3), read_idx(labels, 1)
            if len(pixels) != len(numbers):
                raise ValueError(f"{len(numbers):,} labels for the {len(pixels):,} images of {images.name!r}")
        return Part(pixels[:, None], numbers.astype(np.int64))

    def _file(self, names: tuple[str, ...], kind: str) -> Path:
        for name in names:
            if found := sorted(root_of(self.path).glob(f"{self.prefix}{name}-{kind}*")):
                return found[0]
        dimensions = 3 if kind == "images" else 1
        expected = f"{self.prefix}{names[0]}-{kind}-idx{dimensions}-ubyte, .gz or not"
        raise missing("Idx", self.path, expected, _ADVICE)


def read_idx(file: Path, dimensions: int) -> np.ndarray:
    """Return the array of unsigned bytes in an idx file with this many dimensions, .gz by its name.

    Raises FgspaceError where the file is of another kind, or its bytes are not as many as its head says.
    """
    with reading("Idx", file):
        content = gunzip("Idx", file) if file.suffix == ".gz" else file.read_bytes()
        if content[:4] != bytes([0, 0, _UNSIGNED_BYTES, dimensions]):
            raise ValueError(f"it begins with {content[:4].hex()}, expected 000008{dimensions:02}")
        head = 4 + 4 * dimensions
        shape = tuple(int(size) for size in np.frombuffer(content[4:head], ">u4"))
        if len(content) - head != np.prod(shape, dtype=int):
            raise ValueError(f"{len(content) - head:,} bytes, its head says {'x'.join(map(str, shape))}")
        return np.frombuffer(content, np.uint8, offset=head).reshape(shape)
