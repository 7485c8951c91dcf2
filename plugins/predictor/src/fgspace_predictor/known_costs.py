"""Costs that are known before a network is trained, and the points that keep the constraints on them."""

import math
from collections.abc import Callable, Hashable
from functools import cached_property
from random import Random

from fgspace import Objectives, Space, Trial
from fgspace.search.trial import Metrics, Point

_MOVES = 500
"""So many one-site moves are made on a walk to the constraints."""
_REMEMBERED = 20_000
"""The costs of so many points are remembered."""


class KnownCosts:
    """What the space can tell of the metrics that objectives and constraints name, before anything is evaluated."""

    def __init__(self, space: Space, objectives: Objectives) -> None:
        self._space = space
        self._objectives = objectives
        self._memo: dict[Hashable, Metrics] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """Which of the metrics are costs, those that the space gives at its initial point or at one drawn."""
        rng = Random(0)
        points = [self._space.initial, *(self._space.sample(rng) for _ in range(9))]
        costs = next((cost for cost in map(self._costs, points) if cost), {})
        return frozenset(costs).intersection(self._objectives.names)

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
