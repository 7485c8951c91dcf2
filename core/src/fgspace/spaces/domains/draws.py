"""Draws and checks of integers that several domains share."""

from collections.abc import Sequence
from operator import index
from random import Random
from typing import Any, cast

from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError, brief

Rng = Random | int
"""Where random draws come from: a generator, or the seed of one."""

SPREAD = 0.2
"""The standard deviation of a mutation's step, as a share of the range of an ordered domain."""

SHORT = 1 << 40
"""Below this number of values, one is drawn by multiplication, uniformly to one part in 2^13."""


def generator(given: Any) -> Random:
    """Return the generator that is given, or one with the seed that is given; NumPy's seeds one of Python's.

    Raises:
        FgspaceError: it is neither.
    """
    if hasattr(given, "getrandbits"):
        return cast(Random, given)
    draw = getattr(given, "integers", None) or getattr(given, "randint", None)
    try:
        return Random(index(draw(0, 2**31)) if draw else index(given))
    except TypeError:
        example = "such as random.Random(0) or 0"
        raise FgspaceError(f"expected a random generator or a seed, {example}; got {brief(given)}") from None


def below(rng: Random, bound: int) -> int:
    """Draw an integer of at least 0 and below the bound, in a third of the time of `randrange`."""
    return int(rng.random() * bound) if bound < SHORT else rng.randrange(bound)


def in_range(tokens: Sequence[int], table: list[int]) -> Sequence[int]:
    """Return the tokens; raise ValueError if their number is wrong or one is out of its range."""
    if len(tokens) != len(table):
        raise ValueError(f"expected {len(table)} tokens, got {len(tokens)}")
    tokens = [token if token.__class__ is int else _index(place, token) for place, token in enumerate(tokens)]
    for place, (token, bound) in enumerate(zip(tokens, table, strict=True)):
        if not 0 <= token < bound:
            raise ValueError(f"token {place} must be at least 0 and below {bound}, got {token}")
    return tokens


def whole(head: str, name: str, given: Any) -> int:
    """Return a number of a domain as a plain integer; raise ValueError if it is not a whole number."""
    number = plain(given, f"{head}: {name}")
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(f"{head}: expected a whole number as {name}, got {brief(number)}")
    return number


def _index(place: int, token: Any) -> int:
    try:
        return index(token)
    except TypeError:
        raise ValueError(f"token {place} must be a whole number, got {brief(token)}") from None


def near(old: int, size: int, rng: Random) -> int:
    """Draw another index below `size`, near the old one more often than far from it; the same one if it is alone."""
    if size < 3:
        return old if size == 1 else 1 - old
    new = old
    while new == old or not 0 <= new < size:
        new = round(rng.gauss(old, max(1.0, SPREAD * (size - 1))))
    return new
