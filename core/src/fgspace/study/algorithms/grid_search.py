"""Grid search: every combination of values in order, continuous floats cut into steps."""

import math
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

from fgspace.spaces.domains import Domain, Float, Vector
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm, Exhausted
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Point


class GridSearch(Algorithm):
    """Goes through every combination of values in order, as nested loops over the hyper-parameters would.

    The first hyper-parameter is the outermost loop. A hyper-parameter that is not active is not looped over, and points
    that resolve to the same description are proposed once.

    Args:
        space: the space to go through.
        objectives: not used; a grid compares no trials.
        seed: not used; a grid has no randomness.
        steps: the number of values of a float without a step, its ends included; at least 2.

    Raises:
        ValueError: steps is below 2.
    """

    makes_plain_points = True

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0, steps: int = 5) -> None:
        super().__init__(space, objectives, seed=seed)
        if steps < 2:
            raise ValueError(f"steps must be at least 2, got {steps}")
        self._points = _grid(self.space, steps)

    def propose(self, rng: Random) -> Point:
        """Return the first point of the grid that was not proposed yet; raises Exhausted after the last."""
        self.because("grid")
        for point in self._points:
            if self.is_fresh(point):
                return point
        raise Exhausted


class _Loop:
    """The loop over the values of one hyper-parameter, with its present value."""

    def __init__(self, domain: Domain, steps: int) -> None:
        self.domain = domain
        self.steps = steps
        self.restart()

    def restart(self) -> None:
        """Move to the first value."""
        self._values = _values(self.domain, self.steps)
        self.value = next(self._values)

    def advance(self) -> bool:
        """Move to the next value; return False where there is none."""
        try:
            self.value = next(self._values)
        except StopIteration:
            return False
        return True


def _grid(space: Space, steps: int) -> Iterator[Point]:
    """Yield the points of the grid, the last active hyper-parameter moving fastest, like the digits of a counter."""
    loops = {path: _Loop(domain, steps) for path, domain in space.hyper_parameters.items()}
    while True:
        point = space.restrict({path: loop.value for path, loop in loops.items()})
        if not space.forbids(point):
            yield point
        if not _advance(loops, point):
            return


def _advance(loops: dict[str, _Loop], active: Point) -> bool:
    """Move the last active loop that can move, and restart those after it; return False where none can."""
    after: list[_Loop] = []
    for path, loop in reversed(loops.items()):
        if path in active and loop.advance():
            for inner in after:
                inner.restart()
            return True
        after.append(loop)
    return False


def _values(domain: Domain, steps: int) -> Iterator[Any]:
    """Yield the values of a domain in order, a continuous one cut into `steps` values from low to high."""
    if isinstance(domain, Float) and domain.size == math.inf:
        return iter([domain.low, *(domain.at_share(step / (steps - 1)) for step in range(1, steps - 1)), domain.high])
    if isinstance(domain, Vector) and not domain.is_binary:
        return map(list, product(*[list(_values(domain.element, steps))] * domain.length))
    return domain.enumerate()
