"""Token spaces of inception blocks: layouts and halvings; and every point builds a network."""

from functools import cache
from random import Random

import fgspace
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPE = (3, 16, 16)
MASKED = {"block_mask": [0, 1, 0, 1]}
SIZED = {"input_size": 16, "output_size": 4, "block_num": 3, "num_class": 10}
SPACES = {
    "A": {"type": "InceptionABlockSpace", **MASKED},
    "A with a head": {"type": "InceptionABlockSpace", **SIZED},
    "C": {"type": "InceptionCBlockSpace", **MASKED},
    "C with a head": {"type": "InceptionCBlockSpace", **SIZED},
}


@cache
def made(name):
    return fgspace.space(SPACES[name])


def test_an_a_block_has_9_tokens_and_a_c_block_11():
    """The reference's table of C had 9 entries a block, while its decoding read 11."""
    assert made("A").range_table == [23, 23, 23, 23, 23, 23, 23, 2, 2] * 4
    assert made("C").range_table == [23, 23, 23, 23, 23, 23, 23, 23, 23, 2, 2] * 4


@pytest.mark.parametrize(
    ("kind", "channels"), [("A", [3, 4, 8, 12, 16, 24, 1024]), ("C", [3, 4, 8, 12, 16, 24, 32, 48, 1024])]
)
def test_each_token_sets_the_parameter_of_its_place(kind, channels):
    space = fgspace.space({"type": f"Inception{kind}BlockSpace", "block_mask": [1]})
    tokens = [*range(len(channels) - 1), 22, 1, 1]
    block = {"type": f"Inception{kind}Block", "channels": channels, "kernel": 5, "pool": "max", "stride": 2}
    one = fgspace.space({"type": "FineGrainedSpace", "modules": [block]})
    assert space.cost(space.decode(tokens), SHAPE) == one.cost(input_shape=SHAPE)


@pytest.mark.parametrize("name", ["A", "C"])
def test_each_one_in_a_mask_halves_the_size(name):
    """In the reference, the output for 224x224 is 224x224 with any mask."""
    space = made(name)
    assert space.network.cost(space.at(space.initial), (3, 224, 224)).output_shape[1:] == (56, 56)


@pytest.mark.parametrize("name", SPACES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_every_point_builds_and_counts_as_it_runs(measured, name, seed):
    space = made(name)
    point = space.sample(Random(seed))
    tokens = space.encode(point)
    assert space.decode(tokens) == point
    assert all(0 <= token < bound for token, bound in zip(tokens, space.range_table, strict=True))
    with torch.device("meta"):
        model = space.build(point, SHAPE)
    cost = space.cost(point, SHAPE)
    assert measured(model, SHAPE)[:2] == (cost["params"], cost["macs"])


@pytest.mark.parametrize("name", SPACES)
def test_the_initial_point_runs_on_images(name):
    model = made(name).build(input_shape=SHAPE).eval()
    assert model(torch.rand(2, *SHAPE)).isfinite().all()


def test_spaces_are_chained_and_widths_follow():
    space = fgspace.space(
        [
            {"type": "InceptionABlockSpace", "block_mask": [1]},
            {"type": "InceptionCBlockSpace", "block_mask": [0], "num_class": 7},
        ]
    )
    assert space.range_table == [23] * 7 + [2, 2] + [23] * 9 + [2, 2]
    point = space.sample(Random(0))
    assert space.build(point, SHAPE).eval()(torch.rand(2, *SHAPE)).shape == (2, 7)


def test_a_space_without_a_mask_needs_sizes():
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space({"type": "InceptionABlockSpace", "input_size": 16})
    assert str(raised.value) == "cannot tell which blocks halve; give block_mask, or output_size, block_num"
