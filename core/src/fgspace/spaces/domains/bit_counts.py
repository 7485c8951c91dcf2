"""Bit vectors with at least some ones: how many there are, and how many ones one of them has."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from random import Random

LONGEST_TABLE = 4_096
"""Up to this length, the number of ones is drawn from a table of exact numbers, of at most two megabytes."""
_NEGLIGIBLE = 2**-60


def count(length: int, at_least: int) -> int:
    """Return the number of bit vectors of a length with at least so many ones, by the shorter of two sums."""
    if at_least <= length // 2:
        return int(2**length - sum(binomials(length, 0, at_least)))
    return sum(binomials(length, at_least, length + 1))


def binomials(length: int, start: int, end: int) -> Iterator[int]:
    """Yield the number of bit vectors with each number of ones from start to below end, each from the one before."""
    number = math.comb(length, start)
    for ones in range(start, end):
        yield number
        number = number * (length - ones) // (ones + 1)


def table(length: int, at_least: int) -> list[int]:
    """Return the number of vectors with at_least, at_least + 1, ... ones, each added to those before."""
    return list(accumulate(binomials(length, at_least, length + 1)))


def from_table(ends: list[int], at_least: int, rng: Random) -> int:
    """Draw the number of ones such that all vectors are equally likely."""
    return at_least + bisect_right(ends, rng.randrange(ends[-1]))


def drawn(length: int, at_least: int, rng: Random) -> int:
    """Draw the bits of a vector with at least so many ones, at most half of them, as an integer.

    Free vectors are drawn until one has enough ones, which half of them have.
    """
    while (bits := rng.getrandbits(length)).bit_count() < at_least:
        pass
    return bits


def of_long(length: int, at_least: int, rng: Random) -> int:
    """Draw the number of ones of a long vector of which more than half are ones, without a table.

    The numbers of vectors fall from `at_least` on, and only the first of them count: all vectors are equally likely, to
    a part in 2^53.
    """
    shares, share = [], 1.0
    for ones in range(at_least, length + 1):
        shares.append(share)
        share *= (length - ones) / (ones + 1)
        if share < _NEGLIGIBLE:
            break
    return at_least + rng.choices(range(len(shares)), shares)[0]
