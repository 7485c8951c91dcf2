"""The record of what a network expects: what it takes, how it is written, and what it refuses."""

import re

import pytest
from fgspace import DescriptionError, Expected, Preprocessing, space
from fgspace.config.loading import load


def test_one_number_that_is_given_leaves_the_others_neutral():
    given = Preprocessing(scale="1/255")
    assert (given.scale, given.mean, given.deviation) == (1 / 255, 0.0, 1.0)
    assert given.means(3) == (0.0, 0.0, 0.0)
    assert not given.standardises


def test_without_numbers_they_are_those_of_the_training_part():
    assert Preprocessing.of(None) == Preprocessing.of("standardise") == Preprocessing()
    assert Preprocessing(size=32).standardises
    assert not Preprocessing.of("none").standardises


@pytest.mark.parametrize(
    "written",
    [
        {"size": [8, 9], "channels": "grey", "scale": 0.5, "mean": [1.0], "deviation": [2.0]},
        {"size": 40, "crop": [32, 32], "channels": "BGR", "scale": 1.0, "mean": 0.0, "deviation": 1.0},
        {"interpolation": "nearest"},
    ],
)
def test_what_is_recorded_is_read_back_equal(written):
    made = Preprocessing.of(written)
    assert Preprocessing.of(made.plain()) == made
    assert made.plain() == {"interpolation": "bicubic", **written}
    assert Expected.of(Expected(made, ("a", "b")).plain()) == Expected(made, ("a", "b"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"size": 0}, "preprocessing.size: expected a number of pixels, or [height, width]; got 0"),
        ({"crop": [3, 4, 5]}, "preprocessing.crop: expected a number of pixels, or [height, width]; got [3, 4, 5]"),
        ({"scale": "1/0"}, "preprocessing.scale: expected a number above 0 or a fraction such as 1/255, got '1/0'"),
        ({"scale": [1]}, "preprocessing.scale: expected a number above 0 or a fraction such as 1/255, got [1]"),
        ({"mean": "x"}, "preprocessing.mean: expected a number, or one for each channel; got 'x'"),
        (
            {"deviation": [1, 0]},
            "preprocessing.deviation: expected a number above 0, or one for each channel; got [1, 0]",
        ),
        (
            {"skale": 1},
            "preprocessing: expected standardise, none, or a mapping of size, crop, channels, interpolation, scale, "
            "mean, deviation; got {'skale': 1}",
        ),
    ],
)
def test_another_value_is_refused(written, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Preprocessing.of(written)


def test_numbers_for_other_channels_are_refused():
    with pytest.raises(ValueError, match=r"^preprocessing.mean: holds 3 numbers, but an image has 1 channel$"):
        Preprocessing(mean=(1, 2, 3)).means(1)


NETWORK = {"modules": ["flatten"], "flatten": {"type": "Flatten"}, "input_shape": [1, 2, 2]}


def test_a_file_brings_what_its_network_expects():
    expects = {"preprocessing": {"scale": "1/255"}, "classes": ["cat", "dog"]}
    experiment = load({"search_space": NETWORK, "expects": expects})
    assert experiment.expects == Expected(Preprocessing(scale=1 / 255), ("cat", "dog"))
    assert experiment.space == space({"search_space": NETWORK})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("raw", "expects: expected a mapping of preprocessing and classes, got 'raw'"),
        ({"classes": "cat"}, "expects: classes: expected a list of names, got 'cat'"),
        (
            {"preprocessing": {"size": 0}},
            "expects: preprocessing.size: expected a number of pixels, or [height, width]; got 0",
        ),
    ],
)
def test_a_file_that_expects_something_else_is_refused(written, said):
    with pytest.raises(DescriptionError) as caught:
        load({"search_space": NETWORK, "expects": written})
    assert str(caught.value) == said
