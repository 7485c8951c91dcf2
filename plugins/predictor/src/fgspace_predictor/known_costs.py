"""Computes the costs of points before anything is trained, and finds points whose costs keep the constraints."""

import math
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from random import Random

import numpy as np
from fgspace import Metrics, Objectives, Point, Space, Trial

from fgspace_predictor.coordinates import Array

_DRAWN = 20
"""The number of random points that the scale of the costs is taken from."""
_MOVES = 500
"""The largest number of mutations on a walk."""
_WALKS = 2
"""The number of random points from which the costliest point is looked for, besides the initial one."""
_REMEMBERED = 20_000
"""The largest number of points whose costs are cached."""


class KnownCosts:
    """The metrics in objectives and constraints that the space computes without an evaluation.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        further: names of further costs to compute.
    """

    def __init__(self, space: Space, objectives: Objectives, further: Sequence[str] = ()) -> None:
        self._space = space
        self._objectives = objectives
        self._further = frozenset(further)
        self._memo: dict[Hashable, Metrics] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the metrics that are costs."""
        return self.there_are & (self._further | set(self._objectives.names))

    @cached_property
    def there_are(self) -> frozenset[str]:
        """The names of all costs of the space, taken from the initial point, or if it has none, from a random one."""
        return frozenset(next((cost for cost in self._drawn if cost), {}))

    def axes(self, costs: Sequence[Metrics]) -> Array:
        """Return logarithms of costs as rows, (n, number of costs), scaled by random points.

        They are shifted and scaled so that random points have mean 0 and a mean squared difference of 1. Costs that
        could not be computed become 0.
        """
        middles, spreads = self._scale
        rows = [[_logarithm(cost[name]) for name in self._ordered] if cost else middles for cost in costs]
        scaled: Array = (np.array(rows).reshape(len(costs), len(middles)) - middles) / spreads
        return scaled

    def axes_of(self, sums: Array) -> Array:
        """Return the columns of costs, which are the last columns of the sums."""
        return sums[:, sums.shape[1] - len(self.names) :]

    def axis(self, name: str) -> int:
        """Return the index of a cost among the columns of `axes`."""
        return self._ordered.index(name)

    def costliest(self, names: Sequence[str], rng: Random) -> Point | None:
        """Return a costly point that keeps the constraints, found by hill climbing; None if no point keeps them."""
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
        """Return the mean of the logarithms of each cost, and the root mean square difference of two of them."""
        rows = np.array([[_logarithm(cost[name]) for name in self._ordered] for cost in self._drawn if cost])
        if not self._ordered:
            return np.empty(0), np.empty(0)
        spreads = rows.std(0) * math.sqrt(2)
        return rows.mean(0), np.where(spreads > 0, spreads, 1.0)

    def of(self, point: Point) -> Metrics:
        """Return the costs of a point by name; empty if the network of the point cannot be built."""
        costs = self._costs(point) if self.names else {}
        return {name: costs[name] for name in costs if name in self.names}

    def excess(self, costs: Metrics) -> float:
        """Return the violation of the constraints by costs, as a sum of shares of the bounds; 0 is feasible."""
        return self._objectives.violation(Trial(-1, {}, "infeasible", costs))

    def excess_at(self, point: Point) -> float:
        """Return the violation of the constraints by the costs of a point; infinite if they cannot be computed."""
        if not self.is_bounded:
            return 0.0
        costs = self.of(point)
        return self.excess(costs) if costs else math.inf

    def broken(self, point: Point) -> str | None:
        """Return a sentence about the first constraint that the costs of a point break; None if there is none."""
        return self._objectives.broken(self.of(point))

    @cached_property
    def is_bounded(self) -> bool:
        """Whether a constraint is on a cost."""
        return not self.names.isdisjoint(self._objectives.constraints)

    def reach(self, point: Point, is_fresh: Callable[[Point], bool], rng: Random) -> Point | None:
        """Return a fresh point that keeps the constraints: the given one, one on a walk from it, or None.

        The walk makes single mutations that do not increase the violation.
        """
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
            return self._space.cost_of(self._space.described(point))
        except Exception:  # any error of the code of a type: this point has no network, and so no costs
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
