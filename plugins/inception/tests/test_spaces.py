"""Token spaces of inception blocks: layouts, halvings, and that every point is a network."""

import pytest
import torch
from fgspace_inception.spaces import InceptionABlockSpace, InceptionCBlockSpace
from hypothesis import given, settings
from hypothesis import strategies as st

MASK = [0, 1, 0, 1]
SPACES = {
    "A": InceptionABlockSpace(MASK),
    "A with a head": InceptionABlockSpace(input_size=16, output_size=4, block_num=3, num_class=10),
    "C": InceptionCBlockSpace(MASK),
    "C with a head": InceptionCBlockSpace(input_size=16, output_size=4, block_num=3, num_class=10),
}


def points(space):
    return st.tuples(*(st.integers(0, bound - 1) for bound in space.range_table()))


def test_an_a_block_has_9_tokens_and_a_c_block_11():
    """The reference's table of C had 9 entries a block, while its decoding read 11."""
    assert SPACES["A"].range_table() == [23, 23, 23, 23, 23, 23, 23, 2, 2] * 4
    assert SPACES["C"].range_table() == [23, 23, 23, 23, 23, 23, 23, 23, 23, 2, 2] * 4


def test_each_token_means_what_its_place_says():
    space = InceptionABlockSpace([1])
    assert space.token2arch([0, 1, 2, 3, 4, 5, 22, 1, 1])["block_0"] == {
        "type": "inception/InceptionABlock",
        "channels": [3, 4, 8, 12, 16, 24, 1024],
        "kernel": 5,
        "pool": "max",
        "stride": 2,
    }


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_the_initial_tokens_lie_in_the_range_table(space):
    pairs = zip(space.init_tokens(), space.range_table(), strict=True)
    assert all(0 <= token < bound for token, bound in pairs)


@pytest.mark.parametrize("space", [SPACES["A"], SPACES["C"]], ids=["A", "C"])
def test_a_mask_really_halves(network, space):
    """In the reference a mask on 224x224 put out 224x224."""
    assert network.cost(space.token2arch(space.init_tokens()), (3, 224, 224)).output_shape[1:] == (56, 56)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_every_point_builds_and_counts_as_it_runs(network, measured, space, data):
    description = space.token2arch(data.draw(points(space)))
    cost = network.cost(description, (3, 16, 16))
    with torch.device("meta"):
        model = network.build(description, (3, 16, 16))
    assert (cost.params, cost.macs, cost.output_shape) == measured(model, (3, 16, 16))
