"""Evenly spread directions in objective space, and the direction closest to a tuple of objective values.

Das and Dennis, "Normal-Boundary Intersection", SIAM J. Optim. 8 (1998).
"""

import math
import operator
from collections.abc import Iterator, Sequence

from fgspace import Values


def das_dennis(objectives: int, divisions: int) -> list[Values]:
    """Return every point whose coordinates are non-negative multiples of 1 / `divisions` and sum to 1.

    Their number is the binomial coefficient of objectives + divisions - 1 over divisions.
    """
    return [tuple(count / divisions for count in counts) for counts in _parts(divisions, objectives)]


def directions(objectives: int, divisions: int, inner: int = 0) -> list[Values]:
    """Return the Das–Dennis points, and with `inner` above 0 a second layer of half the size around their centre."""
    inside = das_dennis(objectives, inner) if inner else []
    return [
        *das_dennis(objectives, divisions),
        *(tuple((share + 1 / objectives) / 2 for share in point) for point in inside),
    ]


def fitting_divisions(objectives: int, most: int) -> int:
    """Return the largest number of divisions that makes at most `most` directions; at least 1."""
    if objectives == 1:
        return 1
    divisions = 1
    while math.comb(objectives + divisions, objectives - 1) <= most:
        divisions += 1
    return divisions


def associate(values: Sequence[Values], points: Sequence[Values]) -> list[tuple[int, float]]:
    """Return for each tuple the index of the direction with the closest line, and the distance from that line.

    The line of a direction goes through it and the origin; the distance is perpendicular to the line.
    """
    units = [tuple(share / math.hypot(*point) for share in point) for point in points]
    return [_closest(value, units) for value in values]


def _closest(value: Values, units: Sequence[Values]) -> tuple[int, float]:
    # Values and directions are not negative, so the closest line is the one with the largest projection.
    reach = [sum(map(operator.mul, unit, value)) for unit in units]
    along = max(reach)
    index = reach.index(along)
    return index, math.hypot(*(one - along * share for one, share in zip(value, units[index], strict=True)))


def _parts(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield, in lexicographic order, every tuple of `parts` counts that sum to `total`."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _parts(total - first, parts - 1):
            yield (first, *rest)
