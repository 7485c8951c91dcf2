"""Scales objectives by the ideal point and the hyperplane through the extreme points: the front spans 0 to 1.

Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based Nondominated Sorting
Approach, Part I", IEEE TEC 18 (2014), section IV-C.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fgspace import Values

_OFF_AXIS = 1e6
"""The weight of every objective but that of the axis in the achievement scalarising function, as in the paper."""
_FLAT = 1e-6
"""A number below this share of what it is compared to counts as zero."""


@dataclass(frozen=True)
class Scale:
    """The best value of each objective and the extreme point of each axis, over all fronts seen so far."""

    ideal: Values = ()
    extremes: tuple[Values, ...] = ()

    def seeing(self, front: Sequence[Values]) -> "Scale":
        """Return the scale updated by one more front."""
        ideal = tuple(map(min, zip(*front, *([self.ideal] if self.ideal else []), strict=True)))
        return Scale(ideal, extreme_points([*self.extremes, *front], ideal))

    def normalised(self, values: Sequence[Values], front: Sequence[Values]) -> list[Values]:
        """Return the values scaled to 0 at the ideal point and to 1 at the intercepts of the hyperplane.

        If there is no hyperplane, the worst values of the front are scaled to 1 instead.
        """
        spans = intercepts(self.extremes, self.ideal) or ()
        worst = _spans(front, self.ideal)
        most = _spans(values, self.ideal)
        # An intercept beyond all values does not tell where the front ends: the largest value is used there.
        spans = worst if not spans else tuple(map(min, spans, most))
        spans = tuple(
            span if span > _FLAT * widest else widest or 1.0 for span, widest in zip(spans, most, strict=True)
        )
        return [
            tuple((one - low) / span for one, low, span in zip(value, self.ideal, spans, strict=True))
            for value in values
        ]


def extreme_points(values: Sequence[Values], ideal: Values) -> tuple[Values, ...]:
    """Return for each axis the tuple closest to it, which has the smallest achievement scalarising function.

    Each objective is divided by its range first, so that units make no difference. Among equals, the tuple with the
    smallest sum is taken.
    """
    spans = [span or 1.0 for span in _spans(values, ideal)]
    shares = [[(one - low) / span for one, low, span in zip(value, ideal, spans, strict=True)] for value in values]

    off = [[(_off(row, axis), sum(row)) for row in shares] for axis in range(len(ideal))]
    return tuple(values[each.index(min(each))] for each in off)


def intercepts(extremes: Sequence[Values], ideal: Values) -> Values | None:
    """Return the distance from the ideal point to where the hyperplane through the extreme points meets each axis.

    Returns None if the points do not determine one hyperplane, or if it does not meet every axis above the ideal point.
    """
    rows = [tuple(one - low for one, low in zip(point, ideal, strict=True)) for point in extremes]
    # Divided by the largest value on each axis, so that the thresholds below hold for every unit.
    most = [max(column) for column in zip(*rows, strict=True)]
    if not all(most):
        return None
    shares = solved([[one / scale for one, scale in zip(row, most, strict=True)] for row in rows])
    if shares is None or not all(_FLAT < share < 1 / _FLAT for share in shares):
        return None
    return tuple(scale / share for scale, share in zip(most, shares, strict=True))


def solved(rows: Sequence[Sequence[float]]) -> list[float] | None:
    """Solve rows · x = 1 by Gaussian elimination; return None if the rows are dependent, or almost so."""
    table = [[*row, 1.0] for row in rows]
    size = len(table)
    for column in range(size):
        height, pivot = max((abs(table[row][column]), row) for row in range(column, size))
        if height < _FLAT:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        lead = [one / table[column][column] for one in table[column]]
        table = [lead if row == column else _less(table[row], table[row][column], lead) for row in range(size)]
    return [row[-1] for row in table]


def _less(row: Sequence[float], times: float, other: Sequence[float]) -> list[float]:
    return [one - times * its for one, its in zip(row, other, strict=True)]


def _off(shares: Sequence[float], axis: int) -> float:
    return max(share * (1.0 if at == axis else _OFF_AXIS) for at, share in enumerate(shares))


def _spans(values: Sequence[Values], ideal: Values) -> Values:
    return tuple(max(column) - low for column, low in zip(zip(*values, strict=True), ideal, strict=True))
