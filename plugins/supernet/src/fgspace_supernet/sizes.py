"""The largest and the smallest network of a space, by multiply-adds, found by a short climb."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Self

from fgspace import FgspaceError, Point, Space

_DRAWN, _CLIMBED = 64, 200


def size_of(space: Space, point: Mapping[str, Any]) -> float:
    """Return the multiply-adds of the network at a point; parameters decide between networks without any."""
    cost = space.cost(point)
    return float(cost["macs"]) + 1e-9 * float(cost["params"])


@dataclass(frozen=True)
class Sizes:
    """The largest and the smallest network that were found, and their sizes."""

    largest: Point
    smallest: Point
    most: float
    least: float

    @classmethod
    def of(cls, space: Space, seed: int) -> Self:
        """Look at points of first and last values and at random ones, and climb from the best of them."""
        rng = Random(f"sizes {seed}")
        found = [(size_of(space, point), point) for point in _points(space, rng)]
        most, largest = _climbed(space, max(found, key=lambda one: one[0]), 1, rng)
        least, smallest = _climbed(space, min(found, key=lambda one: one[0]), -1, rng)
        return cls(largest, smallest, most, least)

    def bound(self, share: float) -> float:
        """Return the size that lies this share of the way from the largest to the smallest, by ratios."""
        if share >= 1 or self.least <= 0:
            return 0.0 if share >= 1 else self.most * (1 - share)
        return float(self.most * (self.least / self.most) ** share)


def _points(space: Space, rng: Random) -> Iterator[Point]:
    yield space.initial
    for tokens in ([0] * len(space.range_table), [bound - 1 for bound in space.range_table]):
        with suppress(FgspaceError, ValueError):  # these tokens may be no point, for instance where one is forbidden
            point = space.decode(tokens)
            if not space.forbids(point):
                yield point
    for _ in range(_DRAWN):
        yield space.sample(rng)


def _climbed(space: Space, start: tuple[float, Point], sign: int, rng: Random) -> tuple[float, Point]:
    best, point = start
    for _ in range(_CLIMBED if space.hyper_parameters else 0):
        changed = space.mutate(point, rng)
        size = size_of(space, changed)
        if sign * size > sign * best:
            best, point = size, changed
    return best, point
