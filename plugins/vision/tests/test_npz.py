"""Arrays in an .npz file, in every form they come in."""

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.npz import Npz

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (50, 6, 5), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (50, 3, 6, 5), dtype=np.uint8)
LABELS = np.arange(50) % 5


def fails(dataset: Npz) -> str:
    with pytest.raises(FgspaceError) as caught:
        dataset.load(0)
    return str(caught.value)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (IMAGES, IMAGES[:, None]),
        (COLOUR, COLOUR),
        (COLOUR.transpose(0, 2, 3, 1), COLOUR),
        (IMAGES / 255, (IMAGES[:, None] / 255).astype(np.float32)),
    ],
)
def test_images_come_channels_first(tmp_path, stored, expected):
    np.savez(tmp_path / "data.npz", x_train=stored, y_train=LABELS, x_test=stored, y_test=LABELS)
    splits = Npz(str(tmp_path / "data.npz")).load(0)
    assert splits.input_shape == expected.shape[1:]
    np.testing.assert_array_equal(splits.test.images, expected)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (45, 5, 50)


def test_without_a_test_part_it_is_cut_from_the_images(tmp_path):
    np.savez(tmp_path / "data.npz", images=IMAGES, labels=LABELS[:, None])
    splits = Npz(str(tmp_path / "data.npz"), x_train="images", y_train="labels", test=0.2, validation=0.25).load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (30, 10, 10)


def test_sizes_that_leave_the_layout_open_are_settled_by_the_option(tmp_path):
    np.savez(tmp_path / "data.npz", x_train=np.zeros((50, 3, 7, 4), np.uint8), y_train=LABELS)
    where = str(tmp_path / "data.npz")
    assert Npz(where, layout="NHWC").load(0).input_shape == (4, 3, 7)
    assert Npz(where, layout="NCHW").load(0).input_shape == (3, 7, 4)
    assert fails(Npz(where)) == (
        "Npz: 'x_train' is of shape (50, 3, 7, 4), expected (N, H, W), (N, H, W, C) or (N, C, H, W); "
        "say which by layout: NHWC or NCHW"
    )


@pytest.mark.parametrize("shape", [(50,), (50, 30), (50, 1, 2, 3, 4)])
def test_arrays_that_are_no_images_are_refused(tmp_path, shape):
    np.savez(tmp_path / "data.npz", x_train=np.zeros(shape, np.uint8), y_train=LABELS)
    assert fails(Npz(str(tmp_path / "data.npz"))) == (
        f"Npz: 'x_train' is of shape {shape}, expected (N, H, W), (N, H, W, C) or (N, C, H, W); "
        "say which by layout: NHWC or NCHW"
    )


@pytest.mark.parametrize("labels", [LABELS[:49], LABELS / 2])
def test_labels_that_do_not_fit_the_images_are_refused(tmp_path, labels):
    np.savez(tmp_path / "data.npz", x_train=IMAGES, y_train=labels)
    assert fails(Npz(str(tmp_path / "data.npz"))) == (
        f"Npz: 'y_train' is {labels.dtype} of shape {labels.shape}, "
        "expected 50 whole numbers, one for each image of 'x_train'"
    )


def test_an_array_that_is_not_there_is_named(tmp_path):
    np.savez(tmp_path / "data.npz", images=IMAGES, labels=LABELS)
    where = str(tmp_path / "data.npz")
    assert fails(Npz(where)) == f"Npz: {where!r} holds no 'x_train', but 'images', 'labels'"
    assert fails(Npz(where, x_train="images", y_train="label")) == (
        f"Npz: {where!r} holds no 'label', but 'images', 'labels'; did you mean 'labels'?"
    )


def test_a_test_part_that_is_named_must_be_there(tmp_path):
    np.savez(tmp_path / "data.npz", x_train=IMAGES, y_train=LABELS)
    where = str(tmp_path / "data.npz")
    assert fails(Npz(where, x_test="held")) == f"Npz: {where!r} holds no 'held', but 'x_train', 'y_train'"


def test_a_file_that_is_not_there_is_named(tmp_path):
    where = str(tmp_path / "data.npz")
    advice = "write it with numpy.savez(path, x_train=..., y_train=...)"
    assert fails(Npz(where)) == f"Npz: looked in {where!r}, which is not there; expected an .npz file; {advice}"


def test_a_truncated_file_is_named(tmp_path):
    file = tmp_path / "data.npz"
    np.savez(file, x_train=IMAGES, y_train=LABELS)
    file.write_bytes(file.read_bytes()[:-100])
    assert fails(Npz(str(file))) == (
        f"Npz: {str(file)!r} is truncated or damaged (File is not a zip file); fetch it again"
    )


def test_one_array_alone_is_refused(tmp_path):
    np.save(tmp_path / "data.npy", IMAGES)
    where = str(tmp_path / "data.npy")
    cause = "it holds one array, expected an .npz of several"
    assert fails(Npz(where)) == f"Npz: {where!r} is truncated or damaged ({cause}); fetch it again"


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "data.npz", x_train=np.array([{}], dtype=object), y_train=LABELS)
    where = str(tmp_path / "data.npz")
    cause = "Object arrays cannot be loaded when allow_pickle=False"
    assert fails(Npz(where)) == f"Npz: {where!r} is truncated or damaged ({cause}); fetch it again"
