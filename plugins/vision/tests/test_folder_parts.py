"""Which folders are parts and which are classes, by their names; links, and zips named as parts."""

import shutil
from pathlib import Path

import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.folder import ImageFolder
from PIL import Image


def write(folder: Path, each: int, classes: tuple[str, ...] = ("cat", "dog")) -> None:
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            Image.new("RGB", (6, 4), (100 * label, number, 0)).save(folder / name / f"{number}.png")


def sizes(where: Path) -> tuple[int, int, int]:
    splits = ImageFolder(str(where)).load(0)
    assert splits.classes == ("cat", "dog")
    return len(splits.train), len(splits.validation), len(splits.test)


def fails(where: Path) -> str:
    with pytest.raises(FgspaceError) as caught:
        ImageFolder(str(where)).load(0)
    return str(caught.value)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Train", "Test"),
        ("seg_train", "seg_test"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("asl_alphabet_train", "asl_alphabet_test"),
        ("TrainingSet", "TestSet"),
        ("trainset", "testset"),
        ("train_images", "test"),
        ("train2017", "test2017"),
        ("train/images", "test/images"),
    ],
)
def test_parts_are_known_in_any_usual_spelling(tmp_path, train, test):
    write(tmp_path / train, 10)
    write(tmp_path / test, 2)
    assert sizes(tmp_path) == (18, 2, 4)


@pytest.mark.parametrize("validation", ["dev", "VALID", "Validation", "val2017", "eval"])
def test_a_validation_part_is_known_in_any_usual_spelling(tmp_path, validation):
    write(tmp_path / "train", 10)
    write(tmp_path / validation, 3)
    assert sizes(tmp_path) == (18, 6, 2)


@pytest.mark.parametrize(
    ("part", "other"), [("train", "bus"), ("Test", "cat"), ("seg_train", "seg_pred"), ("dev", "unlabelled")]
)
def test_a_folder_that_looks_like_a_part_beside_one_that_does_not_is_refused(tmp_path, part, other):
    write(tmp_path, 10, (part, other))
    assert fails(tmp_path) == (
        f"ImageFolder: {part!r} looks like a part of the data, and {other!r} beside it does not; "
        "expected parts alone or classes alone; rename or move one of them"
    )


@pytest.mark.parametrize("folders", [("Train", "train"), ("seg_train", "test"), ("val", "validation")])
def test_folders_that_are_the_same_part_or_parts_of_other_data_are_refused(tmp_path, folders):
    for folder in folders:
        write(tmp_path / folder, 3)
    assert fails(tmp_path) == (
        f"ImageFolder: {folders[0]!r}, {folders[1]!r} look like parts of the data, expected each part once, "
        "named alike, as 'train', 'val' and 'test'; rename or move one of them"
    )


@pytest.mark.parametrize("classes", [("beaker", "test_tube"), ("freight_train", "steam_train"), ("contest", "trainer")])
def test_classes_with_such_a_word_in_their_names_stay_classes(tmp_path, classes):
    write(tmp_path, 10, classes)
    assert ImageFolder(str(tmp_path)).load(0).classes == classes


def test_a_class_that_is_tested_and_not_trained_is_refused(tmp_path):
    write(tmp_path / "train", 10)
    write(tmp_path / "test", 2, ("unknown",))
    assert fails(tmp_path) == (
        "ImageFolder: class 'unknown' is in the test part and not in the train part; "
        "expected the same class folders in each part; rename or remove it"
    )


@pytest.mark.parametrize("linked", ["train/dog", "test", "test/cat/0.png"])
def test_links_to_folders_and_files_are_followed(tmp_path, linked):
    write(tmp_path / "data" / "train", 10)
    write(tmp_path / "data" / "test", 2)
    shutil.move(tmp_path / "data" / linked, tmp_path / "elsewhere")
    (tmp_path / "data" / linked).symlink_to(tmp_path / "elsewhere")
    assert sizes(tmp_path / "data") == (18, 2, 4)


@pytest.mark.parametrize("target", [".", "train", "train/cat"])
def test_a_link_to_a_folder_around_it_is_refused(tmp_path, target):
    write(tmp_path / "train", 10)
    link = tmp_path / "train" / "cat" / "again"
    link.symlink_to(tmp_path / target)
    around = str((tmp_path / target).resolve())
    assert fails(tmp_path) == f"ImageFolder: {str(link)!r} is a link to {around!r}, which it lies in; remove the link"


@pytest.mark.parametrize("link", ["bird", "cat/lost.png"])
def test_a_link_to_nothing_is_refused(tmp_path, link):
    write(tmp_path, 10)
    (tmp_path / link).symlink_to(tmp_path / "gone")
    where = str(tmp_path / link)
    assert fails(tmp_path) == f"ImageFolder: {where!r} is a link to nothing; remove it, or make it anew"


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Pets-Train", "Pets-Test"), ("training_set", "test")])
def test_zips_named_as_parts_with_the_same_names_inside_are_these_parts(tmp_path, train, test):
    for stem, each in ((train, 10), (test, 2)):
        write(tmp_path / "work" / stem, each)
        shutil.make_archive(str(tmp_path / "zips" / stem), "zip", tmp_path / "work" / stem)
    assert sizes(tmp_path / "zips") == (18, 2, 4)


def test_zips_of_one_part_with_the_same_names_inside_are_all_read(tmp_path):
    write(tmp_path / "work", 10)
    for stem in ("a", "b"):
        shutil.make_archive(str(tmp_path / "zips" / stem), "zip", tmp_path / "work")
    assert sum(sizes(tmp_path / "zips")) == 40


def test_an_error_names_the_zip_among_several(tmp_path):
    write(tmp_path / "work", 3)
    for stem in ("a", "b"):
        shutil.make_archive(str(tmp_path / stem), "zip", tmp_path / "work")
        (tmp_path / "work" / "dog" / "0.png").write_bytes(b"no image")
    shutil.rmtree(tmp_path / "work")
    cause = "no image of a known format"
    assert fails(tmp_path) == f"ImageFolder: 'b.zip/dog/0.png' is truncated or damaged ({cause}); fetch it again"
