"""The error messages of this plugin's types, word for word."""

import re

import pytest
from fgspace_resnet.blocks import BasicBlock, BasicConv, BottleConv, BottleneckBlock
from fgspace_resnet.layers import BasicLayer, VariantLayer
from fgspace_resnet.networks import ResNet, ResNetVariant
from fgspace_resnet.resnext import ResNeXt, ResNeXtVariant
from fgspace_resnet.stacked import StackedConv

DEPTHS = "18, 20, 32, 34, 44, 50, 56, 101, 110, 152"
NAMES = "resnext50_32x4d, resnext101_32x8d, resnext101_64x4d"

PROBLEMS = [
    (lambda: ResNet(19), f"depth must be one of {DEPTHS}, or needs block, num_reps and items; got 19"),
    (
        lambda: ResNet(20, num_reps=9),
        "num_reps must be a list of stage lengths, each at least 1, or come with items; got 9",
    ),
    (lambda: ResNet(18, init_plane=0), "init_plane must be at least 1, or left out; got 0"),
    (
        lambda: ResNet(18, out_plane=64),
        "out_plane is 64, but the last block has outchannel 512; leave it out, or write 512",
    ),
    (
        lambda: ResNet(20, items={"outchannel": [64, 64], "stride": [1, 1, 1]}, num_reps=3),
        "items.outchannel: expected 3 values, one a block, or one value for all; got a list of 2",
    ),
    (
        lambda: ResNet(20, items={"stride": [1, 1, 1]}, num_reps=3),
        "items must say the outchannel of each block; got 'stride'",
    ),
    (
        lambda: BasicLayer(8, BasicBlock, 2, items={"inchannel": [8, 8], "outchannel": [16, 16]}),
        "items.inchannel[1] is 8, but block 0 puts out 16; leave inchannel out, or write 16",
    ),
    (
        lambda: BasicLayer(8, BottleneckBlock, 1, items={"inchannel": [9], "outchannel": [16]}),
        "items.inchannel[0] is 9, but the part before puts out 8; leave inchannel out, or write 8",
    ),
    (
        lambda: BasicLayer(8, BasicBlock, [2, 0]),
        "layer_reps must be a list of stage lengths, each at least 1, or come with items; got [2, 0]",
    ),
    (
        lambda: BasicLayer(8, BasicBlock, [2], expansion=4),
        "expansion is 4, but BasicBlock has expansion 1; leave it out, or write 1",
    ),
    (
        lambda: VariantLayer(8, [0, 1], [0], BasicBlock),
        "doublechannel and downsample must have one value a block, so as many as each other; got 2 and 1",
    ),
    (
        lambda: VariantLayer(8, [], [], BasicBlock),
        "doublechannel and downsample must have one value a block; got none",
    ),
    (lambda: VariantLayer(8, [0, 2], [0, 0], BasicBlock), "doublechannel[1] must be 0 or 1; got 2"),
    (lambda: VariantLayer(8, [0, 1], [-1, 0], BasicBlock), "downsample[0] must be 0 or 1; got -1"),
    (
        lambda: VariantLayer(8, [1], [0], BottleneckBlock, out_plane=16),
        "out_plane is 16, but the blocks put out 64; leave it out, or write 64",
    ),
    (lambda: ResNetVariant(19, 64, [0], [0]), f"base_depth must be one of {DEPTHS}; got 19"),
    (lambda: ResNetVariant(18, 64, [3], [0]), "doublechannel[0] must be 0 or 1; got 3"),
    (lambda: ResNeXt("resnext50"), f"name must be one of {NAMES}; got 'resnext50'"),
    (
        lambda: ResNeXt("resnext50_32x4d", num_reps=[]),
        "num_reps must be a list of stage lengths, each at least 1, or come with items; got []",
    ),
    (lambda: ResNeXtVariant("resnext18", 64, [0], [0]), f"name must be one of {NAMES}; got 'resnext18'"),
    (lambda: ResNet(18, items={}), "items must say the outchannel of each block; got none"),
    (lambda: ResNet(18, items={"outchannel": []}), "expected at least 1 block; got 0"),
    (
        lambda: BasicLayer(8, BasicBlock, 0, items={"outchannel": 8}),
        "expected at least 1 block; got 0",
    ),
    (lambda: BasicConv(8, 8, inner_plane=0), "inner_plane must be at least 1, or left out; got 0"),
    (
        lambda: BasicConv(8, 8, groups=32, base_width=4),
        "BasicBlock has no groups: groups must be 1 and base_width 64; got 32 and 4; use BottleneckBlock",
    ),
    (
        lambda: BottleConv(8, 8, base_width=4),
        "outchannel · base_width // 64, the width of a group, must be at least 1; got outchannel 8 and base_width 4",
    ),
    (lambda: BottleConv(8, 8, groups=0), "groups must be at least 1; got 0"),
    (lambda: StackedConv(8, 8, 8, 8, kernel=4), "kernel must be odd; got 4"),
    (lambda: StackedConv(8, 8, 8, 8, n1=-1), "n1 must be at least 0; got -1"),
    (lambda: StackedConv(8, 8, 8, 8, n2=-2), "n2 must be at least 0; got -2"),
]


@pytest.mark.parametrize(("make", "message"), PROBLEMS, ids=[message[:40] for _, message in PROBLEMS])
def test_a_wrong_parameter_is_named_with_a_way_out(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().children()
