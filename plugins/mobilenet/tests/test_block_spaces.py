"""Block spaces: the blocks that halve, the tokens of each block, and combinations with other parts."""

from random import Random

import fgspace
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = (3, 32, 32)
MASK = [0, 1, 1, 1, 1, 0, 1, 0]
NO_28 = {"input_size": 224, "output_size": 32, "block_num": 10}


def units(space, point):
    """Return the type and output shape of each layer of the network at a point."""
    return [(row.type, row.out_shape) for row in space.network.layers(space.at(point), SMALL)]


def test_initial_blocks_that_halve_the_size_double_the_width():
    space = fgspace.space({"type": "MobileNetV2BlockSpace", "block_mask": [0, 1, 0, 1]})
    norms = [shape for kind, shape in units(space, space.initial) if kind == "BatchNorm2d"]
    assert norms[2::3] == [(16, 32, 32), (32, 16, 16), (32, 16, 16), (64, 8, 8)]


@pytest.mark.parametrize(("name", "each"), [("MobileNetV1BlockSpace", 3), ("MobileNetV2BlockSpace", 4)])
def test_a_token_changes_only_its_own_block(name, each):
    """In the reference, ten blocks read seven groups of tokens: some twice, some never."""
    space = fgspace.space({"type": name, "input_size": 32, "output_size": 4, "block_num": 10})
    for block in range(10):
        tokens = [*space.init_tokens]
        tokens[each * block + each - 1] = 1
        model = space.build(space.decode(tokens), init=False)
        convolutions = [(path, module) for path, module in model.named_modules() if hasattr(module, "kernel_size")]
        five = [path for path, module in convolutions if module.kernel_size == (5, 5)]
        assert len(five) == 1
        assert f"block_{block}." in five[0]


@pytest.mark.parametrize("name", ["MobileNetV1BlockSpace", "MobileNetV2BlockSpace"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_blocks_halve_the_size_where_the_mask_has_a_one(name, seed):
    space = fgspace.space({"type": name, "block_mask": MASK})
    point = space.sample(Random(seed))
    assert space.network.cost(space.at(point), (3, 64, 96)).output_shape[1:] == (2, 3)


def test_an_unreachable_output_size_warns_once():
    with pytest.warns(UserWarning, match="cannot be halved") as warnings:
        assert output_size_of_initial(fgspace.space([("MobileNetV2BlockSpace", NO_28)])) == (28, 28)
    assert [str(warning.message) for warning in warnings] == [
        "input_size 224 cannot be halved to 32; 28 is taken, of 224, 112, 56, 28, 14, 7, 4, 2, 1"
    ]


def output_size_of_initial(space):
    return space.network.cost(space.at(space.initial), (3, 224, 224)).output_shape[1:]


def test_an_unreachable_output_size_is_an_error_if_strict():
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space({"type": "MobileNetV2BlockSpace", **NO_28, "strict": True})
    assert str(raised.value) == ("input_size 224 cannot be halved to 32; take one of 224, 112, 56, 28, 14, 7, 4, 2, 1")


def test_spaces_are_chained_and_widths_follow():
    rows = [
        {"type": "MobileNetV2BlockSpace", "block_mask": [1, 0]},
        {"type": "MobileNetV1BlockSpace", "block_mask": [0, 1], "num_class": 7},
    ]
    space = fgspace.space(rows)
    tables = [fgspace.space(row).range_table for row in rows]
    assert space.range_table == [bound for table in tables for bound in table]
    point = space.sample(Random(0))
    assert space.build(point, SMALL).eval()(torch.rand(2, *SMALL)).shape == (2, 7)


def test_a_space_can_be_one_part_of_a_network():
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["stem", "body", "head"],
            "stem": {"type": "ConvNorm", "outchannel": 8, "kernel": 3},
            "body": {"type": "MobileNetV2BlockSpace", "block_mask": [0, 1]},
            "head": {"type": "MobileNetHead", "num_class": 5},
        }
    )
    assert all(path.startswith("body.") for path in space.hyper_parameters)
    assert space.build(space.sample(Random(0)), SMALL).eval()(torch.rand(2, *SMALL)).shape == (2, 5)
