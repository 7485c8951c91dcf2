"""The blocks that drawings of networks show as boxes."""

import fgspace as fg
import pytest
from torch import nn


class Residual(nn.Module):
    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1)
        self.shortcut = nn.Conv2d(channels, out, 1, stride)

    def forward(self, x):
        return self.conv2(self.conv1(x).relu()) + self.shortcut(x)


class Others(nn.Module):
    """A network as others write them: stages of numbered blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 7, 2, 3)
        self.stage1 = nn.Sequential(Residual(8, 8, 1), Residual(8, 8, 1))
        self.stage2 = nn.Sequential(Residual(8, 16, 2), Residual(16, 16, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(self.pool(self.stage2(self.stage1(self.stem(x)))).flatten(1))


def blocks_of(part, shape=(3, 32, 32)):
    from fgspace.network.network import network_of
    from fgspace.plugins.default_registry import default_registry

    return network_of(default_registry()).blocks(part, shape)


def in_words(block):
    return f"{block.path}: {block.type}, {', '.join(map(str, block.contents))}, {block.in_shape} to {block.out_shape}"


def test_listed_layers_are_blocks_and_norms_belong_to_the_layer_before():
    space = fg.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["conv", "norm", "relu", "depthwise", "pool", "flatten", "head"],
            "conv": {"type": "Conv2d", "out_channels": 8, "kernel_size": 5, "padding": 2},
            "norm": {"type": "BatchNorm2d"},
            "relu": {"type": "ReLU"},
            "depthwise": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "groups": 8},
            "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
            "flatten": {"type": "Flatten"},
            "head": {"type": "Linear", "out_features": 10},
        }
    )
    assert [in_words(block) for block in space.network.blocks(space.network_at(), space.input_shape)] == [
        "conv: Conv2d, conv 5×5, (3, 32, 32) to (8, 32, 32)",
        "depthwise: Conv2d, depthwise 3×3, (8, 32, 32) to (8, 15, 15)",
        "pool: AdaptiveAvgPool2d, pool, (8, 15, 15) to (8,)",
        "head: Linear, linear, (8,) to (10,)",
    ]


def test_a_network_that_others_wrote_is_cut_into_its_numbered_blocks():
    assert [in_words(block) for block in blocks_of(Others())] == [
        "stem: Conv2d, conv 7×7, (3, 32, 32) to (8, 16, 16)",
        "stage1.0: stage1, 2 conv 3×3, conv 1×1, (8, 16, 16) to (8, 16, 16)",
        "stage1.1: stage1, 2 conv 3×3, conv 1×1, (8, 16, 16) to (8, 16, 16)",
        "stage2.0: stage2, 2 conv 3×3, conv 1×1, (8, 16, 16) to (16, 8, 8)",
        "stage2.1: stage2, 2 conv 3×3, conv 1×1, (16, 8, 8) to (16, 8, 8)",
        "pool: AdaptiveAvgPool2d, pool, (16, 8, 8) to (16,)",
        "head: Linear, linear, (16,) to (10,)",
    ]


def test_layers_of_an_encoder_of_attention_are_blocks():
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 3, enable_nested_tensor=False
    )
    assert [block.path for block in blocks_of(encoder, (5, 8))] == ["layers.0", "layers.1", "layers.2"]


def test_a_kernel_that_the_multiply_adds_do_not_tell_is_left_out():
    nine_channels = fg.nn.Conv2d(9, 9, 3, padding=1, groups=9)  # as many as those of a convolution 1×1
    assert [str(content) for content in blocks_of(nine_channels, (9, 8, 8))[0].contents] == ["conv"]


@pytest.mark.parametrize("kernel", [(3, 1), (4, 4)])
def test_a_kernel_that_is_not_square_or_not_odd_is_left_out_too(kernel):
    assert str(blocks_of(fg.nn.Conv2d(3, 4, kernel), (3, 8, 8))[0].contents[0]) == "conv"
