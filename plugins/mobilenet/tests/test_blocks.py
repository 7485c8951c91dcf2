"""Blocks and heads do what their papers say."""

import pytest
import torch
from torch import nn

NARROW = {"inp": 8, "oup": 8}
PARTS = {
    "DepthwiseSeparable": ({"type": "DepthwiseSeparable", "outchannel": 16}, (16, 7, 7)),
    "DepthwiseSeparable, stride 2": ({"type": "DepthwiseSeparable", "outchannel": 8, "stride": 2}, (8, 4, 4)),
    "DepthwiseSeparable, twice as wide inside": (
        {"type": "DepthwiseSeparable", "outchannel": 8, "inner_plane": 16, "kernel": 5},
        (8, 7, 7),
    ),
    "DepthwiseSeparable, narrower inside": (
        {"type": "DepthwiseSeparable", "outchannel": 8, "inner_plane": 6},
        (8, 7, 7),
    ),
    "InvertedResidual": ({"type": "InvertedResidual", **NARROW, "expand_ratio": 6}, (8, 7, 7)),
    "InvertedResidual, stride 2": ({"type": "InvertedResidual", **NARROW, "stride": 2, "kernel": 5}, (8, 4, 4)),
    "InvertedResidual, wider": ({"type": "InvertedResidual", "oup": 16, "expand_ratio": 2.5}, (16, 7, 7)),
    "InvertedResidual, excited": (
        {"type": "InvertedResidual", **NARROW, "inner_plane": 20, "squeeze_excite": True, "activation": "Hardswish"},
        (8, 7, 7),
    ),
    "InvertedConv": ({"type": "InvertedConv", **NARROW, "always_expand": True}, (8, 7, 7)),
    "InvertedStage": (
        {"type": "InvertedStage", "oup": 12, "num_reps": 3, "stride": 2, "expand_ratio": 4},
        (12, 4, 4),
    ),
    "SqueezeExcite": ({"type": "SqueezeExcite"}, (8, 7, 7)),
    "ConvNorm": ({"type": "ConvNorm", "outchannel": 5, "kernel": 3, "stride": 2}, (5, 4, 4)),
    "MobileNetHead": ({"type": "MobileNetHead", "num_class": 5, "dropout": 0.1}, (5,)),
    "MobileNetV3Head": ({"type": "MobileNetV3Head", "num_class": 5, "hidden": 12}, (5,)),
}


@pytest.mark.parametrize(("description", "output_shape"), PARTS.values(), ids=PARTS)
def test_each_part_is_counted_as_it_is_built(network, measured, description, output_shape):
    cost = network.cost(description, (8, 7, 7))
    counted = (cost.params, cost.macs, cost.output_shape)
    assert counted == measured(network.build(description, (8, 7, 7)), (8, 7, 7))
    assert cost.output_shape == output_shape


def test_a_separable_convolution_is_depthwise_if_the_inner_width_is_a_multiple(network):
    groups = {
        inner: network.build(
            {"type": "DepthwiseSeparable", "outchannel": 8, "inner_plane": inner}, (8, 7, 7)
        ).depthwise.conv.groups
        for inner in (8, 16, 6, 5)
    }
    assert groups == {8: 8, 16: 8, 6: 2, 5: 1}


@pytest.mark.parametrize(
    ("oup", "stride", "has_shortcut"), [(8, 1, True), (8, 2, False), (16, 1, False), (16, 2, False)]
)
def test_an_inverted_residual_has_a_shortcut_if_shapes_allow(network, oup, stride, has_shortcut):
    description = {"type": "InvertedResidual", "oup": oup, "stride": stride, "expand_ratio": 6}
    block = network.build(description, (8, 7, 7)).eval()
    nn.init.zeros_([module for module in block.modules() if isinstance(module, nn.BatchNorm2d)][-1].weight)
    x = torch.rand(2, 8, 7, 7)
    out = block(x)
    assert torch.equal(out, x) if has_shortcut else not out.any()


def test_the_first_block_of_a_stage_has_a_shortcut_too(network):
    stage = network.build({"type": "InvertedStage", "oup": 8, "num_reps": 2}, (8, 7, 7)).eval()
    for module in stage.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.zeros_(module.weight)
    x = torch.rand(2, 8, 7, 7)
    assert torch.equal(stage(x), x)


def test_there_is_no_expansion_at_ratio_1_unless_always_expand(network):
    names = {
        always: [
            name
            for name, _ in network.build(
                {"type": "InvertedConv", "oup": 8, "always_expand": always}, (8, 7, 7)
            ).named_children()
        ]
        for always in (False, True)
    }
    assert names == {False: ["depthwise", "project"], True: ["expand", "depthwise", "project"]}


def test_squeeze_excite_multiplies_each_channel_by_its_gate(network):
    block = network.build({"type": "SqueezeExcite"}, (8, 7, 7)).eval()
    gate = block.product.gate
    x = torch.randn(2, 8, 7, 7)
    pooled = x.mean((2, 3))
    hidden = torch.relu(pooled @ gate.narrow.weight.flatten(1).T + gate.narrow.bias)
    gates = ((hidden @ gate.widen.weight.flatten(1).T + gate.widen.bias) / 6 + 0.5).clamp(0, 1)
    torch.testing.assert_close(block(x), x * gates[:, :, None, None])


def test_every_convolution_except_the_projection_has_its_activation(network):
    block = network.build({"type": "InvertedResidual", "oup": 16, "expand_ratio": 6}, (8, 7, 7))
    kinds = [type(module).__name__ for module in block.modules() if not list(module.children())]
    assert kinds == ["Conv2d", "BatchNorm2d", "ReLU6", "Conv2d", "BatchNorm2d", "ReLU6", "Conv2d", "BatchNorm2d"]
