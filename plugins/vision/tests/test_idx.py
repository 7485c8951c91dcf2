"""The idx files of the MNIST family, written by the test byte by byte."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.idx import Idx

ADVICE = "fetch the four files of the data set, .gz or unpacked, and give their folder as path"


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def images(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 6, 5), dtype=np.uint8)


def labels(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint8) % 10


def write(folder: Path, prefix: str = "", form: str = "{}-idx{}-ubyte", packed: bool = False) -> None:
    for name, count in (("train", 100), ("t10k", 20)):
        for kind, array in (("images", images(count, count)), ("labels", labels(count))):
            file = folder / (prefix + form.format(f"{name}-{kind}", array.ndim) + ".gz" * packed)
            file.write_bytes(gzip.compress(idx(array)) if packed else idx(array))


def fails(dataset: Idx) -> str:
    with pytest.raises(FgspaceError) as caught:
        dataset.load(0)
    return str(caught.value)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("form", ["{}-idx{}-ubyte", "{}.idx{}-ubyte"])
@pytest.mark.parametrize("prefix", ["", "emnist-letters-"])
def test_the_four_files_are_read(tmp_path, packed, form, prefix):
    write(tmp_path, prefix, form, packed)
    splits = Idx(str(tmp_path), prefix=prefix).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (90, 10, 20)
    assert splits.input_shape == (1, 6, 5)
    np.testing.assert_array_equal(splits.test.images[:, 0], images(20, 20))
    assert splits.test.labels.tolist() == labels(20).tolist()


def test_a_file_that_is_not_there_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    said = "which does not have it; expected t10k-labels-idx1-ubyte, .gz or not"
    assert fails(Idx(str(tmp_path))) == f"Idx: looked in {str(tmp_path)!r}, {said}; {ADVICE}"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    where = str(tmp_path / "none")
    said = "which is not there; expected train-images-idx3-ubyte, .gz or not"
    assert fails(Idx(where)) == f"Idx: looked in {where!r}, {said}; {ADVICE}"


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda whole: whole[:-1], "2,999 bytes, its head says 100x6x5"),
        (lambda whole: whole + b"x", "3,001 bytes, its head says 100x6x5"),
        (lambda whole: whole[:10], "buffer size must be a multiple of element size"),
        (lambda whole: b"", "it begins with , expected 00000803"),
        (lambda whole: idx(labels(100)), "it begins with 00000801, expected 00000803"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, damage, cause):
    write(tmp_path)
    file = tmp_path / "train-images-idx3-ubyte"
    file.write_bytes(damage(file.read_bytes()))
    assert fails(Idx(str(tmp_path))) == f"Idx: {str(file)!r} is truncated or damaged ({cause}); fetch it again"


def test_a_packed_file_cut_short_is_named(tmp_path):
    write(tmp_path, packed=True)
    file = tmp_path / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-20])
    cause = "Compressed file ended before the end-of-stream marker was reached"
    assert fails(Idx(str(tmp_path))) == f"Idx: {str(file)!r} is truncated or damaged ({cause}); fetch it again"


def test_labels_that_are_not_as_many_as_images_are_refused(tmp_path):
    write(tmp_path)
    file = tmp_path / "train-labels-idx1-ubyte"
    file.write_bytes(idx(labels(99)))
    cause = "99 labels for the 100 images of 'train-images-idx3-ubyte'"
    assert fails(Idx(str(tmp_path))) == f"Idx: {str(file)!r} is truncated or damaged ({cause}); fetch it again"
