"""Blocks, stems and heads do what their papers say."""

import pytest
import torch
from torch import nn

BLOCK = {"inchannel": 8, "outchannel": 8}
STACKED = {"c1": 5, "c2": 6, "c3": 7}
PARTS = {
    "BasicBlock": ({"type": "BasicBlock", **BLOCK}, (8, 6, 6)),
    "BasicBlock, stride 2": ({"type": "BasicBlock", **BLOCK, "stride": 2}, (8, 3, 3)),
    "BasicBlock, wider": ({"type": "BasicBlock", "inchannel": 8, "outchannel": 16}, (16, 6, 6)),
    "BasicBlock, inner width": ({"type": "BasicBlock", **BLOCK, "inner_plane": 3}, (8, 6, 6)),
    "BottleneckBlock": ({"type": "BottleneckBlock", **BLOCK}, (32, 6, 6)),
    "BottleneckBlock, stride 2": ({"type": "BottleneckBlock", **BLOCK, "stride": 2}, (32, 3, 3)),
    "BottleneckBlock, groups": ({"type": "BottleneckBlock", **BLOCK, "groups": 4, "base_width": 16}, (32, 6, 6)),
    "StackedBottleneck": ({"type": "StackedBottleneck", **STACKED}, (7, 6, 6)),
    "StackedBottleneck, stride 2": ({"type": "StackedBottleneck", **STACKED, "kernel": 5, "stride": 2}, (7, 3, 3)),
    "StackedBottleneck, deep": ({"type": "StackedBottleneck", **STACKED, "n1": 3, "n2": 2}, (7, 6, 6)),
    "StackedBottleneck, bare": ({"type": "StackedBottleneck", **STACKED, "n1": 0, "n2": 0}, (6, 6, 6)),
    "StackedConv": ({"type": "StackedConv", **STACKED, "stride": 2}, (7, 3, 3)),
    "BasicConv": ({"type": "BasicConv", **BLOCK, "stride": 2}, (8, 3, 3)),
    "BottleConv": ({"type": "BottleConv", **BLOCK, "stride": 2}, (32, 3, 3)),
    "ShortCut, identity": ({"type": "ShortCut", **BLOCK}, (8, 6, 6)),
    "ShortCut, stride 2": ({"type": "ShortCut", **BLOCK, "stride": 2}, (8, 3, 3)),
    "ShortCut, expansion 4": ({"type": "ShortCut", **BLOCK, "expansion": 4}, (32, 6, 6)),
    "InitialBlock": ({"type": "InitialBlock", "init_plane": 4, "in_channels": 8}, (4, 2, 2)),
    "SmallInputInitialBlock": ({"type": "SmallInputInitialBlock", "init_plane": 4}, (4, 6, 6)),
    "LinearClassificationHead": ({"type": "LinearClassificationHead", "num_class": 5}, (5,)),
    "conv1X1": ({"type": "conv1X1", **BLOCK, "stride": 2}, (8, 3, 3)),
    "conv3x3": ({"type": "conv3x3", **BLOCK, "groups": 4, "dilation": 2}, (8, 6, 6)),
    "conv5x5": ({"type": "conv5x5", **BLOCK, "bias": True}, (8, 6, 6)),
    "conv7x7": ({"type": "conv7x7", **BLOCK, "dilation": 2}, (8, 6, 6)),
    "conv_bn_relu": ({"type": "conv_bn_relu", **BLOCK, "kernel_size": 3, "stride": 2, "padding": 1}, (8, 3, 3)),
    "conv_bn_relu6": ({"type": "conv_bn_relu6", **BLOCK, "kernel": 5}, (8, 6, 6)),
}


@pytest.mark.parametrize(("description", "output_shape"), PARTS.values(), ids=PARTS)
def test_each_part_is_counted_as_it_is_built(network, measured, description, output_shape):
    cost = network.cost(description, (8, 6, 6))
    if description["type"] == "ShortCut" and output_shape == (8, 6, 6):
        assert (cost.params, cost.macs, cost.output_shape) == (0, 0, output_shape)
    else:
        counted = (cost.params, cost.macs, cost.output_shape)
        assert counted == measured(network.build(description, (8, 6, 6)), (8, 6, 6))
        assert cost.output_shape == output_shape


@pytest.mark.parametrize("name", ["BasicBlock", "BottleneckBlock"])
def test_a_block_whose_branch_is_zero_passes_its_input_through(network, name):
    width = 8 if name == "BasicBlock" else 32
    block = network.build({"type": name, "inchannel": width, "outchannel": 8}, (width, 6, 6)).eval()
    last = list(block.residual.conv.children())[-1]
    nn.init.zeros_(last.weight)
    x = torch.rand(2, width, 6, 6)
    assert torch.equal(block(x), x)


def test_a_shortcut_between_equal_shapes_is_the_identity(network):
    shortcut = network.build({"type": "ShortCut", **BLOCK}, (8, 6, 6))
    x = torch.randn(2, 8, 6, 6)
    assert torch.equal(shortcut(x), x)
    assert not shortcut.state_dict()


@pytest.mark.parametrize(("name", "inside"), [("BasicBlock", 1), ("BottleneckBlock", 2)])
def test_relus_stand_between_the_convolutions_and_after_the_sum(network, name, inside):
    block = network.build({"type": name, **BLOCK}, (8, 6, 6))
    kinds = [type(module).__name__ for module in block.residual.conv]
    assert kinds == ["Conv2d", "BatchNorm2d", *["ReLU", "Conv2d", "BatchNorm2d"] * inside]
    assert isinstance(list(block.children())[-1], nn.ReLU)


def test_the_groups_of_a_bottleneck_have_the_width_of_resnext(network):
    block = {"type": "BottleneckBlock", "inchannel": 64, "outchannel": 64, "groups": 32, "base_width": 4}
    middle = network.build(block, (64, 6, 6)).residual.conv.conv2
    assert (middle.in_channels, middle.out_channels, middle.groups) == (128, 128, 32)


def test_names_in_the_state_dict_say_where_a_weight_stands(network):
    block = network.build({"type": "BasicBlock", "inchannel": 8, "outchannel": 16}, (8, 6, 6))
    weights = [name for name in block.state_dict() if name.endswith("weight")]
    assert weights == [
        "residual.conv.conv1.weight",
        "residual.conv.bn1.weight",
        "residual.conv.conv2.weight",
        "residual.conv.bn2.weight",
        "residual.shortcut.conv.weight",
        "residual.shortcut.bn.weight",
    ]


def test_names_in_a_whole_network_say_where_a_weight_stands(network):
    names = network.build({"type": "ResNet", "depth": 20}, (3, 32, 32)).state_dict()
    assert {"init_block.conv.weight", "layers.layers_8.residual.conv.conv2.weight", "head.linear.bias"} <= set(names)


def test_the_gradient_reaches_the_stem_of_a_deep_network(network):
    module = network.build({"type": "ResNet", "depth": 20, "small_input": True}, (3, 8, 8))
    module(torch.randn(4, 3, 8, 8)).logsumexp(1).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())
    assert module.init_block.conv.weight.grad.abs().sum() > 0
