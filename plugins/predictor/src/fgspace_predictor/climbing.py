"""Looks for the most promising point by local moves: from the best trials, from mixtures of them, and at random."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from fgspace import Space
from fgspace.search.trial import Point

from fgspace_predictor.coordinates import Array

_ROUNDS = 5
_CLIMBERS = 5
"""In each of so many rounds, the neighbours of so many points are looked at."""

Gain = Callable[[Sequence[Point]], Array]
"""What points promise, (n,); minus infinity where a point is not to be proposed."""


def promising(space: Space, gain: Gain, best: Sequence[Point], rng: Random, size: int) -> list[Point]:
    """Return points, the most promising first.

    Half of the first `size` are a few moves away from the best trials, a quarter are mixtures of two of them, a quarter
    are drawn at random. Then the neighbours of the most promising are looked at, `size // 4` a round, for some rounds.
    """
    points = _founders(space, best, rng, size)
    gains = gain(points)
    for _ in range(_ROUNDS):
        top = [points[index] for index in _order(gains)[:_CLIMBERS]]
        near = [moved(space, top[index % len(top)], rng) for index in range(max(1, size // 4))]
        points, gains = points + near, np.append(gains, gain(near))
    return [points[index] for index in _order(gains) if gains[index] > -np.inf]


def moved(space: Space, point: Point, rng: Random) -> Point:
    """Return a point one move away, or with probability ½ each time one further move."""
    point = space.mutate(point, rng)
    while rng.random() < 0.5:
        point = space.mutate(point, rng)
    return point


def _founders(space: Space, best: Sequence[Point], rng: Random, size: int) -> list[Point]:
    near = [moved(space, rng.choice(best), rng) for _ in range(size // 2)]
    mixed = [space.crossover(rng.choice(best), rng.choice(best), rng) for _ in range(size // 4)]
    return [*near, *mixed, *(space.sample(rng) for _ in range(size - len(near) - len(mixed)))]


def _order(gains: Array) -> list[int]:
    order: list[int] = np.argsort(-gains, kind="stable").tolist()
    return order
