"""Token spaces over ResNets: ResNet-50 with 8 tokens, and sequences of bottlenecks with 6 tokens per block."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace import TokenSpace, halvings

from fgspace_resnet.candidates import BLOCK, STAGES, chosen, tokens_of
from fgspace_resnet.published import published_block, published_stage

Description = dict[str, Any]

FIRST_WIDTH = 48
"""Inner width at which the initial point of a block space starts; every block that halves the size doubles it."""


class ResNetSpace(TokenSpace):
    """ResNets of bottlenecks: the search covers the width and the number of blocks of each of the four stages.

    8 tokens: the width and the number of blocks of the first stage, then those of the second, third and fourth. The
    initial tokens are the stages of ResNet-50. As in PaddleSlim, the stem is a 5x5 convolution at stride 2 without
    pooling, so the first stage sees a quarter of the pixels; `max_pool` adds ResNet's 3x3 max pooling at stride 2 after
    the stem. Maps images to features (N, 4·width, H/16, W/16), or (N, 4·width, H/32, W/32) with `max_pool`, or to
    logits (N, num_class) with `num_class`.

    `as_published` decodes tokens as PaddleSlim does, without the ReLUs after the sums. `input_size` is the height and
    width of the images that costs are counted for. Candidates as in PaddleSlim; blocks after He et al., "Deep Residual
    Learning for Image Recognition", CVPR 2016, with the stride in the 3x3 convolution.
    """

    def __init__(
        self,
        num_class: int | None = None,
        max_pool: bool = False,
        as_published: bool = False,
        input_size: halvings.ImageSize = None,
        output_size: halvings.UnusedSize = None,
        block_num: halvings.UnusedSize = None,
        block_mask: halvings.UnusedMask = None,
    ) -> None:
        self.num_class = num_class
        self.max_pool = max_pool
        self.as_published = as_published

    def init_tokens(self) -> list[int]:
        """Return the tokens of the stages of ResNet-50: widths 64, 128, 256, 512 and 3, 4, 6, 3 blocks."""
        return tokens_of(STAGES, (64, 3, 128, 4, 256, 6, 512, 3))

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(options) for options in STAGES]

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the network with these tokens."""
        values = chosen(STAGES, tokens)
        stem = {"outchannel": values[0], "kernel_size": 5, "stride": 2, "padding": 2}
        parts: dict[str, Description] = {"stem": {"type": "resnet/conv_bn_relu", **stem}}
        if self.max_pool:
            parts["maxpool"] = {"type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1}
        for index in range(4):
            width, blocks = values[2 * index : 2 * index + 2]
            stage = published_stage if self.as_published else _stage
            parts[f"stage_{index}"] = stage(width, blocks, 2 if index else 1)
        return _network(parts, self.num_class)


class ResNetBlockSpace(TokenSpace):
    """Sequences of `StackedBottleneck`: the search covers the widths, the kernel and the counts of its convolutions.

    6 tokens per block: c1, c2, c3, the kernel, n1, n2. Each block with a 1 in `block_mask` halves height and width;
    without a mask, the halvings from `input_size` to `output_size` are spread evenly over `block_num` blocks. If no
    number of halvings leads to `output_size`, the nearest reachable size is used, with a warning, or an error with
    `strict`. `num_class` adds a classifier. The initial tokens are bottlenecks that start at 48 inner channels, doubled
    at every halving, with four times as many output channels, at most 640. Maps (N, C, H, W) to
    (N, width, H/2^n, W/2^n), where n is the number of halvings. Raises ValueError if neither a mask nor all three sizes
    are given, or if they disagree. Candidates as in PaddleSlim.

    `as_published` decodes tokens as PaddleSlim does: the middle convolution has c3 channels and c2 has no effect; there
    is a ReLU after each of the first n1 + 1 convolutions, and none after the others and after the sum; and, without a
    mask, blocks share groups of tokens.
    """

    def __init__(
        self,
        block_mask: list[int] | None = None,
        input_size: int | None = None,
        output_size: int | None = None,
        block_num: int | None = None,
        strict: bool = False,
        num_class: int | None = None,
        as_published: bool = False,
    ) -> None:
        mask = halvings.halving_mask(block_mask, input_size, output_size, block_num, strict=strict)
        self.order = halvings.block_order(mask, as_published=as_published and block_mask is None)
        self.num_class = num_class
        self.as_published = as_published

    def init_tokens(self) -> list[int]:
        """Return the tokens of bottlenecks: a 3x3 convolution between two 1x1 convolutions."""
        widths = halvings.group_widths(self.order, FIRST_WIDTH)
        return [token for width in widths for token in tokens_of(BLOCK, (width, width, 4 * width, 3, 1, 1))]

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(options) for options in BLOCK] * len(self.order)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the sequence of blocks with these tokens."""
        block = published_block if self.as_published else _block
        rows = {
            f"block_{index}": block(chosen(BLOCK, tokens[6 * group : 6 * group + 6]), 1 + halves)
            for index, (group, halves) in enumerate(self.order)
        }
        return _network(rows, self.num_class)


def _stage(width: int, blocks: int, stride: int) -> Description:
    """Describe a stage of bottlenecks of one width; the first has the stride."""
    items = {"outchannel": width, "stride": [stride, *[1] * (blocks - 1)]}
    block = {"type": "resnet/BottleneckBlock"}
    return {"type": "resnet/BasicLayer", "block": block, "layer_reps": blocks, "items": items}


def _block(values: Sequence[int], stride: int) -> Description:
    names = ("c1", "c2", "c3", "kernel", "n1", "n2")
    return {"type": "resnet/StackedBottleneck", **dict(zip(names, values, strict=True)), "stride": stride}


def _network(parts: Mapping[str, Description], num_class: int | None) -> Description:
    """Describe the parts in sequence, followed by a classifier if `num_class` is given."""
    parts = dict(parts)
    if num_class is not None:
        parts["head"] = {"type": "resnet/LinearClassificationHead", "num_class": num_class}
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}
