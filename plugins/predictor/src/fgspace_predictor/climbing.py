"""Maximises the acquisition function by local search, from the best trials, crossovers of them and random points."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from fgspace import Point, Space, Vector

from fgspace_predictor.coordinates import Array

_ROUNDS = 5
_CLIMBERS = 5
"""The number of points whose neighbours are tried in each of the `_ROUNDS` rounds."""
_EXCHANGES = 0.3
"""The probability that a move exchanges two values."""

Gain = Callable[[Sequence[Point]], Array]
"""Returns the acquisition values of n points, (n,); minus infinity for a point that must not be proposed."""


class Moves:
    """Moves from point to point: mutations of one value, and exchanges of two values.

    The two values are those of hyper-parameters of equal domains or elements of one vector, so an exchange keeps how
    often each value occurs. At a bound on costs, where hardly any single mutation improves a point and stays within the
    bound, exchanges still can.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        alike = defaultdict(list)
        for path, domain in space.hyper_parameters.items():
            alike[repr(domain)].append(path)
        self._groups = [
            paths for paths in alike.values() if len(paths) > 1 and space.hyper_parameters[paths[0]].size > 1
        ]
        self._vectors = [path for path, domain in space.hyper_parameters.items() if isinstance(domain, Vector)]

    def moved(self, point: Point, rng: Random) -> Point:
        """Return a point one move away, and with probability ½ each time, one more move."""
        point = self._once(point, rng)
        while rng.random() < 0.5:
            point = self._once(point, rng)
        return point

    def _once(self, point: Point, rng: Random) -> Point:
        exchanged = self._exchanged(point, rng) if rng.random() < _EXCHANGES else None
        return exchanged or self._space.mutate(point, rng)

    def _exchanged(self, point: Point, rng: Random) -> Point | None:
        """Return the point with two values exchanged; None if the pair that was drawn cannot be exchanged."""
        if not self._groups and not self._vectors:
            return None
        drawn = rng.randrange(len(self._groups) + len(self._vectors))
        if drawn >= len(self._groups):
            path = self._vectors[drawn - len(self._groups)]
            return {**point, path: _swapped(point[path], rng)} if len(point.get(path, ())) > 1 else None
        first, second = rng.sample(self._groups[drawn], 2)
        if first not in point or second not in point or point[first] == point[second]:
            return None
        new = {**point, first: point[second], second: point[first]}
        return new if self._space.misfit(new) is None else None


def promising(space: Space, moves: Moves, gain: Gain, best: Sequence[Point], rng: Random, size: int) -> list[Point]:
    """Return points in order of their gain, the largest first.

    The first `size` points are tried at once: half are a few moves away from the best trials, a quarter are crossovers
    of two of these trials, and a quarter are random. Five rounds follow; each tries `size // 4` points a few moves away
    from the five best points so far.
    """
    points = _founders(space, moves, best, rng, size)
    gains = gain(points)
    for _ in range(_ROUNDS):
        top = [points[index] for index in _order(gains)[:_CLIMBERS]]
        near = [moves.moved(top[index % len(top)], rng) for index in range(max(1, size // 4))]
        points, gains = points + near, np.append(gains, gain(near))
    return [points[index] for index in _order(gains) if gains[index] > -np.inf]


def _swapped(values: list[object], rng: Random) -> list[object]:
    """Return the list with two different elements exchanged; unchanged if all elements are equal."""
    first = rng.randrange(len(values))
    others = [index for index, value in enumerate(values) if value != values[first]]
    if not others:
        return values
    second = rng.choice(others)
    new = list(values)
    new[first], new[second] = new[second], new[first]
    return new


def _founders(space: Space, moves: Moves, best: Sequence[Point], rng: Random, size: int) -> list[Point]:
    near = [moves.moved(rng.choice(best), rng) for _ in range(size // 2)]
    mixed = [space.crossover(rng.choice(best), rng.choice(best), rng) for _ in range(size // 4)]
    return [*near, *mixed, *(space.sample(rng) for _ in range(size - len(near) - len(mixed)))]


def _order(gains: Array) -> list[int]:
    order: list[int] = np.argsort(-gains, kind="stable").tolist()
    return order
