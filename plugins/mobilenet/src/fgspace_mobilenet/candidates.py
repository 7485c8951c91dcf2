"""What PaddleSlim's token spaces over MobileNets choose from: one list of candidates a token."""

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
"""For each of V1's nine kinds of block, which two of its widths are candidates before and after the 1x1 convolution."""
V1_REPEATED = 6
"""The kind of block that a token of its own repeats."""

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
"""Stem; width between, width and kernel of six blocks; how often the seventh repeats; then of the seventh to ninth."""
V2: tuple[Options, ...] = (
    HEADS,
    *(options for widths in V2_WIDTHS for options in (V2_EXPANSIONS, widths, REPEATS, KERNELS)),
)
"""First stage; then expansion, width, repeats and kernel of six stages."""
V1_BLOCK: tuple[Options, ...] = (V1_BLOCK_WIDTHS, V1_BLOCK_WIDTHS, KERNELS)
"""Width between the two convolutions, width, kernel."""
V2_BLOCK: tuple[Options, ...] = (V2_BLOCK_EXPANSIONS, V2_BLOCK_WIDTHS, REPEATS, KERNELS)
"""Expansion, width, repeats, kernel."""


def chosen(candidates: Sequence[Options], tokens: Sequence[int]) -> list[int]:
    """Return what each token stands for: the candidate with that index."""
    return [options[token] for options, token in zip(candidates, tokens, strict=True)]


def tokens_of(candidates: Sequence[Options], values: Sequence[int]) -> list[int]:
    """Return the tokens that stand for these values; of a value that is no candidate, the largest candidate below."""
    return [
        max(index for index, option in enumerate(options) if option <= value)
        for options, value in zip(candidates, values, strict=True)
    ]
