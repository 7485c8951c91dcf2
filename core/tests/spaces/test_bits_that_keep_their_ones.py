"""A plain list of bits keeps its number of ones if the parameter's declared domain requires it."""

from random import Random
from typing import Annotated

import fgspace
import pytest
from fgspace import FineGrainedSpace, Int, InWidth, Searched, nn


@pytest.fixture(scope="module", autouse=True)
def types():
    @fgspace.register("KeepingRows")
    class KeepingRows(FineGrainedSpace):
        """A convolution for each bit, twice as wide if the bit is 1."""

        def constructor(
            self,
            in_channels: InWidth,
            wide: Annotated[list[int], Searched(Int(0, 1), keeps_ones=True)],
            free: Annotated[list[int], Searched(Int(0, 1))] = (),
        ) -> None:
            for index, bit in enumerate(wide):
                self.add(f"conv{index}", nn.Conv2d(in_channels, in_channels * (1 + bit), 1))
                in_channels *= 1 + bit


def space(**hyper_parameters):
    return fgspace.space(
        {
            "type": "FineGrainedSpace",
            "hyper_parameters": {f"rows.{name}": value for name, value in hyper_parameters.items()},
            "modules": ["rows"],
            "rows": {"type": "KeepingRows", "wide": [1, 0, 1, 0], "free": [0, 1, 1]},
        }
    )


def ones(space, path):
    return {sum(space.sample(Random(seed))[path]) for seed in range(50)}


@pytest.mark.parametrize("written", [[0, 0, 1, 1], None])
def test_a_plain_list_and_the_declared_domain_keep_the_number_of_ones(written):
    searched = space(wide=written)
    assert searched.size == 6
    assert ones(searched, "rows.wide") == {2}
    assert searched.initial["rows.wide"] == (written or [1, 0, 1, 0])


def test_the_number_of_ones_is_that_of_the_given_list():
    assert ones(space(wide=[0, 1, 1, 1]), "rows.wide") == {3}


def test_a_long_form_and_a_parameter_that_keeps_nothing_are_free():
    assert space(wide={"bits": 4}).size == 16
    assert space(free=[0, 1, 1]).size == 8


def test_how_the_list_was_understood_is_told():
    assert space(wide=[0, 0, 1, 1], free=[0, 1, 1]).forms == {
        "rows.free": "vector that starts at the given value",
        "rows.wide": "vector that starts at the given value and keeps its number of ones",
    }
