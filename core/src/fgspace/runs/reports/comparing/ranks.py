"""The rank test of Mann and Whitney, exact for few values without ties."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

_MOST_EXACT = 20


class Test(NamedTuple):
    """U of the first sample, the two-sided p, and the share of pairs in which the first is larger (ties count half)."""

    u: float
    p: float
    share: float


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> Test:
    """Return the test that two samples come from one distribution (Mann and Whitney, Ann. Math. Stat. 18, 1947)."""
    n, m = len(first), len(second)
    if not n or not m:
        raise ValueError("expected two samples with values")
    u = sum((one > other) + 0.5 * (one == other) for one in first for other in second)
    counts = Counter((*first, *second))
    if max(n, m) <= _MOST_EXACT and max(counts.values()) == 1:
        p = min(
            1.0,
            2 * sum(_arrangements(n, m, value) for value in range(int(min(u, n * m - u)) + 1)) / math.comb(n + m, n),
        )
    else:
        p = _normal(u, n, m, counts)
    return Test(u, p, u / (n * m))


@cache
def _arrangements(n: int, m: int, u: int) -> int:
    """Return in how many orders of n and m values without ties the first sample has this U."""
    if u < 0:
        return 0
    if n == 0 or m == 0:
        return int(u == 0)
    return _arrangements(n - 1, m, u - m) + _arrangements(n, m - 1, u)


def _normal(u: float, n: int, m: int, counts: Counter[float]) -> float:
    """Return p by the normal distribution, corrected for ties and for continuity."""
    size = n + m
    ties = sum(count**3 - count for count in counts.values()) / (size * (size - 1))
    spread = math.sqrt(n * m / 12 * (size + 1 - ties))
    if not spread:
        return 1.0
    return min(1.0, math.erfc(max(0.0, abs(u - n * m / 2) - 0.5) / spread / math.sqrt(2)))
