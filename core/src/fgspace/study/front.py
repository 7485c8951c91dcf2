"""Finds the non-dominated tuples of values; every value is to be minimised."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fgspace.errors import FgspaceError, brief

Values = tuple[float, ...]


def dominates(first: Values, second: Values) -> bool:
    """Say whether the first is no worse than the second in any value, and better in one.

    Raises:
        ValueError: they differ in length.
    """
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))


def non_dominated(values: Sequence[Values]) -> list[int]:
    """Return the indices of the tuples that no other dominates, in order; equal tuples do not dominate each other.

    Takes n log n for up to three values a tuple (Kung, Luccio and Preparata, "On Finding the Maxima of a Set of
    Vectors", J. ACM 22, 1975), n times the size of the front beyond that.
    """
    places: dict[Values, list[int]] = defaultdict(list)
    for index, value in enumerate(values):
        places[value if value.__class__ is tuple else _tuple(value)].append(index)
    if len({len(value) for value in places}) > 1:
        raise FgspaceError("expected tuples of values of one length, got tuples of several")
    # In lexicographic order, a tuple can be dominated only by an earlier one.
    ordered = sorted(places)
    kept = _sweep(ordered) if ordered and len(ordered[0]) <= 3 else _compare(ordered)
    return sorted(index for value in kept for index in places[value])


def _tuple(given: Any) -> Values:
    """Return the values of one trial that a program gives as a list, an array or a mapping as a tuple."""
    try:
        return tuple(map(float, given.values() if isinstance(given, Mapping) else given))
    except (TypeError, ValueError):
        raise FgspaceError(
            f"expected a tuple of values for each trial, such as (0.1, 3.0); got {brief(given)}"
        ) from None


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
