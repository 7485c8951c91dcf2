"""Open points, those that can still be proposed: never proposed before, and with costs that keep the constraints."""

from collections.abc import Callable, Iterator
from functools import cached_property
from random import Random

from fgspace import Objectives, Point, Space, Trial

_WALKS = 4
_MOVES = 500
_ENUMERABLE = 1_000_000
"""A space of at most so many points is gone through to its last one."""


class OpenPoints:
    """The points of a space that are fresh and break no constraint on a cost.

    Which metrics are costs, the space says; what other metrics there are is not known before a point is evaluated.

    Args:
        space: whose points they are.
        objectives: whose constraints they keep.
        is_fresh: says of a point whether it was never proposed; once it was, that is for good.
    """

    def __init__(self, space: Space, objectives: Objectives, is_fresh: Callable[[Point], bool]) -> None:
        self._space = space
        self._objectives = objectives
        self._is_fresh = is_fresh

    def __contains__(self, point: Point) -> bool:
        return self._is_fresh(point) and not self.excess(point)

    def excess(self, point: Point) -> float:
        """Return how far the point's costs lie outside the constraints, as a sum of shares of the bounds."""
        if not self._are_bounded:
            return 0.0
        return self._objectives.violation(Trial(-1, point, "infeasible", self._costs(point)))

    def broken(self, point: Point) -> str | None:
        """Say in words which constraint the point's costs break first, if any."""
        return self._objectives.broken(self._costs(point)) if self._are_bounded else None

    def find(self, point: Point, rng: Random) -> Point | None:
        """Return an open point: this one, one on a walk from it or from random points, or else the first there is.

        The walks make one-site moves, none of them further outside the constraints. Returns None where no point was
        found; in a space of at most a million points, there is none.
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
        # What it has passed was proposed, or breaks a constraint: both are for good, so once through is enough.
        return self._space.enumerate() if self._space.size <= _ENUMERABLE else iter(())

    @cached_property
    def _are_bounded(self) -> bool:
        bounded = self._objectives.constraints.keys()
        return bool(bounded) and not bounded.isdisjoint(self._costs(self._space.initial) or bounded)

    def _costs(self, point: Point) -> dict[str, float]:
        try:
            return self._space.cost(point)
        except Exception:  # such a point is open: the study that evaluates it records what is wrong with it
            return {}
