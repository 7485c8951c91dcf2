"""The hypervolume of points that are to be minimised, in the unit cube."""

from collections.abc import Iterable, Sequence

from fgspace.study.front import Values, non_dominated

MOST_OBJECTIVES = 4
"""The most objectives for which it is computed: with more, it takes minutes."""


def scaled(points: Iterable[Values], best: Values, worst: Values) -> list[Values]:
    """Return points with each value as its share of the way from the best to the worst one."""
    spans = [(low, high - low or 1.0) for low, high in zip(best, worst, strict=True)]
    return [tuple([(value - low) / span for value, (low, span) in zip(point, spans, strict=True)]) for point in points]


def gain(point: Values, front: Sequence[Values]) -> float:
    """Return the volume that a point adds to that of a front, up to the corner (1, ..., 1).

    While et al., "A Fast Way of Calculating Exact Hypervolumes", IEEE TEC 16, 2012: the point's own volume, without
    that of the front's points moved into its box.
    """
    own = _box(point)
    inside = [tuple(map(max, point, other)) for other in front]
    return own - volume([one for one in inside if _box(one) > 0])


def volume(points: Sequence[Values]) -> float:
    """Return the volume between points and the corner (1, ..., 1)."""
    if not points:
        return 0.0
    if len(points[0]) == 1:
        return max(0.0, 1.0 - min(points)[0])
    kept = sorted({points[index] for index in non_dominated(points)})
    if len(kept[0]) == 2:
        return _area(kept)
    return sum(gain(point, kept[index + 1 :]) for index, point in enumerate(kept))


def _area(points: Sequence[Values]) -> float:
    """Return the area of two-dimensional points that do not dominate each other, by their first value."""
    area, top = 0.0, 1.0
    for first, second in points:
        if second < top and first < 1.0:
            area += (1.0 - first) * (top - second)
            top = second
    return area


def _box(point: Values) -> float:
    size = 1.0
    for value in point:
        size *= max(0.0, 1.0 - value)
    return size
