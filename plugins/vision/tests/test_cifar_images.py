"""The images of CIFAR beside other data: found by their own names, and nothing else looked at."""

import io
import zipfile
from pathlib import Path

import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.cifar import Cifar10
from PIL import Image


def png(label: int, number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (label, number, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def entries(each: int) -> dict[str, bytes]:
    return {f"class{label}/{number}.png": png(label, number) for label in range(10) for number in range(each)}


def write_folder(folder: Path) -> None:
    for part, each in (("train", 10), ("test", 2)):
        for name, content in entries(each).items():
            (folder / part / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / part / name).write_bytes(content)


def write_zips(folder: Path, form: str) -> None:
    folder.mkdir(exist_ok=True)
    for part, each in (("train", 10), ("test", 2)):
        with zipfile.ZipFile(folder / form.format(part), "w") as opened:
            for name, content in entries(each).items():
                opened.writestr(name, content)


def write_other_data(folder: Path) -> None:
    """Write what would fail if it were looked at: a loop, damaged images, zips of other data."""
    (folder / "pets" / "train" / "cat").mkdir(parents=True)
    (folder / "pets" / "train" / "cat" / "0.png").write_bytes(b"damaged")
    (folder / "pets" / "again").symlink_to(folder)
    (folder / "lost.png").write_bytes(b"damaged")
    (folder / "cifar100_train.zip").write_bytes(b"damaged")
    (folder / "mnist.zip").write_bytes(b"damaged")


@pytest.mark.parametrize("inside", ["", "cifar10", "CIFAR-10-images", "cifar10-jpeg"])
def test_folders_of_images_are_found_beside_other_data(tmp_path, inside):
    write_folder(tmp_path / inside)
    write_other_data(tmp_path)
    splits = Cifar10(str(tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (90, 10, 20)


@pytest.mark.parametrize("form", ["cifar10_{}.zip", "CIFAR-10-{}.zip", "{}.zip"])
@pytest.mark.parametrize("inside", ["", "cifar-10"])
def test_zips_of_images_are_found_beside_other_data(tmp_path, inside, form):
    write_zips(tmp_path / inside, form)
    write_other_data(tmp_path)
    splits = Cifar10(str(tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (90, 10, 20)


def test_a_folder_of_other_data_alone_is_refused(tmp_path):
    write_other_data(tmp_path)
    with pytest.raises(FgspaceError) as caught:
        Cifar10(str(tmp_path)).load(0)
    expected = "data_batch_1, ..., test_batch, the same with .bin, or images by class under train and test"
    advice = "fetch it from https://www.cs.toronto.edu/~kriz/cifar.html, unpack it, and give the folder as path"
    assert str(caught.value) == (
        f"Cifar10: looked in {str(tmp_path)!r}, which does not have it; expected {expected}; {advice}"
    )
