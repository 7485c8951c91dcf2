"""Options of a choice may contain domains, whether they are mappings, domains or values."""

from random import Random

import fgspace
import pytest
from fgspace.documents.reader import read_text

OPTIMIZER = {
    "choice": [
        {"type": "Adam", "lr": {"float": [1e-5, 0.1], "log": True}},
        {"type": "SGD", "lr": 0.1, "momentum": {"float": [0, 0.99]}},
    ]
}
MASKS = {"choice": [{"bits": 8, "ones": 3}, {"bits": 8, "ones": 4}]}


def points(space):
    return [space.sample(Random(seed)) for seed in range(30)]


def test_an_option_of_a_space_without_modules_has_its_own_hyper_parameters():
    space = fgspace.space({"search_space": {"optimizer": OPTIMIZER}})
    assert list(space.hyper_parameters) == ["optimizer", "optimizer.Adam.lr", "optimizer.SGD.momentum"]
    for point in points(space):
        described = space.at(point)["optimizer"]
        assert space.decode(space.encode(point)) == point
        assert set(described) == ({"type", "lr"} if described["type"] == "Adam" else {"type", "lr", "momentum"})
    assert {point["optimizer"] for point in points(space)} == {"Adam", "SGD"}


def test_a_choice_of_domains_has_the_points_of_each():
    space = fgspace.space({"search_space": {"mask": MASKS}})
    assert space.size == 56 + 70
    ones = {sum(space.at(point)["mask"]) for point in space.enumerate()}
    assert (ones, len({space.key(point) for point in space.enumerate()})) == ({3, 4}, 126)


@pytest.mark.parametrize("text", ["{hyper_parameters: {a: [1, 2, 3]}}", "{type: FineGrainedSpace, a: {int: [1, 3]}}"])
def test_a_space_that_names_no_type_is_one_of_the_values_it_lists(text):
    assert fgspace.space(read_text(f"search_space: {text}\n", "space.yaml")).size == 3


def test_a_space_that_names_no_type_may_list_modules():
    space = fgspace.space({"modules": ["a"], "a": {"type": "Conv2d", "out_channels": 4, "kernel_size": [1, 3]}})
    named = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["a"],
            "a": {"type": "Conv2d", "out_channels": 4, "kernel_size": [1, 3]},
        }
    )
    assert space == named


def test_definitions_are_there_to_be_anchored():
    text = """\
definitions:
  width: &width {int: [8, 64, 8]}
search_space:
  type: FineGrainedSpace
  modules: [a, b]
  a: {type: Conv2d, out_channels: *width, kernel_size: 1}
  b: {type: Conv2d, out_channels: *width, kernel_size: 1}
"""
    assert list(fgspace.space(read_text(text, "space.yaml")).hyper_parameters) == ["a.out_channels"]
