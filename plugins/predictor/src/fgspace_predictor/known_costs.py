"""Costs that are known before a network is trained, and the points that keep the constraints on them."""

import math
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from random import Random

import numpy as np
from fgspace import Metrics, Objectives, Point, Space, Trial

from fgspace_predictor.coordinates import Array

_DRAWN = 20
"""The scale of costs is that of so many points drawn."""
_MOVES = 500
"""So many one-site moves are made on a walk to the constraints."""
_WALKS = 2
_REMEMBERED = 20_000
"""The costs of so many points are remembered."""


class KnownCosts:
    """What the space can tell of the metrics that objectives and constraints name, before anything is evaluated.

    Args:
        space: what is searched.
        objectives: whose metrics are of interest.
        further: costs of interest beside them.
    """

    def __init__(self, space: Space, objectives: Objectives, further: Sequence[str] = ()) -> None:
        self._space = space
        self._objectives = objectives
        self._further = frozenset(further)
        self._memo: dict[Hashable, Metrics] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """Which of the metrics are costs."""
        return self.there_are & (self._further | set(self._objectives.names))

    @cached_property
    def there_are(self) -> frozenset[str]:
        """The costs that the space gives, at its initial point or at one drawn."""
        return frozenset(next((cost for cost in self._drawn if cost), {}))

    def axes(self, costs: Sequence[Metrics]) -> Array:
        """Return costs as rows, (number of points, number of costs): logarithms on the scale of random points.

        Costs that could not be computed stand in the middle.
        """
        middles, spreads = self._scale
        rows = [[_logarithm(cost[name]) for name in self._ordered] if cost else middles for cost in costs]
        scaled: Array = (np.array(rows).reshape(len(costs), len(middles)) - middles) / spreads
        return scaled

    def axes_of(self, sums: Array) -> Array:
        """Return the columns that are costs of rows that end in them."""
        return sums[:, sums.shape[1] - len(self.names) :]

    def axis(self, name: str) -> int:
        """Return which of the axes a cost is."""
        return self._ordered.index(name)

    def costliest(self, names: Sequence[str], rng: Random) -> Point | None:
        """Return a point that costs much, within the constraints: where walks that only climb lead to."""
        columns = [self.axis(name) for name in names]

        def height(point: Point) -> float:
            costs = self.of(point)
            return float(self.axes([costs])[0, columns].sum()) if costs and not self.excess(costs) else -math.inf

        starts = [self._space.initial, *(self._space.sample(rng) for _ in range(_WALKS))]
        inside = [point for start in starts if (point := self.reach(start, lambda _: True, rng))]
        ends = [_climbed(self._space, point, height, rng) for point in inside]
        return max(ends, key=height, default=None)

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self.names)

    @cached_property
    def _drawn(self) -> list[Metrics]:
        rng = Random(0)
        points = [self._space.initial, *(self._space.sample(rng) for _ in range(_DRAWN))]
        return [self._costs(point) for point in points]

    @cached_property
    def _scale(self) -> tuple[Array, Array]:
        """Return the middle of each cost's logarithms, and how far two are apart: the root of the mean square."""
        rows = np.array([[_logarithm(cost[name]) for name in self._ordered] for cost in self._drawn if cost])
        if not self._ordered:
            return np.empty(0), np.empty(0)
        spreads = rows.std(0) * math.sqrt(2)
        return rows.mean(0), np.where(spreads > 0, spreads, 1.0)

    def of(self, point: Point) -> Metrics:
        """Return the costs of a point by name; none where what stands there cannot be built."""
        costs = self._costs(point) if self.names else {}
        return {name: costs[name] for name in costs if name in self.names}

    def excess(self, costs: Metrics) -> float:
        """Return how far costs lie outside the constraints, as a sum of shares of the bounds."""
        return self._objectives.violation(Trial(-1, {}, "infeasible", costs))

    def excess_at(self, point: Point) -> float:
        """Return how far the costs of a point lie outside the constraints; infinitely where they cannot be computed."""
        if not self.is_bounded:
            return 0.0
        costs = self.of(point)
        return self.excess(costs) if costs else math.inf

    def broken(self, point: Point) -> str | None:
        """Say in words which constraint a point's costs break first, if any."""
        return self._objectives.broken(self.of(point))

    @cached_property
    def is_bounded(self) -> bool:
        """Say whether a constraint is on a cost."""
        return not self.names.isdisjoint(self._objectives.constraints)

    def reach(self, point: Point, is_fresh: Callable[[Point], bool], rng: Random) -> Point | None:
        """Return a fresh point that keeps the constraints, this one or one on a walk; None where none was found."""
        excess = self.excess_at(point)
        for _ in range(_MOVES):
            if not excess and is_fresh(point):
                return point
            moved = self._space.mutate(point, rng)
            its = self.excess_at(moved)
            if its <= excess:
                point, excess = moved, its
        return None

    def _costs(self, point: Point) -> Metrics:
        key = self._space.key(point)
        if key not in self._memo:
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            self._memo[key] = self._computed(point)
        return self._memo[key]

    def _computed(self, point: Point) -> Metrics:
        try:
            return self._space.cost(point)
        except Exception:  # whatever a type's code raises: there is no network at this point, and so no costs
            return {}


def _logarithm(cost: float) -> float:
    return math.log1p(max(cost, 0.0))


def _climbed(space: Space, point: Point, height: Callable[[Point], float], rng: Random) -> Point:
    reached = height(point)
    for _ in range(_MOVES):
        moved = space.mutate(point, rng)
        if (its := height(moved)) >= reached:
            point, reached = moved, its
    return point
