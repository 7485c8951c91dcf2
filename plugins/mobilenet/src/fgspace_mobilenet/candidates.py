"""The candidates of PaddleSlim's token spaces over MobileNets: one list per token."""

from collections.abc import Sequence

Options = tuple[int, ...]

KERNELS: Options = (3, 5)
REPEATS: Options = (1, 2, 3, 4, 5, 6)
HEADS: Options = (3, 4, 8, 12, 16, 24, 32)

V1_WIDTHS: tuple[Options, ...] = (
    (3, 4, 8, 12, 16, 24, 32, 48),
    (8, 12, 16, 24, 32, 48, 64, 80),
    (16, 24, 32, 48, 64, 80, 96, 128, 144, 160),
    (24, 32, 48, 64, 80, 96, 128, 144, 160, 192),
    (32, 48, 64, 80, 96, 128, 144, 160, 192, 224, 256, 320),
    (64, 80, 96, 128, 144, 160, 192, 224, 256, 320, 384),
    (64, 80, 96, 128, 144, 160, 192, 224, 256, 320, 384, 512, 1024, 1048),
    (128, 144, 160, 192, 224, 256, 320, 384, 512, 576, 640, 704, 768),
    (160, 192, 224, 256, 320, 384, 512, 640, 768, 832, 1024, 1048),
)
V1_PAIRS: tuple[tuple[int, int], ...] = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 8))
"""For each of the nine kinds of block of V1, the indices in `V1_WIDTHS` of its inner and its output widths."""
V1_REPEATED = 6
"""The index of the block whose number of repetitions is searched."""

V2_EXPANSIONS: Options = (1, 2, 3, 4, 6)
V2_WIDTHS: tuple[Options, ...] = (
    (3, 4, 8, 12, 16, 24, 32, 48),
    (8, 12, 16, 24, 32, 48, 64, 80),
    (16, 24, 32, 48, 64, 80, 96, 128),
    (24, 32, 48, 64, 80, 96, 128, 144, 160, 192),
    (32, 48, 64, 80, 96, 128, 144, 160, 192, 224),
    (64, 80, 96, 128, 144, 160, 192, 224, 256, 320, 384, 512),
)

V1_BLOCK_WIDTHS: Options = (
    3, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 128, 144, 160, 192, 224, 256, 320, 384, 512, 576, 640, 768, 1024, 1048,
)  # fmt: skip
V2_BLOCK_WIDTHS: Options = V1_BLOCK_WIDTHS[:20]
V2_BLOCK_EXPANSIONS: Options = (1, 2, 3, 4, 5, 6)

V1: tuple[Options, ...] = (
    HEADS,
    *(options for a, b in V1_PAIRS[:V1_REPEATED] for options in (V1_WIDTHS[a], V1_WIDTHS[b], KERNELS)),
    REPEATS,
    *(options for a, b in V1_PAIRS[V1_REPEATED:] for options in (V1_WIDTHS[a], V1_WIDTHS[b], KERNELS)),
)
"""Stem; inner width, output width and kernel of six blocks; repetitions of the seventh; the same for the last three."""
V2: tuple[Options, ...] = (
    HEADS,
    *(options for widths in V2_WIDTHS for options in (V2_EXPANSIONS, widths, REPEATS, KERNELS)),
)
"""Width of the first stage; then expansion, width, number of blocks and kernel of six stages."""
V1_BLOCK: tuple[Options, ...] = (V1_BLOCK_WIDTHS, V1_BLOCK_WIDTHS, KERNELS)
"""Inner width, output width, kernel."""
V2_BLOCK: tuple[Options, ...] = (V2_BLOCK_EXPANSIONS, V2_BLOCK_WIDTHS, REPEATS, KERNELS)
"""Expansion, width, number of blocks, kernel."""


def chosen(candidates: Sequence[Options], tokens: Sequence[int]) -> list[int]:
    """Return the value of each token: the candidate at that index."""
    return [options[token] for options, token in zip(candidates, tokens, strict=True)]


def tokens_of(candidates: Sequence[Options], values: Sequence[int]) -> list[int]:
    """Return the tokens of these values; a value that is not a candidate is rounded down to the nearest one."""
    return [
        max(index for index, option in enumerate(options) if option <= value)
        for options, value in zip(candidates, values, strict=True)
    ]
