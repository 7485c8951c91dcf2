"""Scales objectives so that the front lies between 0 and 1 on every axis: ideal, extreme points and their hyperplane.

Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based Nondominated Sorting
Approach, Part I", IEEE TEC 18 (2014), section IV-C.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fgspace import Values

_OFF_AXIS = 1e6
"""What another objective weighs against the axis' own in the scalarising function, as in the paper."""
_FLAT = 1e-6
"""A range below this share of what there is counts as none."""


@dataclass(frozen=True)
class Scale:
    """What the fronts so far have shown: the best value of each objective, and the extreme point of each axis."""

    ideal: Values = ()
    extremes: tuple[Values, ...] = ()

    def seeing(self, front: Sequence[Values]) -> "Scale":
        """Return the scale after one more front is seen."""
        ideal = tuple(map(min, zip(*front, *([self.ideal] if self.ideal else []), strict=True)))
        return Scale(ideal, extreme_points([*self.extremes, *front], ideal))

    def normalised(self, values: Sequence[Values], front: Sequence[Values]) -> list[Values]:
        """Return values with the ideal at 0 and the intercepts of the hyperplane, or else the front's worst, at 1."""
        spans = intercepts(self.extremes, self.ideal) or ()
        worst = _spans(front, self.ideal)
        most = _spans(values, self.ideal)
        # A hyperplane that reaches beyond everything seen says nothing of the front.
        spans = worst if not spans else tuple(map(min, spans, most))
        spans = tuple(
            span if span > _FLAT * widest else widest or 1.0 for span, widest in zip(spans, most, strict=True)
        )
        return [
            tuple((one - low) / span for one, low, span in zip(value, self.ideal, spans, strict=True))
            for value in values
        ]


def extreme_points(values: Sequence[Values], ideal: Values) -> tuple[Values, ...]:
    """Return for each axis the tuple that lies closest to it: the least achievement scalarising function.

    Each objective counts in shares of its range here, so that a unit does not decide; of equals, the sum does.
    """
    spans = [span or 1.0 for span in _spans(values, ideal)]
    shares = [[(one - low) / span for one, low, span in zip(value, ideal, spans, strict=True)] for value in values]

    off = [[(_off(row, axis), sum(row)) for row in shares] for axis in range(len(ideal))]
    return tuple(values[each.index(min(each))] for each in off)


def intercepts(extremes: Sequence[Values], ideal: Values) -> Values | None:
    """Return how far from the ideal the hyperplane through the extreme points meets each axis; None where it does not.

    It does not where the points lie in no single hyperplane, or that meets an axis at the ideal, below it or nowhere.
    """
    rows = [tuple(one - low for one, low in zip(point, ideal, strict=True)) for point in extremes]
    # In shares of the largest value on each axis, so that no unit is too small to divide by.
    most = [max(column) for column in zip(*rows, strict=True)]
    if not all(most):
        return None
    shares = solved([[one / scale for one, scale in zip(row, most, strict=True)] for row in rows])
    if shares is None or not all(_FLAT < share < 1 / _FLAT for share in shares):
        return None
    return tuple(scale / share for scale, share in zip(most, shares, strict=True))


def solved(rows: Sequence[Sequence[float]]) -> list[float] | None:
    """Solve rows · x = 1 by Gaussian elimination; None where the rows are, as good as, dependent."""
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
