"""The candidates of PaddleSlim's token spaces over ResNets: one list per token."""

from collections.abc import Sequence

Options = tuple[int, ...]

STAGES: tuple[Options, ...] = (
    (48, 64, 96, 128, 160, 192, 224),
    (2, 3, 4, 5, 6),
    (64, 96, 128, 160, 192, 256, 320),
    (2, 3, 4, 5, 6, 7),
    (128, 160, 192, 256, 320, 384),
    (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24),
    (192, 256, 384, 512, 640),
    (2, 3, 4, 5, 6, 7),
)
"""Width and number of blocks of each of the four stages."""

BLOCK_WIDTHS: Options = (48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 512, 640)
BLOCK_COUNTS: Options = (0, 1, 2, 3, 4, 6, 7, 8, 10, 12, 14, 16)
BLOCK: tuple[Options, ...] = (BLOCK_WIDTHS, BLOCK_WIDTHS, BLOCK_WIDTHS, (3, 5), BLOCK_COUNTS, BLOCK_COUNTS)
"""The parameters c1, c2, c3, kernel, n1 and n2 of a `StackedBottleneck`."""


def chosen(candidates: Sequence[Options], tokens: Sequence[int]) -> list[int]:
    """Return the value of each token: the candidate at that index."""
    return [options[token] for options, token in zip(candidates, tokens, strict=True)]


def tokens_of(candidates: Sequence[Options], values: Sequence[int]) -> list[int]:
    """Return the tokens of these values; a value that is not a candidate is rounded down to the nearest one."""
    return [
        max(index for index, option in enumerate(options) if option <= value)
        for options, value in zip(candidates, values, strict=True)
    ]
