"""The non-dominated ones among tuples of values, every value to be minimised."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

Values = tuple[float, ...]


def dominates(first: Values, second: Values) -> bool:
    """Say whether the first is nowhere worse than the second and somewhere better."""
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))


def non_dominated(values: Sequence[Values]) -> list[int]:
    """Return the indices of the tuples that no other dominates, in order; equal tuples do not dominate each other.

    Takes n log n for up to three values a tuple (Kung, Luccio and Preparata, "On Finding the Maxima of a Set of
    Vectors", J. ACM 22, 1975), n times the size of the front beyond that.
    """
    places: dict[Values, list[int]] = defaultdict(list)
    for index, value in enumerate(values):
        places[value].append(index)
    # In lexicographic order a tuple can be dominated only by one that came before.
    ordered = sorted(places)
    kept = _sweep(ordered) if ordered and len(ordered[0]) <= 3 else _compare(ordered)
    return sorted(index for value in kept for index in places[value])


def _sweep(ordered: Iterable[Values]) -> list[Values]:
    """Keep, of different tuples in lexicographic order, those that no earlier one dominates."""
    kept = []
    # The best last two values so far: the second rises along the stairs while the third falls.
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
