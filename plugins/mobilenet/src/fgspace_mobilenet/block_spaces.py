"""Token spaces of rows of MobileNet blocks: so many tokens a block, and a mask of where they halve."""

from collections.abc import Sequence

from fgspace import TokenSpace, halvings

from fgspace_mobilenet.candidates import V1_BLOCK, V2_BLOCK, chosen, tokens_of
from fgspace_mobilenet.rows import Description, checked_scale, network, scaled_down, separable, stage

FIRST_WIDTH = 16
"""Width that the initial point starts from; it doubles wherever a block halves."""


class MobileNetV1BlockSpace(TokenSpace):
    """Depthwise separable convolutions in a row, widths and kernels searched.

    3 tokens a block: the width between its two convolutions, its width, its kernel. A block halves height and width
    where `block_mask` has a 1; without a mask, the halvings from `input_size` to `output_size` are spread evenly over
    `block_num` blocks (`strict` refuses an `output_size` that halving does not meet). With `num_class` a classifier
    ends the network. `scale` multiplies every width, rounded down. The initial tokens start at 16 channels, doubled at
    every halving. Maps (N, C, H, W) to (N, width, H/2^n, W/2^n) for n halvings. Raises ValueError where mask and sizes
    do not say, or disagree, and where `scale` is not above 0. Candidates as in PaddleSlim.
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
    ) -> None:
        self.mask = halvings.halving_mask(block_mask, input_size, output_size, block_num, strict=strict)
        self.num_class = num_class
        self.scale = checked_scale(scale)

    def init_tokens(self) -> list[int]:
        """Return tokens of 3x3 blocks that are truly depthwise from the second on."""
        widths = halvings.doubling_widths(self.mask, FIRST_WIDTH)
        before = [widths[0], *widths]
        return [
            token
            for inner, width in zip(before, widths, strict=False)
            for token in tokens_of(V1_BLOCK, (inner, width, 3))
        ]

    def range_table(self) -> list[int]:
        """Return how many candidates each token has."""
        return [len(options) for options in V1_BLOCK] * len(self.mask)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the row of blocks that the tokens stand for."""
        rows: list[Description] = []
        for index, halves in enumerate(self.mask):
            inner, width, kernel = chosen(V1_BLOCK, tokens[3 * index : 3 * index + 3])
            rows.append(separable(scaled_down(inner, self.scale), scaled_down(width, self.scale), kernel, 1 + halves))
        return network(rows, self.num_class)


class MobileNetV2BlockSpace(TokenSpace):
    """Stages of inverted residuals in a row; expansion, width, repeats and kernel searched.

    4 tokens a block, in that order; a block is a stage. A block halves height and width where `block_mask` has a 1;
    without a mask, the halvings from `input_size` to `output_size` are spread evenly over `block_num` blocks (`strict`
    refuses an `output_size` that halving does not meet). With `num_class` a classifier ends the network. `scale`
    multiplies every width, rounded down. `always_expand` widens by a 1x1 convolution at expansion 1 too, as PaddleSlim
    does. The initial tokens start at 16 channels, doubled at every halving, expansion 6, one repeat, kernel 3. Maps
    (N, C, H, W) to (N, width, H/2^n, W/2^n) for n halvings. Raises ValueError where mask and sizes do not say, or
    disagree, and where `scale` is not above 0. Candidates as in PaddleSlim.
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
    ) -> None:
        self.mask = halvings.halving_mask(block_mask, input_size, output_size, block_num, strict=strict)
        self.num_class = num_class
        self.scale = checked_scale(scale)
        self.always_expand = always_expand

    def init_tokens(self) -> list[int]:
        """Return tokens of blocks with expansion 6, one repeat and kernel 3."""
        widths = halvings.doubling_widths(self.mask, FIRST_WIDTH)
        return [token for width in widths for token in tokens_of(V2_BLOCK, (6, width, 1, 3))]

    def range_table(self) -> list[int]:
        """Return how many candidates each token has."""
        return [len(options) for options in V2_BLOCK] * len(self.mask)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the row of blocks that the tokens stand for."""
        rows = []
        for index, halves in enumerate(self.mask):
            expansion, width, repeats, kernel = chosen(V2_BLOCK, tokens[4 * index : 4 * index + 4])
            width = scaled_down(width, self.scale)
            rows.append(stage(expansion, width, repeats, kernel, 1 + halves, self.always_expand))
        return network(rows, self.num_class)
