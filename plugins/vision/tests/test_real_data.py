"""Real data of others, where it is there: USPS, and CIFAR-10 as JPEG."""

from pathlib import Path

import numpy as np
import pytest
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.datasets.folder import read_images
from fgspace_vision.datasets.npz import Npz
from fgspace_vision.evaluator import ImageClassification

DATA = Path(__file__).parents[4] / "shared" / "data"


def needs(name: str) -> str:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in ../shared/data")
    return str(DATA / name)


def test_digits_are_cut_class_by_class():
    splits = Digits().load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (1151, 287, 359)
    assert splits.input_shape == Digits.input_shape == (1, 8, 8)
    assert splits.train.images.max() == 16


def test_usps_is_read_and_learnt():
    dataset = Npz(needs("usps/usps.npz"))
    splits = dataset.load(0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (6564, 727, 2007)
    network = {
        "type": "FineGrainedSpace",
        "modules": ["conv", "relu", "pool", "flatten", "head"],
        "conv": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
        "relu": {"type": "ReLU"},
        "pool": {"type": "MaxPool2d", "kernel_size": 2},
        "flatten": {"type": "Flatten"},
        "head": {"type": "Linear", "out_features": 10},
    }
    assert ImageClassification(dataset=dataset, epochs=1, device="cpu")(network)["accuracy"] > 0.9


def test_the_test_images_of_cifar10_as_jpeg_are_read_from_their_zip():
    parts, classes = read_images("Cifar10", needs("cifar10-jpeg/cifar10_jpeg_test.zip"))
    assert parts["test"].images.shape == (10_000, 3, 32, 32)
    assert np.bincount(parts["test"].labels).tolist() == [1000] * 10
    assert (classes[0], classes[9]) == ("airplane", "truck")
