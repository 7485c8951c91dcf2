"""Token spaces over sequences of inception blocks; a mask marks the blocks that halve height and width."""

from collections.abc import Sequence
from typing import Any, ClassVar

from fgspace import TokenSpace, halvings

Description = dict[str, Any]

CHANNELS = (
    3, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 128, 144, 160, 192, 224, 256, 320, 384, 448, 480, 512, 1024,
)  # fmt: skip
KERNELS = (3, 5)
POOLS = ("avg", "max")
FIRST_WIDTH = 16
"""Width of every convolution at the start of the initial point; every block that halves the size doubles it."""


class InceptionBlockSpace(TokenSpace):
    """Sequences of inception blocks of one kind: the search covers channels, kernels and pooling."""

    block: ClassVar[str]
    convolutions: ClassVar[int]

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
        self.order = self.published_order(mask, block_mask is not None) if as_published else halvings.block_order(mask)
        self.num_class = num_class

    @staticmethod
    def published_order(mask: Sequence[int], is_given: bool) -> halvings.Order:
        """Return the order of blocks in PaddleSlim; the mask is given, or follows from sizes."""
        raise NotImplementedError

    def init_tokens(self) -> list[int]:
        """Return the tokens of blocks whose convolutions share one width, with kernel 3 and average pooling."""
        nearest = [
            max(index for index, width in enumerate(CHANNELS) if width <= wanted)
            for wanted in halvings.group_widths(self.order, FIRST_WIDTH)
        ]
        return [token for width in nearest for token in [*[width] * self.convolutions, 0, 0]]

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [*[len(CHANNELS)] * self.convolutions, len(KERNELS), len(POOLS)] * len(self.order)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the sequence of blocks with these tokens."""
        each = self.convolutions + 2
        rows = [self._row(tokens[each * group : each * (group + 1)], 1 + halves) for group, halves in self.order]
        return _network(rows, self.num_class)

    def _row(self, tokens: Sequence[int], stride: int) -> Description:
        *widths, kernel, pool = tokens
        channels = [CHANNELS[token] for token in widths]
        chosen = {"channels": channels, "kernel": KERNELS[kernel], "pool": POOLS[pool], "stride": stride}
        return {"type": f"inception/{self.block}", **chosen}


class InceptionABlockSpace(InceptionBlockSpace):
    """Sequences of `InceptionABlock`: the search covers channels, kernels and pooling.

    9 tokens per block: the channels c0, ..., c6 of its convolutions, the kernel, and the pooling (average or
    maximum). Each block with a 1 in `block_mask` halves height and width; without a mask, the halvings from
    `input_size` to `output_size` are spread evenly over `block_num` blocks. If no number of halvings leads to
    `output_size`, the nearest reachable size is used, with a warning, or an error with `strict`. `num_class` adds a
    classifier. The initial tokens start at 16 channels per convolution, doubled at every halving. Maps (N, C, H, W) to
    (N, width, H/2^n, W/2^n), where n is the number of halvings. Raises ValueError if neither a mask nor all three sizes
    are given, or if they disagree. Candidates as in PaddleSlim.

    `as_published` decodes tokens as PaddleSlim does: with a mask, no block halves; without one, blocks share groups of
    tokens.
    """

    block = "InceptionABlock"
    convolutions = 7

    @staticmethod
    def published_order(mask: Sequence[int], is_given: bool) -> halvings.Order:
        """Return the blocks of a given mask without its halvings, or those of a mask that follows from sizes."""
        return halvings.block_order([0] * len(mask) if is_given else mask, as_published=not is_given)


class InceptionCBlockSpace(InceptionBlockSpace):
    """Sequences of `InceptionCBlock`: the search covers channels, kernels and pooling.

    11 tokens per block: the channels c0, ..., c8 of its convolutions, the kernel, and the pooling (average or
    maximum). Each block with a 1 in `block_mask` halves height and width; without a mask, the halvings from
    `input_size` to `output_size` are spread evenly over `block_num` blocks. If no number of halvings leads to
    `output_size`, the nearest reachable size is used, with a warning, or an error with `strict`. `num_class` adds a
    classifier. The initial tokens start at 16 channels per convolution, doubled at every halving. Maps (N, C, H, W) to
    (N, width, H/2^n, W/2^n), where n is the number of halvings. Raises ValueError if neither a mask nor all three sizes
    are given, or if they disagree. Candidates as in PaddleSlim, which never decoded them: with `as_published`, raises
    ValueError.
    """

    block = "InceptionCBlock"
    convolutions = 9

    @staticmethod
    def published_order(mask: Sequence[int], is_given: bool) -> halvings.Order:
        """Raise ValueError: PaddleSlim has no order."""
        raise ValueError(
            "as_published: PaddleSlim never built an InceptionCBlockSpace, whose decoding reads 11 tokens a block while"
            " its table has 9; leave as_published out"
        )


def _network(rows: Sequence[Description], num_class: int | None) -> Description:
    """Describe the blocks in sequence, as block_0, block_1, ..., followed by a classifier if `num_class` is given."""
    parts = {f"block_{index}": row for index, row in enumerate(rows)}
    if num_class is not None:
        parts["pool"] = {"type": "AdaptiveAvgPool2d", "output_size": 1}
        parts["view"] = {"type": "View"}
        parts["linear"] = {"type": "Linear", "out_features": num_class}
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}
