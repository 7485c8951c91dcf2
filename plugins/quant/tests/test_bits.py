"""Which layer has how many bits, and what is said of lists and names that do not fit."""

import re

import pytest
from fgspace_quant.bits import Bits, assign
from hypothesis import given
from hypothesis import strategies as st

LAYERS = ["stem", "block.conv1", "block.conv2", "head"]
INDEXED = "0 'stem', 1 'block.conv1', 2 'block.conv2', 3 'head'"
EXPECTED = "expected 4 values, one a layer, or 2, for all but the first and the last"


def widths(weights, activations=8, first_last=None):
    found = assign(LAYERS, weights, activations, first_last).bits
    return [(bits.weight, bits.activation) for bits in found.values()]


def test_a_number_is_for_every_layer_and_the_ends_have_at_least_eight_bits():
    assert widths(4, 2) == [(8, 8), (4, 2), (4, 2), (8, 8)]
    assert widths(32, 32) == [(32, 32)] * 4


@pytest.mark.parametrize(
    ("first_last", "ends"), [("8bit", (8, 8)), ("fp32", (32, 32)), ("same", (4, 2))], ids=["8bit", "fp32", "same"]
)
def test_the_ends_of_a_number_are_as_first_last_says(first_last, ends):
    assert widths(4, 2, first_last) == [ends, (4, 2), (4, 2), ends]


def test_a_list_with_one_value_a_layer_says_all():
    assert widths([2, 3, 4, 5], [5, 4, 3, 2]) == [(2, 5), (3, 4), (4, 3), (5, 2)]


def test_a_list_without_the_ends_means_what_it_meant_to_the_originals():
    found = assign(LAYERS, [4, 2], [8, 4])
    assert found.problems == ()
    assert found.bits == {
        "stem": Bits(32, 32, skipped=True),
        "block.conv1": Bits(4, 8),
        "block.conv2": Bits(2, 4),
        "head": Bits(32, 32, skipped=True),
    }


def test_a_number_beside_such_a_list_leaves_the_ends_out_too():
    assert widths([4, 2], 8) == [(32, 32), (4, 8), (2, 8), (32, 32)]


def test_first_last_stands_over_what_such_a_list_means():
    assert widths([4, 2], [2, 2], "8bit") == [(8, 8), (4, 2), (2, 2), (8, 8)]
    assert widths([4, 2], [2, 3], "same") == [(4, 2), (4, 2), (2, 3), (2, 3)]


def test_a_mapping_names_layers_or_parts_and_leaves_the_rest_float():
    assert widths({"block": 4, "block.conv2": 2, "head": 8}, {"block.conv1": 3}) == [
        (32, 32),
        (4, 3),
        (2, 32),
        (8, 32),
    ]


def test_a_longer_list_has_a_surplus_that_is_named():
    found = assign(LAYERS, [4, 2, 3], 8)
    assert found.problems == (
        f"nbit_w_list: {EXPECTED}, got 3; surplus: [2] = 3; the layers are 0 'block.conv1', 1 'block.conv2'",
    )
    assert found.bits["block.conv2"] == Bits(2, 8)


@pytest.mark.parametrize(
    ("weights", "activations", "message"),
    [
        ([4], 8, f"nbit_w_list: {EXPECTED}, got 1; the layers are {INDEXED}"),
        (8, [], f"nbit_a_list: {EXPECTED}, got 0; the layers are {INDEXED}"),
        ({"block.conv": 8}, 8, "nbit_w_list: 'block.conv' is no layer; did you mean 'block.conv2'?"),
        (8, {"x": 8}, f"nbit_a_list: 'x' is no layer; the layers are {INDEXED}"),
    ],
)
def test_what_does_not_fit_is_said_with_every_layer(weights, activations, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        assign(LAYERS, weights, activations)


def test_a_single_layer_is_first_and_last():
    assert assign(["only"], 4, 4).bits == {"only": Bits(8, 8)}
    assert assign([], 4, 4).bits == {}


@given(st.lists(st.sampled_from((2, 4, 8)), min_size=4, max_size=4), st.integers(0, 3))
def test_every_value_of_a_list_reaches_its_layer(values, changed):
    other = list(values)
    other[changed] = 32
    before, after = assign(LAYERS, values, 8).bits, assign(LAYERS, other, 8).bits
    assert [name for name in LAYERS if before[name] != after[name]] == [LAYERS[changed]]
