"""Sequences of blocks: widths, sizes and counts for any bits, stages and items."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

BLOCKS = {"BasicBlock": 1, "BottleneckBlock": 4}


@st.composite
def variant_layers(draw):
    bits = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=6))
    return {
        "type": "VariantLayer",
        "in_plane": draw(st.sampled_from([4, 6, 8])),
        "doublechannel": [double for double, _ in bits],
        "downsample": [down for _, down in bits],
        "block": {"type": draw(st.sampled_from(sorted(BLOCKS)))},
    }


@settings(max_examples=40)
@given(variant_layers())
def test_a_variant_layer_doubles_and_halves_where_its_bits_are_set(network, measured, layer):
    shape = (layer["in_plane"], 64, 64)
    width = layer["in_plane"] * 2 ** sum(layer["doublechannel"]) * BLOCKS[layer["block"]["type"]]
    size = 64 // 2 ** sum(layer["downsample"])
    cost = network.cost(layer, shape)
    assert cost.output_shape == (width, size, size)
    with torch.device("meta"):
        module = network.build(layer, shape)
    assert measured(module, shape) == (cost.params, cost.macs, cost.output_shape)


@settings(max_examples=40)
@given(variant_layers())
def test_a_correct_declared_width_changes_nothing(network, layer):
    shape = (layer["in_plane"], 64, 64)
    cost = network.cost(layer, shape)
    expansion = BLOCKS[layer["block"]["type"]]
    declared = layer | {"out_plane": cost.output_shape[0], "expansion": expansion}
    assert network.cost(declared, shape) == cost


def test_a_variant_layer_passes_groups_to_its_blocks(network):
    layer = {"type": "VariantLayer", "in_plane": 64, "doublechannel": [0], "downsample": [0]}
    layer |= {"block": {"type": "BottleneckBlock"}, "groups": 32, "base_width": 4}
    bound = layer | {"block": {"type": "BottleneckBlock", "groups": 32, "base_width": 4}}
    del bound["groups"], bound["base_width"]
    assert network.cost(layer, (64, 8, 8)) == network.cost(bound, (64, 8, 8))


def test_stages_double_from_the_input_width(network):
    layer = {"type": "BasicLayer", "in_plane": 8, "block": {"type": "BasicBlock"}, "layer_reps": [1, 2, 1]}
    assert network.cost(layer, (8, 16, 16)).output_shape == (32, 4, 4)


def test_items_without_inchannel_follow_the_block_before(network):
    layer = {"type": "BasicLayer", "in_plane": 8, "block": {"type": "BottleneckBlock"}, "layer_reps": 3}
    items = {"outchannel": [4, 4, 8], "stride": [1, 1, 2]}
    chained = network.cost(layer | {"items": items}, (8, 16, 16))
    assert chained.output_shape == (32, 8, 8)
    assert chained == network.cost(layer | {"items": items | {"inchannel": [8, 16, 16]}}, (8, 16, 16))


def test_a_single_value_in_items_holds_for_all_blocks(network):
    layer = {"type": "BasicLayer", "in_plane": 8, "block": {"type": "BasicBlock"}, "layer_reps": [1, 1]}
    shared = network.cost(layer | {"items": {"outchannel": 8, "stride": 2}}, (8, 16, 16))
    assert shared == network.cost(layer | {"items": {"outchannel": [8, 8], "stride": [2, 2]}}, (8, 16, 16))
    assert shared.output_shape == (8, 4, 4)


def test_the_lengths_of_items_give_the_number_of_blocks_of_a_resnet(network):
    items = {"outchannel": [64, 128, 128], "stride": [1, 2, 1]}
    alone = network.cost({"type": "ResNet", "depth": 18, "items": items}, (3, 32, 32))
    counted = network.cost({"type": "ResNet", "depth": 18, "items": items, "num_reps": 3}, (3, 32, 32))
    assert alone == counted
