"""Given input widths: true as written, following at every other point, wherever in a description they stand."""

import fgspace
import pytest
from fgspace import DescriptionError


def widths(*, second=8, third=6):
    """Return a space of which the first width is searched, with the second and third given in a list and an option."""
    return fgspace.space(
        {
            "type": "FineGrainedSpace",
            "hyper_parameters": {"one.out_channels": [8, 16]},
            "modules": ["one", "two", "three"],
            "one": {"type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 1, "bias": False},
            "two": {
                "type": "Sequential",
                "modules": [
                    {"type": "Identity"},
                    {"type": "Conv2d", "in_channels": second, "out_channels": 6, "kernel_size": 1, "bias": False},
                ],
            },
            "three": {
                "choice": [
                    {"type": "Conv2d", "in_channels": third, "out_channels": 5, "kernel_size": 1, "bias": False},
                    {"type": "ReLU"},
                ]
            },
        },
        input_shape=(3, 4, 4),
    )


def test_widths_in_lists_and_in_options_follow_the_part_before():
    space = widths()
    assert space.cost({"one.out_channels": 8, "three": "Conv2d"})["params"] == 3 * 8 + 8 * 6 + 6 * 5
    assert space.cost({"one.out_channels": 16, "three": "Conv2d"})["params"] == 3 * 16 + 16 * 6 + 6 * 5
    assert space.cost({"one.out_channels": 16, "three": "ReLU"})["params"] == 3 * 16 + 16 * 6
    description = space.at({"one.out_channels": 16, "three": "Conv2d"})
    parts = description["one"], description["two"]["modules"][1], description["three"]
    assert [part["in_channels"] for part in parts] == ["auto"] * 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"second": 9}, "two.Conv2d_1.in_channels: is 9, but Identity_0 puts out 8; write auto, or 8"),
        ({"third": 7}, "three.in_channels: is 7, but two puts out 6; write auto, or 6"),
    ],
)
def test_widths_in_lists_and_in_options_are_checked_as_they_are_written(given, message):
    with pytest.raises(DescriptionError) as raised:
        widths(**given)
    assert str(raised.value) == message


def test_a_width_that_is_searched_itself_is_not_overruled_and_an_alias_stays_one_hyper_parameter():
    width = {"choice": [8, 12]}
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["one", "two"],
            "one": {"type": "Conv2d", "out_channels": width, "kernel_size": 1, "bias": False},
            "two": {"type": "Conv2d", "in_channels": width, "out_channels": width, "kernel_size": 1, "bias": False},
        },
        input_shape=(3, 4, 4),
    )
    assert list(space.hyper_parameters) == ["one.out_channels"]
    assert space.at({"one.out_channels": 12})["two"] == {
        **{"type": "Conv2d", "in_channels": 12, "out_channels": 12},
        **{"kernel_size": 1, "bias": False},
    }
    assert space.cost({"one.out_channels": 12})["params"] == 3 * 12 + 12 * 12
