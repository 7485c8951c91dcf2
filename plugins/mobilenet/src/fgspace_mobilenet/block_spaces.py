"""Token spaces over sequences of MobileNet blocks; a mask marks the blocks that halve height and width."""

from collections.abc import Sequence

from fgspace import TokenSpace, halvings

from fgspace_mobilenet.candidates import V1_BLOCK, V2_BLOCK, chosen, tokens_of
from fgspace_mobilenet.rows import (
    Description,
    checked_scale,
    network,
    published_stage,
    scaled_down,
    separable,
    stage,
)

FIRST_WIDTH = 16
"""Width at which the initial point starts; every block that halves the size doubles it."""
PUBLISHED_INPUT = 32
"""The input width that PaddleSlim assumes for the expansion of the first block, whatever it is."""


class MobileNetV1BlockSpace(TokenSpace):
    """Sequences of depthwise separable convolutions: the search covers their widths and kernels.

    3 tokens per block: the width between its two convolutions, its output width, its kernel. Each block with a 1 in
    `block_mask` halves height and width; without a mask, the halvings from `input_size` to `output_size` are spread
    evenly over `block_num` blocks. If no number of halvings leads to `output_size`, the nearest reachable size is used,
    with a warning, or an error with `strict`. `num_class` adds a classifier. `scale` multiplies every width, rounded
    down. The initial tokens start at 16 channels, doubled at every halving. Maps (N, C, H, W) to
    (N, width, H/2^n, W/2^n), where n is the number of halvings. Raises ValueError if neither a mask nor all three sizes
    are given, if they disagree, or if `scale` is not above 0. Candidates as in PaddleSlim.

    `as_published` decodes tokens as PaddleSlim does: no activations; inner widths are rounded down to a multiple of the
    input width of their block, at least that; and, without a mask, blocks share groups of tokens.
    """

    def __init__(
        self,
        block_mask: list[int] | None = None,
        input_size: int | None = None,
        output_size: int | None = None,
        block_num: int | None = None,
        strict: bool = False,
        num_class: int | None = None,
        scale: float = 1.0,
        as_published: bool = False,
    ) -> None:
        mask = halvings.halving_mask(block_mask, input_size, output_size, block_num, strict=strict)
        self.order = halvings.block_order(mask, as_published=as_published and block_mask is None)
        self.num_class = num_class
        self.scale = checked_scale(scale)
        self.as_published = as_published

    def init_tokens(self) -> list[int]:
        """Return the tokens of 3x3 blocks, whose inner width is the input width from the second block on."""
        widths = halvings.group_widths(self.order, FIRST_WIDTH)
        before = [widths[0], *widths]
        return [
            token
            for inner, width in zip(before, widths, strict=False)
            for token in tokens_of(V1_BLOCK, (inner, width, 3))
        ]

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(options) for options in V1_BLOCK] * len(self.order)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the sequence of blocks with these tokens."""
        rows: list[Description] = []
        for group, halves in self.order:
            inner, width, kernel = chosen(V1_BLOCK, tokens[3 * group : 3 * group + 3])
            inner, width = scaled_down(inner, self.scale), scaled_down(width, self.scale)
            rows.append(separable(inner, width, kernel, 1 + halves, self.as_published))
        return network(rows, self.num_class)


class MobileNetV2BlockSpace(TokenSpace):
    """Sequences of stages of inverted residuals: the search covers expansion, width, length and kernel of each stage.

    4 tokens per stage, in that order; the parameters call a stage a block. Each stage with a 1 in `block_mask` halves
    height and width; without a mask, the halvings from `input_size` to `output_size` are spread evenly over `block_num`
    stages. If no number of halvings leads to `output_size`, the nearest reachable size is used, with a warning, or an
    error with `strict`. `num_class` adds a classifier. `scale` multiplies every width, rounded down. `always_expand`
    keeps the first 1x1 convolution at expansion 1, as PaddleSlim does. The initial tokens start at 16 channels, doubled
    at every halving, with expansion 6, one block per stage and kernel 3. Maps (N, C, H, W) to
    (N, width, H/2^n, W/2^n), where n is the number of halvings. Raises ValueError if neither a mask nor all three sizes
    are given, if they disagree, or if `scale` is not above 0. Candidates as in PaddleSlim.

    `as_published` decodes tokens as PaddleSlim does: it also expands by 1, the first block of a stage has no shortcut,
    that of the first stage expands 32·`scale` channels, whatever its input has, and, without a mask, stages share
    groups of tokens.
    """

    def __init__(
        self,
        block_mask: list[int] | None = None,
        input_size: int | None = None,
        output_size: int | None = None,
        block_num: int | None = None,
        strict: bool = False,
        num_class: int | None = None,
        scale: float = 1.0,
        always_expand: bool = False,
        as_published: bool = False,
    ) -> None:
        mask = halvings.halving_mask(block_mask, input_size, output_size, block_num, strict=strict)
        self.order = halvings.block_order(mask, as_published=as_published and block_mask is None)
        self.num_class = num_class
        self.scale = checked_scale(scale)
        self.always_expand = always_expand
        self.as_published = as_published

    def init_tokens(self) -> list[int]:
        """Return the tokens of stages with expansion 6, one block and kernel 3."""
        widths = halvings.group_widths(self.order, FIRST_WIDTH)
        return [token for width in widths for token in tokens_of(V2_BLOCK, (6, width, 1, 3))]

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(options) for options in V2_BLOCK] * len(self.order)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the sequence of blocks with these tokens."""
        rows: list[Description] = []
        for group, halves in self.order:
            expansion, width, repeats, kernel = chosen(V2_BLOCK, tokens[4 * group : 4 * group + 4])
            width = scaled_down(width, self.scale)
            if self.as_published:
                inner = None if rows else expansion * scaled_down(PUBLISHED_INPUT, self.scale)
                rows.append(published_stage(expansion, width, repeats, kernel, 1 + halves, inner))
            else:
                rows.append(stage(expansion, width, repeats, kernel, 1 + halves, self.always_expand))
        return network(rows, self.num_class)
