"""Maps points to coordinates, whose squared distance counts the values that differ, and to sums over equal domains."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from fgspace import Choice, Domain, Float, Int, Point, Space, Tokens, Vector
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALF = sqrt(0.5)
_SCALES = 40
"""The largest number of scales."""
_Read = Callable[[Sequence[Any]], Array]
"""Returns the coordinates of n values, (n, columns)."""


class Coordinates:
    """The coordinates of the points of a space.

    - A number is scaled to 0 to 1 over its range, on a logarithmic scale if its domain has one.
    - A choice is one-hot, with √½ in place of 1, so that two points with different options are 1 apart. With
      `in_order`, a choice of more than two numbers, or a token of more than two values, is one coordinate instead: its
      options are evenly spaced from 0 to 1 in their order.
    - A vector has the coordinates of its elements, one after the other.
    - An inactive hyper-parameter is in the middle of its range, 0.5; if it is one-hot, all its coordinates are 0.
    """

    def __init__(self, space: Space, *, in_order: bool = False) -> None:
        self._space = space
        self._columns = [(path, *_columns(domain, in_order)) for path, domain in space.hyper_parameters.items()]
        self.dimensions = max(1, sum(_dimensions(domain) for domain in space.hyper_parameters.values()))
        """The number of single values of a point, which is the largest possible squared distance."""
        self._turns = _turns(space.hyper_parameters, in_order)
        self.owners = _owners(space.hyper_parameters, in_order)
        """For each column the index of its scale; None if there are too many hyper-parameters for a scale each."""
        self.groups = _groups(space.hyper_parameters, in_order)
        """For each group, the columns of each of its values: (values, columns of one value).

        A group is the hyper-parameters of equal domains, or the elements of one vector.
        """

    @property
    def are_mostly_numbers(self) -> bool:
        """Whether more than half of the single values are integers or floats."""
        return 2 * len(self._turns) > self.dimensions

    def ordered(self) -> "Coordinates | None":
        """Return the coordinates with options in their order; None if no domain has such options."""
        if any(map(_has_order, self._space.hyper_parameters.values())):
            return Coordinates(self._space, in_order=True)
        return None

    def rows(self, points: Sequence[Mapping[str, Any]]) -> Array:
        """Return the points as rows, (number of points, number of axes)."""
        columns = [np.zeros((len(points), 1))]  # a constant column, so that no space is without columns
        columns += [_filled(points, path, read, blank) for path, read, blank in self._columns]
        return np.hstack(columns)

    def turned(self, points: Sequence[Mapping[str, Any]]) -> Array:
        """Return the points as rows in which the ends of each range meet, as on a circle.

        So points that are far from each other do not gather at the ends of the ranges, where few optima are.
        """
        rows = self.rows(points)
        columns = list(self._turns)
        angles = rows[:, columns] * np.array([2 * np.pi * turn for turn in self._turns.values()])
        return np.hstack([np.delete(rows, columns, 1), np.cos(angles) / 2, np.sin(angles) / 2])

    def sums(self, rows: Array) -> Array:
        """Return for each row the sum over each group, divided by the root of the group's size: (n, columns).

        So the largest squared distance is again the number of values, and the sums of random points have the variance
        of a single value.
        """
        totals = [rows[:, columns].sum(1) / sqrt(len(columns)) for columns in self.groups]
        return np.hstack([np.empty((len(rows), 0)), *totals])


def squared_distances(first: Array, second: Array) -> Array:
    """Return the squared Euclidean distances, (n, m), between rows of the first, (n, d), and the second, (m, d)."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1)
    distances: Array = np.maximum(squares - 2 * first @ second.T, 0.0)
    return distances


def spread(points: list[Point], far_from: list[Point], coordinates: Coordinates) -> Point:
    """Return the point with the largest distance to its nearest neighbour in `far_from`."""
    if not far_from:
        return points[0]
    nearest = squared_distances(coordinates.turned(points), coordinates.turned(far_from)).min(1)
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
    """Return the function from values to coordinates, and the coordinates of an inactive value."""
    match domain:
        case Choice(options):
            table, index = _table(options, in_order), _indices(options)
            return lambda values: table[[index(value) for value in values]], _blank(options, in_order)
        case Int(low, high, log=False):
            width = max(1, high - low)
            return lambda values: (np.array(values, float)[:, None] - low) / width, [0.5]
        case Int() | Float():
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
    """Return the function from an option to its index; it uses a table if the options are hashable.

    The class is part of the key, so that 1, 1.0 and True are different options.
    """
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


def _turns(hyper_parameters: Mapping[str, Domain], in_order: bool) -> dict[int, float]:
    """Return for each column of an integer or a float the share of a circle that its range is laid along."""
    found: dict[int, float] = {}
    end = 1
    for path, domain in hyper_parameters.items():
        width = sum(width for _, width in _places(path, domain, in_order))
        element = domain.element if isinstance(domain, Vector) and not domain.is_binary else domain
        if isinstance(element, Int | Float):
            # The last of n values is as far from the first as from the one before it.
            found |= dict.fromkeys(range(end, end + width), 1 - 1 / element.size)
        end += width
    return found


def _owners(hyper_parameters: Mapping[str, Domain], in_order: bool) -> NDArray[np.intp] | None:
    """Return for each column the index of its scale: that of its value, or if there are too many, of its path."""
    widths = [[width for _, width in _places(path, one, in_order)] for path, one in hyper_parameters.items()]
    if sum(map(len, widths)) > _SCALES:
        widths = [[sum(one)] for one in widths]
    flat = [width for one in widths for width in one]
    if not 0 < len(flat) <= _SCALES:
        return None
    # The constant first column may have any scale.
    return np.repeat(np.arange(len(flat)), [flat[0] + 1, *flat[1:]])


def _places(path: str, domain: Domain, in_order: bool) -> list[tuple[str, int]]:
    """Return for each single value of a domain the name of its group and its number of columns."""
    match domain:
        case Choice(options):
            return [(repr(domain), len(_blank(options, in_order)))]
        case Vector(element, length):
            return [(f"{path}: {name}", width) for name, width in _places(path, element, in_order) * length]
        case Tokens(ranges):
            return [(f"{path}: {bound}", len(_blank(range(bound), in_order))) for bound in ranges]
    return [(repr(domain), 1) for _ in domain.range_table]


def _table(options: Sequence[Any], in_order: bool) -> Array:
    """Return the coordinates of each option: one-hot, or evenly spaced on one axis."""
    if in_order and _are_ordered(options):
        ranked = sorted(options)
        return np.array([[ranked.index(option) / (len(options) - 1)] for option in options])
    return _HALF * np.eye(len(options))


def _blank(options: Sequence[Any], in_order: bool) -> list[float]:
    """Return the coordinates of an inactive choice."""
    return [0.5] if in_order and _are_ordered(options) else [0.0] * len(options)


def _are_ordered(options: Sequence[Any]) -> bool:
    """Return whether the order of the options has a meaning: there are more than two, and all are numbers."""
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
