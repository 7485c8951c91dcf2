"""Images by class, in folders and zips."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.folder import ImageFolder
from PIL import Image

ADVICE = "give the folder, or a zip of it, as path"


def write(folder: Path, each: int = 10, size: tuple[int, int] = (6, 4)) -> None:
    """Write two classes of plain images: red says the class, green the number."""
    for label, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            Image.new("RGB", size, (100 * label, number, 0)).save(folder / name / f"{number}.png")


def zipped(folder: Path) -> str:
    return shutil.make_archive(str(folder), "zip", folder)


def fails(dataset: ImageFolder) -> str:
    with pytest.raises(FgspaceError) as caught:
        dataset.load(0)
    return str(caught.value)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("wrapper", ["", "pets/v2"])
def test_class_folders_are_read_and_cut(tmp_path, packed, wrapper):
    write(tmp_path / "data" / wrapper)
    (tmp_path / "data" / wrapper / "cat" / "._1.png").write_text("left behind by another system")
    splits = ImageFolder(zipped(tmp_path / "data") if packed else str(tmp_path / "data")).load(0)
    assert splits.classes == ("cat", "dog")
    assert splits.input_shape == (3, 4, 6)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (16, 2, 2)
    for part in (splits.train, splits.validation, splits.test):
        np.testing.assert_array_equal(part.images[:, 0, 0, 0], 100 * part.labels)


@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_parts_in_folders_of_their_own_are_kept_apart(tmp_path, validation):
    for part, each in (("train", 5), (validation, 3), ("test", 2)):
        write(tmp_path / part, each)
    splits = ImageFolder(str(tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (10, 6, 4)


def test_a_test_folder_alone_leaves_validation_to_be_cut_from_training(tmp_path):
    write(tmp_path / "train")
    write(tmp_path / "test", 2)
    splits = ImageFolder(str(tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (18, 2, 4)


def test_a_folder_of_zips_is_their_union(tmp_path):
    for part, each in (("train", 10), ("test", 2)):
        write(tmp_path / "work" / part, each)
        shutil.make_archive(str(tmp_path / f"{part}-images"), "zip", tmp_path / "work", part)
    shutil.rmtree(tmp_path / "work")
    splits = ImageFolder(str(tmp_path)).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (18, 2, 4)


def test_resize_crops_the_middle_to_a_square_and_grey_is_one_channel(tmp_path):
    write(tmp_path, size=(6, 4))
    write(tmp_path / "more", size=(9, 12))
    for name in ("cat", "dog"):
        for file in (tmp_path / "more" / name).iterdir():
            file.rename(tmp_path / name / f"large{file.name}")
    shutil.rmtree(tmp_path / "more")
    dataset = ImageFolder(str(tmp_path), resize=4, grey=True)
    assert dataset.load(0).input_shape == dataset.input_shape == (1, 4, 4)
    assert ImageFolder(str(tmp_path), resize=4).load(0).input_shape == (3, 4, 4)


def test_images_of_several_sizes_need_resize(tmp_path):
    write(tmp_path, size=(6, 4))
    Image.new("RGB", (9, 12)).save(tmp_path / "dog" / "big.png")
    said = "ImageFolder: 'dog/big.png' is 12x9 and 'cat/0.png' is 4x6, expected images of one size; give resize: 4"
    assert fails(ImageFolder(str(tmp_path))) == said


def test_resize_to_nothing_is_refused(tmp_path):
    assert fails(ImageFolder(str(tmp_path), resize=0)) == "ImageFolder: resize is 0, expected 1 or more pixels"


def test_an_image_outside_the_class_folders_is_named(tmp_path):
    write(tmp_path)
    Image.new("RGB", (6, 4)).save(tmp_path / "lost.png")
    said = "ImageFolder: 'lost.png' stands in no class folder; expected one folder of images a class"
    assert fails(ImageFolder(str(tmp_path))) == said


@pytest.mark.parametrize(("make", "found"), [(True, "which does not have it"), (False, "which is not there")])
def test_a_folder_without_images_is_named(tmp_path, make, found):
    where = tmp_path / "data"
    if make:
        where.mkdir()
    expected = "images in one folder a class, there or in zips"
    said = f"ImageFolder: looked in {str(where)!r}, {found}; expected {expected}; {ADVICE}"
    assert fails(ImageFolder(str(where))) == said


def test_parts_without_training_are_named(tmp_path):
    write(tmp_path / "test")
    said = "which does not have it; expected a 'train' folder beside 'test' or 'val'"
    assert fails(ImageFolder(str(tmp_path))) == f"ImageFolder: looked in {str(tmp_path)!r}, {said}; {ADVICE}"


def test_a_truncated_image_is_named(tmp_path):
    write(tmp_path)
    file = tmp_path / "cat" / "3.png"
    Image.effect_noise((64, 64), 50).save(file)
    file.write_bytes(file.read_bytes()[:1000])
    cause = "image file is truncated"
    assert fails(ImageFolder(str(tmp_path), resize=4)).startswith(
        f"ImageFolder: 'cat/3.png' is truncated or damaged ({cause}"
    )


def test_a_truncated_zip_is_named(tmp_path):
    write(tmp_path / "data")
    file = Path(zipped(tmp_path / "data"))
    file.write_bytes(file.read_bytes()[:-30])
    cause = "File is not a zip file"
    said = f"ImageFolder: {str(file)!r} is truncated or damaged ({cause}); fetch it again"
    assert fails(ImageFolder(str(file))) == said


def test_an_image_damaged_within_its_zip_is_named(tmp_path):
    write(tmp_path / "data", 3)
    file = Path(zipped(tmp_path / "data"))
    with zipfile.ZipFile(file) as opened:
        start = opened.getinfo("cat/1.png").header_offset + 60
    content = bytearray(file.read_bytes())
    content[start] ^= 0xFF
    file.write_bytes(content)
    assert fails(ImageFolder(str(file))).startswith("ImageFolder: 'cat/1.png' is truncated or damaged (")
