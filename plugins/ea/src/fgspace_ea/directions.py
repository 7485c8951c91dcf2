"""Directions in the space of objectives, evenly spread, and which of them a member is closest to.

Das and Dennis, "Normal-Boundary Intersection", SIAM J. Optim. 8 (1998).
"""

import math
import operator
from collections.abc import Iterator, Sequence

from fgspace import Values


def das_dennis(objectives: int, divisions: int) -> list[Values]:
    """Return every point whose coordinates are multiples of one over `divisions`, at least 0, and sum to 1.

    There are (objectives + divisions - 1) over divisions of them.
    """
    return [tuple(count / divisions for count in counts) for counts in _parts(divisions, objectives)]


def directions(objectives: int, divisions: int, inner: int = 0) -> list[Values]:
    """Return the Das–Dennis points, and with `inner` divisions a second, smaller layer of them about the middle."""
    inside = das_dennis(objectives, inner) if inner else []
    return [
        *das_dennis(objectives, divisions),
        *(tuple((share + 1 / objectives) / 2 for share in point) for point in inside),
    ]


def fitting_divisions(objectives: int, most: int) -> int:
    """Return the most divisions that make at most so many directions, at least 1."""
    if objectives == 1:
        return 1
    divisions = 1
    while math.comb(objectives + divisions, objectives - 1) <= most:
        divisions += 1
    return divisions


def associate(values: Sequence[Values], points: Sequence[Values]) -> list[tuple[int, float]]:
    """Return for each tuple the direction whose line through the origin is closest, and the perpendicular distance."""
    units = [tuple(share / math.hypot(*point) for share in point) for point in points]
    return [_closest(value, units) for value in values]


def _closest(value: Values, units: Sequence[Values]) -> tuple[int, float]:
    # The closest line is the one along which the tuple reaches furthest, where none is negative.
    reach = [sum(map(operator.mul, unit, value)) for unit in units]
    along = max(reach)
    index = reach.index(along)
    return index, math.hypot(*(one - along * share for one, share in zip(value, units[index], strict=True)))


def _parts(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write a total as a sum of so many counts, in order."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _parts(total - first, parts - 1):
            yield (first, *rest)
