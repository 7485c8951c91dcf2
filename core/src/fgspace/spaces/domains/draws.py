"""Draws and checks of integers that several domains share."""

from collections.abc import Sequence
from random import Random

SPREAD = 0.2
"""The standard deviation of a mutation's step, as a share of the range of an ordered domain."""

SHORT = 1 << 40
"""Below this number of values, one is drawn by multiplication, uniformly to one part in 2^13."""


def below(rng: Random, bound: int) -> int:
    """Draw an integer of at least 0 and below the bound, in a third of the time of `randrange`."""
    return int(rng.random() * bound) if bound < SHORT else rng.randrange(bound)


def in_range(tokens: Sequence[int], table: list[int]) -> Sequence[int]:
    """Return the tokens; raise ValueError if their number is wrong or one is out of its range."""
    if len(tokens) != len(table):
        raise ValueError(f"expected {len(table)} tokens, got {len(tokens)}")
    for index, (token, bound) in enumerate(zip(tokens, table, strict=True)):
        if not 0 <= token < bound:
            raise ValueError(f"token {index} must be at least 0 and below {bound}, got {token}")
    return [token if token.__class__ is int else int(token) for token in tokens]
