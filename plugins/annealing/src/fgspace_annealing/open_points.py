"""Finds open points: those that were never proposed before and whose costs keep the constraints."""

from collections.abc import Callable, Iterator
from functools import cached_property
from random import Random

from fgspace import Objectives, Point, Space, Trial

_WALKS = 4
_MOVES = 500
_ENUMERABLE = 1_000_000
"""A space of at most this many points is enumerated when walks find no open point."""


class OpenPoints:
    """The points of a space that were not proposed yet and whose costs break no constraint.

    Only constraints on the costs that the space computes count here; other metrics are unknown until a point is
    evaluated.

    Args:
        space: the space.
        objectives: the objectives and constraints.
        is_fresh: returns whether a point was never proposed; once it returns False for a point, it always does.
    """

    def __init__(self, space: Space, objectives: Objectives, is_fresh: Callable[[Point], bool]) -> None:
        self._space = space
        self._objectives = objectives
        self._is_fresh = is_fresh

    def __contains__(self, point: Point) -> bool:
        return self._is_fresh(point) and not self.excess(point)

    def excess(self, point: Point) -> float:
        """Return the violation of the constraints by the costs of the point, as a sum of shares of the bounds."""
        if not self._are_bounded:
            return 0.0
        return self._objectives.violation(Trial(-1, point, "infeasible", self._costs(point)))

    def broken(self, point: Point) -> str | None:
        """Return a sentence about the first constraint that the costs of the point break; None if there is none."""
        return self._objectives.broken(self._costs(point)) if self._are_bounded else None

    def find(self, point: Point, rng: Random) -> Point | None:
        """Return an open point: the given one, or one on a walk from it or from random points, or any other.

        A walk makes single mutations that do not increase the violation of the constraints. Returns None if no open
        point is found; in a space of at most a million points there is none then.
        """
        for _ in range(_WALKS):
            if found := self._walk(point, rng):
                return found
            point = self._space.sample(rng)
        return next((point for point in self._rest if point in self), None)

    def _walk(self, point: Point, rng: Random) -> Point | None:
        excess = self.excess(point)
        for _ in range(_MOVES):
            if not excess and self._is_fresh(point):
                return point
            moved = self._space.mutate(point, rng)
            its = self.excess(moved)
            if its <= excess:
                point, excess = moved, its
        return None

    @cached_property
    def _rest(self) -> Iterator[Point]:
        # A point that the iterator has passed was proposed or breaks a constraint, and that never changes.
        return self._space.enumerate() if self._space.size <= _ENUMERABLE else iter(())

    @cached_property
    def _are_bounded(self) -> bool:
        bounded = self._objectives.constraints.keys()
        return bool(bounded) and not bounded.isdisjoint(self._costs(self._space.initial) or bounded)

    def _costs(self, point: Point) -> dict[str, float]:
        try:
            return self._space.cost_of(self._space.described(point))
        except Exception:  # any error of the code of a type; the point is open, and the study records the error
            return {}
