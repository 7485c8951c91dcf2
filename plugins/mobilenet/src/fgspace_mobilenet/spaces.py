"""Token spaces over whole MobileNets: MobileNetV1 with 29 tokens, MobileNetV2 with 25."""

from collections.abc import Sequence

from fgspace import TokenSpace, halvings

from fgspace_mobilenet.candidates import V1, V1_REPEATED, V2, chosen
from fgspace_mobilenet.rows import (
    Description,
    checked_scale,
    convolution,
    network,
    published_stage,
    scaled_down,
    separable,
    stage,
)

V1_INIT = (6, 6, 6, 0, 6, 7, 0, 7, 6, 0, 6, 10, 0, 10, 8, 0, 8, 11, 0, 4, 11, 8, 0, 8, 10, 0, 10, 10, 0)
V1_STRIDES = (1, 2, 1, 2, 1, 2, 1, 2, 1)
V2_INIT = (4, 4, 5, 1, 0, 4, 4, 2, 0, 4, 4, 3, 0, 4, 5, 2, 0, 4, 7, 2, 0, 4, 9, 0, 0)
V2_STRIDES = (2, 2, 2, 1, 2, 1)


class MobileNetV1Space(TokenSpace):
    """MobileNetV1: the search covers its widths and kernels, and the number of repetitions of its seventh block.

    29 tokens: the width of the stem; the width between the two convolutions, the output width and the kernel of each of
    six blocks; the number of repetitions of the seventh block; then the same three of the seventh, eighth and ninth.
    The initial tokens are MobileNetV1. Maps images to features (N, width, H/32, W/32), or to logits (N, num_class) with
    `num_class`. `scale` multiplies every width, rounded down; raises ValueError if it is not above 0.

    `as_published` decodes tokens as PaddleSlim does: no activations; inner widths are rounded down to a multiple of the
    input width of their block, at least that; `scale` leaves the stem as it is; features are pooled, (N, width, 1, 1).
    `input_size` is the height and width of the images that costs are counted for. Candidates as in PaddleSlim; network
    after Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
    """

    def __init__(
        self,
        num_class: int | None = None,
        scale: float = 1.0,
        as_published: bool = False,
        input_size: halvings.ImageSize = None,
        output_size: halvings.UnusedSize = None,
        block_num: halvings.UnusedSize = None,
        block_mask: halvings.UnusedMask = None,
    ) -> None:
        self.num_class = num_class
        self.scale = checked_scale(scale)
        self.as_published = as_published

    def init_tokens(self) -> list[int]:
        """Return the tokens of MobileNetV1."""
        return list(V1_INIT)

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(options) for options in V1]

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the network with these tokens."""
        stem, *values = chosen(V1, tokens)
        repeats = values.pop(3 * V1_REPEATED)
        if self.as_published:
            rows = [convolution(stem, 3, 2, None)]
        else:
            rows = [convolution(scaled_down(stem, self.scale), 3, 2, "ReLU")]
        for index, stride in enumerate(V1_STRIDES):
            inner, width, kernel = values[3 * index : 3 * index + 3]
            inner, width = scaled_down(inner, self.scale), scaled_down(width, self.scale)
            row = separable(inner, width, kernel, stride, self.as_published)
            rows += [row] * (repeats if index == V1_REPEATED else 1)
        return network(rows, self.num_class, pooled=self.as_published)


class MobileNetV2Space(TokenSpace):
    """MobileNetV2: the search covers the first width, and expansion, width, length and kernel of the other six stages.

    25 tokens: the width of the first stage, then expansion, width, number of blocks and kernel of each other stage. The
    initial tokens are MobileNetV2. Maps images to features (N, 1280, H/32, W/32), or to logits (N, num_class) with
    `num_class`. `scale` multiplies every width, rounded down; the last width, 1280, is multiplied only if `scale` is
    above 1. `always_expand` keeps the first 1x1 convolution at expansion 1, as PaddleSlim does and MobileNetV2 does
    not. Raises ValueError if `scale` is not above 0.

    `as_published` decodes tokens as PaddleSlim does: it also expands by 1, the first block of a stage has no shortcut,
    and features are pooled, (N, 1280, 1, 1). `input_size` is the height and width of the images that costs are counted
    for. Candidates as in PaddleSlim; network after Sandler et al., "MobileNetV2: Inverted Residuals and Linear
    Bottlenecks", CVPR 2018.
    """

    def __init__(
        self,
        num_class: int | None = None,
        scale: float = 1.0,
        dropout: float = 0.2,
        always_expand: bool = False,
        as_published: bool = False,
        input_size: halvings.ImageSize = None,
        output_size: halvings.UnusedSize = None,
        block_num: halvings.UnusedSize = None,
        block_mask: halvings.UnusedMask = None,
    ) -> None:
        self.num_class = num_class
        self.scale = checked_scale(scale)
        self.dropout = dropout
        self.always_expand = always_expand
        self.as_published = as_published

    def init_tokens(self) -> list[int]:
        """Return the tokens of MobileNetV2."""
        return list(V2_INIT)

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(options) for options in V2]

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the network with these tokens."""
        first, *values = chosen(V2, tokens)
        rows = [convolution(self._scaled(32), 3, 2, "ReLU6"), self._stage(1, first, 1, 3, 1)]
        for index, stride in enumerate(V2_STRIDES):
            expansion, width, repeats, kernel = values[4 * index : 4 * index + 4]
            rows.append(self._stage(expansion, width, repeats, kernel, stride))
        rows.append(convolution(int(1280 * max(1.0, self.scale)), 1, 1, "ReLU6"))
        return network(rows, self.num_class, self.dropout, pooled=self.as_published)

    def _scaled(self, width: int) -> int:
        return scaled_down(width, self.scale)

    def _stage(self, expansion: int, width: int, repeats: int, kernel: int, stride: int) -> Description:
        if self.as_published:
            return published_stage(expansion, self._scaled(width), repeats, kernel, stride)
        return stage(expansion, self._scaled(width), repeats, kernel, stride, self.always_expand)
