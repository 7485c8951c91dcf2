"""Finds the non-dominated tuples of values; every value is to be minimised."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

Values = tuple[float, ...]


def dominates(first: Values, second: Values) -> bool:
    """Say whether the first is no worse than the second in any value, and better in one."""
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))


def non_dominated(values: Sequence[Values]) -> list[int]:
    """Return the indices of the tuples that no other dominates, in order; equal tuples do not dominate each other.

    Takes n log n for up to three values a tuple (Kung, Luccio and Preparata, "On Finding the Maxima of a Set of
    Vectors", J. ACM 22, 1975), n times the size of the front beyond that.
    """
    places: dict[Values, list[int]] = defaultdict(list)
    for index, value in enumerate(values):
        places[value].append(index)
    # In lexicographic order, a tuple can be dominated only by an earlier one.
    ordered = sorted(places)
    kept = _sweep(ordered) if ordered and len(ordered[0]) <= 3 else _compare(ordered)
    return sorted(index for value in kept for index in places[value])


def _sweep(ordered: Iterable[Values]) -> list[Values]:
    """Return the tuples that no earlier one dominates, of different ones in lexicographic order."""
    kept = []
    # The non-dominated pairs of second and third value so far: the second rises along these lists, the third falls.
    seconds: list[float] = []
    thirds: list[float] = []
    for value in ordered:
        second, third = (*value[1:], 0.0, 0.0)[:2]
        step = bisect_right(seconds, second)
        if step and thirds[step - 1] <= third:
            continue
        kept.append(value)
        start = bisect_left(seconds, second)
        end = start
        while end < len(seconds) and thirds[end] >= third:
            end += 1
        seconds[start:end] = [second]
        thirds[start:end] = [third]
    return kept


def _compare(ordered: Iterable[Values]) -> list[Values]:
    kept: list[Values] = []
    for value in ordered:
        if not any(dominates(other, value) for other in kept):
            kept.append(value)
    return kept
