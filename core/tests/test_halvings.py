"""The halvings of block spaces: given, spread evenly, and the errors for impossible ones."""

import re
from itertools import pairwise

import pytest
from fgspace.spaces.halvings import (
    block_order,
    doubling_widths,
    group_widths,
    halving_mask,
    halvings_between,
    reachable_sizes,
    spread,
)
from hypothesis import given
from hypothesis import strategies as st

NO_BLOCKS_SAID = "cannot tell which blocks halve; give block_mask, or "


def test_a_mask_is_taken_as_it_is_written():
    assert halving_mask([0, 1, 1, 1, 1, 0, 1, 0]) == (0, 1, 1, 1, 1, 0, 1, 0)


def test_sizes_and_a_mask_that_agree_are_taken_together():
    assert halving_mask([0, 1, 1], input_size=32, output_size=8, block_num=3) == (0, 1, 1)


@pytest.mark.parametrize(
    ("input_size", "output_size", "block_num", "mask"),
    [
        (224, 28, 10, (1, 0, 0, 1, 0, 0, 1, 0, 0, 0)),
        (224, 7, 5, (1, 1, 1, 1, 1)),
        (32, 8, 5, (1, 0, 1, 0, 0)),
        (32, 16, 4, (1, 0, 0, 0)),
        (32, 32, 3, (0, 0, 0)),
        (7, 1, 3, (1, 1, 1)),
        (1, 1, 1, (0,)),
    ],
)
def test_halvings_are_spread_evenly_over_the_blocks(input_size, output_size, block_num, mask):
    assert halving_mask(input_size=input_size, output_size=output_size, block_num=block_num) == mask


def test_an_odd_size_is_halved_upwards():
    assert reachable_sizes(224) == [224, 112, 56, 28, 14, 7, 4, 2, 1]


def test_a_size_that_cannot_be_met_is_replaced_by_the_nearest_with_one_warning():
    with pytest.warns(UserWarning, match="cannot be halved") as warnings:
        mask = halving_mask(input_size=224, output_size=32, block_num=10)
    assert sum(mask) == 3
    assert [str(warning.message) for warning in warnings] == [
        "input_size 224 cannot be halved to 32; 28 is taken, of 224, 112, 56, 28, 14, 7, 4, 2, 1"
    ]


def test_of_two_sizes_equally_near_the_larger_is_taken():
    with pytest.warns(UserWarning, match="^input_size 16 cannot be halved to 6; 8 is taken, of 16, 8, 4, 2, 1$"):
        assert halvings_between(16, 6) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, NO_BLOCKS_SAID + "input_size, output_size, block_num"),
        ({"input_size": 32}, NO_BLOCKS_SAID + "output_size, block_num"),
        ({"input_size": 32, "output_size": 8}, NO_BLOCKS_SAID + "block_num"),
        ({"block_mask": []}, "block_mask is empty; write one 0 or 1 a block"),
        ({"block_mask": [0, 2]}, "block_mask holds 0 and 1 only, but element 1 is 2"),
        ({"block_mask": [True, 0]}, "block_mask holds 0 and 1 only, but element 0 is True"),
        ({"block_mask": ["1"]}, "block_mask holds 0 and 1 only, but element 0 is '1'"),
        (
            {"block_mask": [0, 1], "block_num": 3},
            "block_mask has 2 elements, but block_num is 3; leave one of the two out",
        ),
        (
            {"block_mask": [0, 1], "input_size": 32, "output_size": 8},
            "input_size 32 to output_size 8 takes 2 halvings, but block_mask has 1; leave the mask or the sizes out",
        ),
        (
            {"input_size": 224, "output_size": 7, "block_num": 3},
            "5 halvings need at least 5 blocks, but block_num is 3",
        ),
        ({"input_size": 32, "output_size": 32, "block_num": 0}, "block_num is 0; it must be at least 1"),
        ({"input_size": 0, "output_size": 1, "block_num": 1}, "input_size is 0; it must be at least 1"),
        ({"input_size": 8, "output_size": -1, "block_num": 1}, "output_size is -1; it must be at least 1"),
        (
            {"input_size": 8, "output_size": 16, "block_num": 1},
            "output_size 16 is larger than input_size 8; blocks only halve",
        ),
        (
            {"input_size": 224, "output_size": 32, "block_num": 10, "strict": True},
            "input_size 224 cannot be halved to 32; take one of 224, 112, 56, 28, 14, 7, 4, 2, 1",
        ),
    ],
)
def test_what_cannot_be_is_said(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        halving_mask(**arguments)


@given(times=st.integers(0, 40), more=st.integers(0, 40))
def test_stages_differ_by_one_block_at_most(times, more):
    blocks = times + more + 1
    mask = spread(times, blocks)
    assert len(mask) == blocks
    assert sum(mask) == times
    starts = [index for index, halves in enumerate(mask) if halves]
    lengths = [after - before for before, after in pairwise([*starts, blocks])]
    assert max(lengths, default=0) - min(lengths, default=0) <= 1
    assert not starts or starts[0] == 0


@given(size=st.integers(1, 5000), data=st.data())
def test_every_reachable_size_is_met_exactly(size, data):
    output_size = data.draw(st.sampled_from(reachable_sizes(size)))
    halved = size
    for _ in range(halvings_between(size, output_size, strict=True)):
        halved = (halved + 1) // 2
    assert halved == output_size


def test_widths_double_where_the_size_halves():
    assert doubling_widths((0, 1, 0, 1), 16) == [16, 32, 32, 64]


def test_each_block_reads_a_group_of_tokens_of_its_own():
    assert block_order((0, 1, 1)) == ((0, 0), (1, 1), (2, 1))


@pytest.mark.parametrize(
    ("halved", "blocks", "order"),
    [
        (3, 10, "0v 0 3 1v 1 4 2v 2 5 8"),
        (3, 6, "0v 0 1v 1 2v 2"),
        (2, 5, "0v 0 1v 1 3"),
        (3, 5, "0v 1v 1 2v 2"),
        (3, 3, "0v 1v 2v"),
        (1, 4, "0v 0 1 2"),
    ],
)
def test_as_published_blocks_share_groups_of_tokens(halved, blocks, order):
    """The orders of PaddleSlim; v marks a block that halves. Groups that no block reads have no effect."""
    expected = tuple((int(word.rstrip("v")), int(word.endswith("v"))) for word in order.split())
    assert block_order(spread(halved, blocks), as_published=True) == expected


def test_without_a_halving_there_is_no_published_order():
    message = "as_published needs an output_size below input_size; PaddleSlim builds no other network"
    with pytest.raises(ValueError, match=f"^{message}$"):
        block_order((0, 0), as_published=True)


def test_a_group_has_the_width_of_the_first_block_that_reads_it():
    assert group_widths(block_order((0, 1, 0, 1)), 16) == doubling_widths((0, 1, 0, 1), 16)
    assert group_widths(((0, 1), (0, 0), (2, 1), (2, 0)), 16) == [32, 16, 64, 16]
