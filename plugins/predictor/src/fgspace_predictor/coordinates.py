"""Points as rows of numbers: by place, where distance counts the values that differ, and in sum over places alike."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from fgspace import Choice, Int, Space, Vector
from fgspace.domains import Domain, Float, Tokens
from fgspace.search.trial import Point
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALF = sqrt(0.5)
_Read = Callable[[Sequence[Any]], Array]
"""Returns the coordinates of values, (values, columns)."""


class Coordinates:
    """Where the points of a space stand.

    A number stands at its share, 0 to 1, of the way through its range, on a logarithmic scale where it has one. An
    option of a choice has an axis of its own, at √½, so that two points with different options are 1 apart; `in_order`,
    options that are numbers, and tokens, stand on one axis, evenly spaced from 0 to 1. A vector stands where its
    elements do, one after the other. What is not active stands in the middle of its range, or, if it is an option with
    an axis of its own, at 0 on every axis.
    """

    def __init__(self, space: Space, *, in_order: bool = False) -> None:
        self._space = space
        self._columns = [(path, *_columns(domain, in_order)) for path, domain in space.hyper_parameters.items()]
        self.dimensions = max(1, sum(_dimensions(domain) for domain in space.hyper_parameters.values()))
        """How many single values a point has: the largest squared distance there is."""
        self.groups = _groups(space.hyper_parameters, in_order)
        """For each group, the columns of each of its places, (places, columns of one)."""

    def ordered(self) -> "Coordinates | None":
        """Return the coordinates of options in their order; None where that makes no difference."""
        if any(map(_has_order, self._space.hyper_parameters.values())):
            return Coordinates(self._space, in_order=True)
        return None

    def rows(self, points: Sequence[Mapping[str, Any]]) -> Array:
        """Return the points as rows, (number of points, number of axes)."""
        columns = [np.zeros((len(points), 1))]  # an axis on which all stand alike, so that no space is without one
        columns += [_filled(points, path, read, blank) for path, read, blank in self._columns]
        return np.hstack(columns)

    def sums(self, rows: Array) -> Array:
        """Return rows in sum, (number of rows, number of axes): over each group, over the root of its size.

        So the largest squared distance is the number of places again, and random points scatter as if by one place.
        """
        totals = [rows[:, columns].sum(1) / sqrt(len(columns)) for columns in self.groups]
        return np.hstack([np.empty((len(rows), 0)), *totals])


def squared_distances(first: Array, second: Array) -> Array:
    """Return the squared Euclidean distance of every row of the first, (n, d), to each of the second, (m, d)."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1)
    distances: Array = np.maximum(squares - 2 * first @ second.T, 0.0)
    return distances


def spread(points: list[Point], far_from: list[Point], coordinates: Coordinates) -> Point:
    """Return the point whose nearest neighbour among others is farthest."""
    if not far_from:
        return points[0]
    nearest = squared_distances(coordinates.rows(points), coordinates.rows(far_from)).min(1)
    return points[int(nearest.argmax())]


def _filled(points: Sequence[Mapping[str, Any]], path: str, read: _Read, blank: Sequence[float]) -> Array:
    values = [point[path] for point in points if path in point]
    if len(values) == len(points):
        return read(values)
    filled = np.tile(np.array(blank), (len(points), 1))
    if values:
        filled[[path in point for point in points]] = read(values)
    return filled


def _columns(domain: Domain, in_order: bool) -> tuple[_Read, list[float]]:
    """Return what reads the coordinates of values, and those of one that is not active."""
    match domain:
        case Choice(options):
            table, index = _table(options, in_order), _indices(options)
            return lambda values: table[[index(value) for value in values]], _blank(options, in_order)
        case Int(low, high):
            width = max(1, high - low)
            return lambda values: (np.array(values, float)[:, None] - low) / width, [0.5]
        case Float():
            return lambda values: np.array([[domain.share(value)] for value in values]), [0.5]
        case Vector(_, length) if domain.is_binary:
            return lambda values: np.array(values, float), [0.5] * length
        case Vector(element, length):
            read, blank = _columns(element, in_order)
            return lambda values: read([one for value in values for one in value]).reshape(
                len(values), -1
            ), blank * length
        case Tokens(ranges):
            tables = [_table(range(bound), in_order) for bound in ranges]
            return lambda values: np.hstack(
                [table[list(tokens)] for table, tokens in zip(tables, zip(*values, strict=True), strict=True)]
            ), [one for bound in ranges for one in _blank(range(bound), in_order)]
    widths = np.maximum(np.array(domain.range_table, float) - 1, 1)
    return lambda values: np.array([domain.encode(value) for value in values]) / widths, [0.5 for _ in widths]


def _indices(options: Sequence[Any]) -> Callable[[Any], int]:
    """Return what finds an option: by a table where the options can be looked up, and no two are looked up alike."""
    try:
        table = {(option.__class__, option): index for index, option in enumerate(options)}
    except TypeError:
        return options.index
    return lambda value: table.get((value.__class__, value), -1)


def _groups(hyper_parameters: Mapping[str, Domain], in_order: bool) -> list[NDArray[np.intp]]:
    groups: dict[str, list[range]] = defaultdict(list)
    end = 1
    for path, domain in hyper_parameters.items():
        for name, width in _places(path, domain, in_order):
            groups[name].append(range(end, end + width))
            end += width
    return [np.array(columns) for columns in groups.values() if len(columns) > 1]


def _places(path: str, domain: Domain, in_order: bool) -> list[tuple[str, int]]:
    """Return for each single value of a domain the name of the group it is in, and how many columns it has."""
    match domain:
        case Choice(options):
            return [(repr(domain), len(_blank(options, in_order)))]
        case Vector(element, length):
            return [(f"{path}: {name}", width) for name, width in _places(path, element, in_order) * length]
        case Tokens(ranges):
            return [(f"{path}: {bound}", len(_blank(range(bound), in_order))) for bound in ranges]
    return [(repr(domain), 1) for _ in domain.range_table]


def _table(options: Sequence[Any], in_order: bool) -> Array:
    """Return where each option stands: on an axis of its own, or all on one."""
    if in_order and _are_ordered(options):
        ranked = sorted(options)
        return np.array([[ranked.index(option) / (len(options) - 1)] for option in options])
    return _HALF * np.eye(len(options))


def _blank(options: Sequence[Any], in_order: bool) -> list[float]:
    """Return where what is not active stands."""
    return [0.5] if in_order and _are_ordered(options) else [0.0] * len(options)


def _are_ordered(options: Sequence[Any]) -> bool:
    """Say whether an order tells more than that options differ, as it does of more than two numbers."""
    return len(options) > 2 and all(isinstance(one, int | float) and not isinstance(one, bool) for one in options)


def _has_order(domain: Domain) -> bool:
    match domain:
        case Choice(options):
            return _are_ordered(options)
        case Vector(element):
            return _has_order(element)
        case Tokens(ranges):
            return any(_are_ordered(range(bound)) for bound in ranges)
    return False


def _dimensions(domain: Domain) -> int:
    return len(domain.range_table) if domain.size > 1 else 0
