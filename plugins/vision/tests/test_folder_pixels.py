"""The pixels of images of any type: scaled by its range, turned as the camera says, and what is left out said."""

from pathlib import Path

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.files import DataWarning
from fgspace_vision.datasets.folder import ImageFolder, read_images
from PIL import Image

RAMP = np.linspace(0, 1, 24).reshape(4, 6)
EXPECTED = np.rint(RAMP * 255).astype(int)


def one(folder: Path, image: Image.Image, file: str, **options: object) -> np.ndarray:
    """Return the pixels of one image, read from a class folder."""
    (folder / "cat").mkdir()
    image.save(folder / "cat" / file, **options)
    parts, _ = read_images("ImageFolder", str(folder / "cat" / ".."), grey=True)
    return parts["train"].images[0, 0]


def fails(folder: Path) -> str:
    with pytest.raises(FgspaceError) as caught:
        ImageFolder(str(folder)).load(0)
    return str(caught.value)


def write(folder: Path, each: int = 10) -> None:
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            Image.new("RGB", (6, 4), (number, 0, 0)).save(folder / name / f"{number}.png")


@pytest.fixture
def pair(tmp_path):
    """A second class, so that no folder is one around everything."""
    (tmp_path / "dog").mkdir()
    Image.new("L", (6, 4)).save(tmp_path / "dog" / "0.png")
    return tmp_path


@pytest.mark.parametrize(
    ("values", "file"),
    [
        ((RAMP * 65535).astype(np.uint16), "a.png"),
        ((RAMP * 65535).astype(np.uint16), "a.tif"),
        ((RAMP * 65535).astype(np.int32), "a.pgm"),
        ((RAMP * (2**31 - 1)).astype(np.int32), "a.tiff"),
        (RAMP.astype(np.float32), "a.tif"),
        (RAMP.astype(np.float32), "a.tiff"),
    ],
)
def test_values_of_another_type_are_scaled_by_its_range(pair, values, file):
    assert np.abs(one(pair, Image.fromarray(values), file).astype(int) - EXPECTED).max() <= 1


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (RAMP * 255, "floats from 0 to 255, expected 0 to 1; scale them"),
        (RAMP - 0.5, "floats from -0.5 to 0.5, expected 0 to 1; scale them"),
        (np.full((4, 6), np.nan), "floats from nan to nan, expected 0 to 1; scale them"),
    ],
)
def test_floats_outside_0_to_1_are_refused(pair, values, cause):
    with pytest.raises(FgspaceError) as caught:
        one(pair, Image.fromarray(values.astype(np.float32)), "a.tif")
    assert str(caught.value) == f"ImageFolder: 'cat/a.tif' holds {cause}"


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (
            np.full((4, 6), 4095),
            "whole numbers up to 4095 where the type goes to 2147483647, all of it black; write them in 8 or 16 bits",
        ),
        (np.full((4, 6), -1), "whole numbers from -1, expected 0 to 2147483647; write them without a sign"),
    ],
)
def test_whole_numbers_that_the_range_does_not_fit_are_refused(pair, values, cause):
    with pytest.raises(FgspaceError) as caught:
        one(pair, Image.fromarray(values.astype(np.int32)), "a.tif")
    assert str(caught.value) == f"ImageFolder: 'cat/a.tif' holds {cause}"


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (6, 3), (8, 1), (3, 2)])
@pytest.mark.parametrize("form", ["png", "tif"])
def test_images_are_turned_as_their_camera_says(tmp_path, orientation, turned, form):
    (tmp_path / "dog").mkdir()
    values = np.arange(24, dtype=np.uint8).reshape(4, 6)
    expected = np.rot90(values, turned)
    Image.new("L", expected.shape[::-1]).save(tmp_path / "dog" / "0.png")
    exif = Image.Exif()
    exif[274] = orientation
    np.testing.assert_array_equal(one(tmp_path, Image.fromarray(values), f"a.{form}", exif=exif), expected)


@pytest.mark.parametrize("suffix", [".jp2", ".tga", ".JFIF", ".pbm", ".ico", ".pcx"])
def test_other_suffixes_that_pillow_reads_are_read(tmp_path, suffix):
    write(tmp_path, 9)
    for name in ("cat", "dog"):
        image = Image.new("1" if suffix == ".pbm" else "RGB", (16, 16))
        image.save(tmp_path / name / f"a{suffix}")
    splits = ImageFolder(str(tmp_path), resize=4).load(0)
    assert len(splits.train) + len(splits.validation) + len(splits.test) == 20


def test_files_that_are_left_out_are_said(tmp_path):
    write(tmp_path)
    (tmp_path / "readme.md").write_text("in no class folder")
    (tmp_path / "cat" / ".hidden").write_text("")
    (tmp_path / "cat" / "Thumbs.db").write_text("")
    (tmp_path / "cat" / "a.npy").write_text("")
    said = "ImageFolder: left out 1 file that is no image of a known format: 'cat/a.npy'"
    with pytest.warns(DataWarning) as caught:
        ImageFolder(str(tmp_path)).load(0)
    assert [str(warning.message) for warning in caught] == [said]
    (tmp_path / "more.zip").write_bytes(b"")
    said = "ImageFolder: left out 2 files that are no images of a known format: 'cat/a.npy'"
    with pytest.warns(DataWarning) as caught:
        ImageFolder(str(tmp_path)).load(0)
    assert [str(warning.message) for warning in caught] == [said]


@pytest.mark.parametrize("file", [None, "a.npy", "deeper/a.heic"])
@pytest.mark.parametrize("part", ["", "train/", "test/"])
def test_a_class_folder_without_an_image_is_refused(tmp_path, file, part):
    for folder in ("train", "test") if part else ("",):
        write(tmp_path / folder)
    empty = tmp_path / part / "bird"
    empty.mkdir()
    if file:
        (empty / file).parent.mkdir(exist_ok=True)
        (empty / file).write_text("")
    assert fails(tmp_path) == (
        f"ImageFolder: the class folder '{part}bird' holds no image that is read; fill it, or remove it"
    )


def test_a_class_left_empty_is_refused_where_one_class_alone_is_left(tmp_path):
    write(tmp_path)
    for file in (tmp_path / "dog").iterdir():
        file.rename(file.with_suffix(".npy"))
    said = "ImageFolder: the class folder 'dog' holds no image that is read; fill it, or remove it"
    assert fails(tmp_path) == said


def test_a_part_without_an_image_is_refused(tmp_path):
    write(tmp_path / "train")
    (tmp_path / "test").mkdir()
    (tmp_path / "notes").mkdir()
    assert fails(tmp_path) == "ImageFolder: the folder 'test' holds no image that is read; fill it, or remove it"
