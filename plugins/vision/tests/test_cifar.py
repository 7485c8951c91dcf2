"""CIFAR-10 and CIFAR-100, from files the test writes in their published layouts, byte by byte."""

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.cifar import Cifar10, Cifar100
from PIL import Image

BATCHES = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
ADVICE = "fetch it from https://www.cs.toronto.edu/~kriz/cifar.html, unpack it, and give the folder as path"


class Python2(pickle._Pickler):
    """Writes what Python 2 and numpy 1 wrote, in which the published files are: bytes as its strings, old names."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_bytes(self, content: bytes) -> None:
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)

    def save_array(self, array: np.ndarray) -> None:
        self.write(b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR")
        self.write(b"(K\x01(" + b"".join(b"M" + struct.pack("<H", size) for size in array.shape) + b"t")
        self.write(b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89")
        self.save_bytes(array.tobytes())
        self.write(b"tb")

    dispatch[bytes] = save_bytes
    dispatch[np.ndarray] = save_array


def write_python(file: Path, content: dict) -> None:
    buffer = io.BytesIO()
    Python2(buffer, protocol=2).dump(content)
    file.write_bytes(buffer.getvalue())


def images(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 3072), dtype=np.uint8)


def write_python10(folder: Path, each: int = 20) -> None:
    folder.mkdir()
    for seed, name in enumerate(BATCHES):
        labels = [number % 10 for number in range(each)]
        write_python(folder / name, {b"batch_label": b"one", b"labels": labels, b"data": images(each, seed)})


def write_binary10(folder: Path, each: int = 20) -> None:
    folder.mkdir()
    for seed, name in enumerate(BATCHES):
        labels = np.arange(each, dtype=np.uint8)[:, None] % 10
        (folder / f"{name}.bin").write_bytes(np.hstack([labels, images(each, seed)]).tobytes())


def write_images10(opened: zipfile.ZipFile, part: str, each: int) -> None:
    for label in range(10):
        for number in range(each):
            buffer = io.BytesIO()
            Image.new("RGB", (32, 32), (label, number, 0)).save(buffer, "PNG")
            opened.writestr(f"{part}/class{label}/{number:04}.png", buffer.getvalue())


def fails(dataset: Cifar10 | Cifar100) -> str:
    with pytest.raises(FgspaceError) as caught:
        dataset.load(0)
    return str(caught.value)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    ("write", "name"), [(write_python10, "cifar-10-batches-py"), (write_binary10, "cifar-10-batches-bin")]
)
def test_cifar10_is_read_from_its_folder_or_the_one_around_it(tmp_path, write, name, inside):
    write(tmp_path / name)
    splits = Cifar10(str(tmp_path / name if inside else tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (90, 10, 20)
    assert splits.input_shape == Cifar10.input_shape == (3, 32, 32)
    assert splits.classes[3] == "cat"
    np.testing.assert_array_equal(splits.test.images.reshape(20, 3072), images(20, 5))
    assert splits.test.labels.tolist() == [*range(10), *range(10)]


def test_both_forms_of_cifar10_hold_the_same(tmp_path):
    write_python10(tmp_path / "cifar-10-batches-py")
    write_binary10(tmp_path / "cifar-10-batches-bin")
    python, binary = (Cifar10(str(tmp_path / f"cifar-10-batches-{form}")).load(3) for form in ("py", "bin"))
    assert python.digest == binary.digest


def test_cifar10_is_read_from_zips_of_images_by_class(tmp_path):
    for part, each in (("train", 10), ("test", 2)):
        with zipfile.ZipFile(tmp_path / f"cifar10_{part}.zip", "w") as opened:
            write_images10(opened, part, each)
    splits = Cifar10(str(tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (90, 10, 20)
    np.testing.assert_array_equal(splits.test.images[:, 0, 5, 5], splits.test.labels)


@pytest.mark.parametrize(("labels", "count", "expected"), [("fine", 100, 57), ("coarse", 20, 11)])
@pytest.mark.parametrize("form", ["python", "binary"])
def test_cifar100_is_read_with_fine_or_coarse_labels(tmp_path, form, labels, count, expected):
    folder = tmp_path / f"cifar-100-{form}"
    folder.mkdir()
    fine, coarse = [number % 100 for number in range(200)], [number % 100 // 5 for number in range(200)]
    for seed, part in enumerate(("train", "test")):
        if form == "python":
            content = {b"fine_labels": fine, b"coarse_labels": coarse, b"data": images(200, seed)}
            write_python(folder / part, content)
        else:
            records = np.hstack([np.array([coarse, fine], dtype=np.uint8).T, images(200, seed)])
            (folder / f"{part}.bin").write_bytes(records.tobytes())
    splits = Cifar100(str(tmp_path), labels=labels, validation=0.5).load(0)
    assert len(splits.classes) == count
    assert splits.test.labels[57] == expected
    np.testing.assert_array_equal(splits.test.images.reshape(200, 3072), images(200, 1))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    expected = "data_batch_1, ..., test_batch, the same with .bin, or images by class under train and test"
    where = str(tmp_path / "none")
    assert fails(Cifar10(where)) == f"Cifar10: looked in {where!r}, which is not there; expected {expected}; {ADVICE}"


def test_a_batch_that_is_missing_among_others_is_named(tmp_path):
    write_binary10(tmp_path / "cifar-10-batches-bin")
    (tmp_path / "cifar-10-batches-bin" / "data_batch_3.bin").unlink()
    where = str(tmp_path / "cifar-10-batches-bin")
    expected = f"which does not have it; expected data_batch_3.bin beside the files that are there; {ADVICE}"
    assert fails(Cifar10(str(tmp_path))) == f"Cifar10: looked in {where!r}, {expected}"


def test_a_binary_batch_cut_short_is_named(tmp_path):
    write_binary10(tmp_path / "bin")
    file = tmp_path / "bin" / "data_batch_2.bin"
    file.write_bytes(file.read_bytes()[:-7])
    cause = "61,453 bytes, expected a multiple of 3,073"
    assert fails(Cifar10(str(tmp_path / "bin"))) == (
        f"Cifar10: {str(file)!r} is truncated or damaged ({cause}); fetch it again"
    )


def test_a_python_batch_cut_short_is_named(tmp_path):
    write_python10(tmp_path / "py")
    file = tmp_path / "py" / "test_batch"
    file.write_bytes(file.read_bytes()[:-500])
    said = fails(Cifar10(str(tmp_path / "py")))
    assert said == f"Cifar10: {str(file)!r} is truncated or damaged (pickle data was truncated); fetch it again"


def test_a_python_batch_that_would_run_code_is_refused(tmp_path):
    write_python10(tmp_path / "py")
    file = tmp_path / "py" / "test_batch"
    file.write_bytes(b"cos\nsystem\n(S'echo ran > " + str(tmp_path / "ran").encode() + b"'\ntR.")
    cause = "it asks for os.system, and a data file may hold plain values only"
    assert fails(Cifar10(str(tmp_path / "py"))) == (
        f"Cifar10: {str(file)!r} is truncated or damaged ({cause}); fetch it again"
    )
    assert not (tmp_path / "ran").exists()


def test_labels_beyond_the_classes_are_refused(tmp_path):
    write_binary10(tmp_path / "bin")
    file = tmp_path / "bin" / "test_batch.bin"
    file.write_bytes(b"\x0a" + file.read_bytes()[1:])
    where = str(tmp_path / "bin")
    assert fails(Cifar10(where)) == f"Cifar10: labels from 0 to 10 in {where!r}, expected 0 to 9; {ADVICE}"


def test_images_of_another_size_or_number_of_classes_are_refused(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part / "cat").mkdir(parents=True)
        Image.new("RGB", (32, 32)).save(tmp_path / part / "cat" / "0.png")
    where = str(tmp_path)
    expected = "10 class folders of 32x32 images under train and test"
    assert fails(Cifar10(where)) == (
        f"Cifar10: looked in {where!r}, which does not have it; expected {expected}; {ADVICE}"
    )
