"""Sorts a population into non-dominated fronts, with constraints, and computes crowding distances.

Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE TEC 6 (2002).
"""

import math
from collections import defaultdict
from collections.abc import Sequence

from fgspace import Values, non_dominated

from fgspace_ea.members import Member


def sorted_fronts(values: Sequence[Values]) -> list[list[int]]:
    """Return the indices of each non-dominated front: the first, then the front of those left, and so on."""
    fronts, left = [], list(range(len(values)))
    while left:
        front = [left[place] for place in non_dominated([values[index] for index in left])]
        fronts.append(front)
        left = sorted(set(left).difference(front))
    return fronts


def constrained_fronts(members: Sequence[Member]) -> list[list[int]]:
    """Return the indices of the feasible fronts, then of each group of equal violation, the least violation first."""
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
    """Return the first fronts that fit into `size`, the next front, and the number of its members that still fit."""
    whole: list[list[int]] = []
    left = size
    for front in fronts:
        if len(front) > left:
            return whole, front, left
        whole.append(front)
        left -= len(front)
    return whole, [], 0


def crowding(values: Sequence[Values]) -> list[float]:
    """Return the crowding distance of each tuple of a front; it is infinite at both ends of every objective.

    It is the sum over objectives of the distance between the two neighbours of the tuple, divided by the range.
    """
    distances = [0.0] * len(values)
    for place in range(len(values[0])):
        order = sorted(range(len(values)), key=lambda index: values[index][place])
        span = values[order[-1]][place] - values[order[0]][place]
        distances[order[0]] = distances[order[-1]] = math.inf
        for before, index, after in zip(order, order[1:], order[2:], strict=False):
            if span:
                distances[index] += (values[after][place] - values[before][place]) / span
    return distances
