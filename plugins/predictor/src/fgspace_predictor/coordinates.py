"""Points as rows of numbers: the squared distance of two rows is in how many hyper-parameters the points differ."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
from fgspace import Choice, Int, Space, Vector
from fgspace.domains import Domain, Float, Tokens
from fgspace.search.trial import Point
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALF = sqrt(0.5)
_Read = Callable[[Any], list[float]]


class Coordinates:
    """Where the points of a space stand.

    A number stands at its share, 0 to 1, of the way through its range, on a logarithmic scale where it has one. An
    option of a choice has an axis of its own, at √½, so that two points with different options are 1 apart. A vector
    stands where its elements do, one after the other. What is not active stands in the middle of its range, or, if it
    is an option, at 0 on every axis.
    """

    def __init__(self, space: Space) -> None:
        self._columns = [(path, *_columns(domain)) for path, domain in space.hyper_parameters.items()]
        self.dimensions = max(1, sum(_dimensions(domain) for domain in space.hyper_parameters.values()))
        """How many single values a point has: the largest squared distance there is."""

    def rows(self, points: Iterable[Mapping[str, Any]]) -> Array:
        """Return the points as rows, (number of points, number of axes)."""
        return np.array([self._row(point) for point in points])

    def _row(self, point: Mapping[str, Any]) -> list[float]:
        row = [0.0]  # an axis on which all stand alike, so that a space without hyper-parameters has one
        for path, read, blank in self._columns:
            row += read(point[path]) if path in point else blank
        return row


def squared_distances(first: Array, second: Array) -> Array:
    """Return the squared Euclidean distance of every row of the first, (n, d), to each of the second, (m, d)."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1)
    return np.maximum(squares - 2 * first @ second.T, 0.0)


def spread(points: list[Point], far_from: list[Point], coordinates: Coordinates) -> Point:
    """Return the point whose nearest neighbour among others is farthest."""
    if not far_from:
        return points[0]
    nearest = squared_distances(coordinates.rows(points), coordinates.rows(far_from)).min(1)
    return points[int(nearest.argmax())]


def _columns(domain: Domain) -> tuple[_Read, list[float]]:
    """Return what reads the coordinates of a value, and those of one that is not active."""
    match domain:
        case Choice(options):
            rows = _one_hot(len(options))
            return lambda value: rows[options.index(value)], [0.0] * len(options)
        case Int(low, high):
            width = max(1, high - low)
            return lambda value: [(value - low) / width], [0.5]
        case Float():
            return lambda value: [domain.share(value)], [0.5]
        case Vector(_, length) if domain.is_binary:
            return list, [0.5] * length
        case Vector(element, length):
            read, blank = _columns(element)
            return partial(_each, [read] * length), blank * length
        case Tokens(ranges):
            tables = [_one_hot(bound) for bound in ranges]
            return partial(_each, [table.__getitem__ for table in tables]), [0.0] * sum(ranges)
    return lambda value: [bound and token / bound for token, bound in _shares(domain, value)], [
        0.5 for _ in domain.range_table
    ]


def _each(readers: list[_Read], value: list[Any]) -> list[float]:
    return [share for read, one in zip(readers, value, strict=True) for share in read(one)]


def _shares(domain: Domain, value: Any) -> Iterable[tuple[int, int]]:
    return ((token, bound - 1) for token, bound in zip(domain.encode(value), domain.range_table, strict=True))


def _one_hot(count: int) -> list[list[float]]:
    return [[_HALF * (axis == index) for axis in range(count)] for index in range(count)]


def _dimensions(domain: Domain) -> int:
    return len(domain.range_table) if domain.size > 1 else 0
