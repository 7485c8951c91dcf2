"""Which members of a population lead: fronts, constraints first, and the crowding distance within a front.

Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE TEC 6 (2002).
"""

import math
from collections import defaultdict
from collections.abc import Sequence

from fgspace.search.front import Values, non_dominated

from fgspace_ea.members import Member


def sorted_fronts(values: Sequence[Values]) -> list[list[int]]:
    """Return the indices of the front, of what is the front without it, and so on: the non-dominated sort."""
    fronts, left = [], list(range(len(values)))
    while left:
        front = [left[place] for place in non_dominated([values[index] for index in left])]
        fronts.append(front)
        left = sorted(set(left).difference(front))
    return fronts


def constrained_fronts(members: Sequence[Member]) -> list[list[int]]:
    """Return the indices of the feasible fronts, then of those of equal violation, the least first."""
    outside: dict[float, list[int]] = defaultdict(list)
    feasible: list[int] = []
    for index, one in enumerate(members):
        (outside[one.violation] if one.violation else feasible).append(index)
    fronts = sorted_fronts([members[index].values for index in feasible])
    return [
        *([feasible[place] for place in front] for front in fronts),
        *(outside[violation] for violation in sorted(outside)),
    ]


def split(fronts: Sequence[list[int]], size: int) -> tuple[list[list[int]], list[int], int]:
    """Return the fronts that fit whole, the first that does not, and how many of that one are to be taken."""
    whole: list[list[int]] = []
    left = size
    for front in fronts:
        if len(front) > left:
            return whole, front, left
        whole.append(front)
        left -= len(front)
    return whole, [], 0


def crowding(values: Sequence[Values]) -> list[float]:
    """Return for each tuple of a front how far apart its neighbours are, as shares of the ranges; infinite at ends."""
    distances = [0.0] * len(values)
    for place in range(len(values[0])):
        order = sorted(range(len(values)), key=lambda index: values[index][place])
        span = values[order[-1]][place] - values[order[0]][place]
        distances[order[0]] = distances[order[-1]] = math.inf
        for before, index, after in zip(order, order[1:], order[2:], strict=False):
            if span:
                distances[index] += (values[after][place] - values[before][place]) / span
    return distances
