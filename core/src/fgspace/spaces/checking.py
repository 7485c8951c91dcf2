"""Checks the networks of a space before any trial: counts many of them, and builds and runs some."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from random import Random

from fgspace.documents.descriptions import is_network
from fgspace.errors import DescriptionError, Problem, brief
from fgspace.network.costs import LongError, PartError
from fgspace.network.memory import too_large
from fgspace.network.network import proving
from fgspace.spaces.boundary_points import boundary_points, ends
from fgspace.spaces.space import Point, Space

_POINTS = 1_000
"""The most points that are checked if no number is given, besides those on the way to the extremes."""
_STEPS = 32
"""The most points that are counted on the way to the dearest network, and to the cheapest."""
_BUILT = 8
"""The most networks that are built."""
_SHOWN = 4
"""The most values of a point that a message shows, unless they are what differs from the initial point."""

Locate = Callable[[PartError, Point, str], Problem]
"""Returns an error of the network at a point, with a note after its message, as a problem with its place."""


@dataclass(frozen=True)
class Checked:
    """What a check looked at, and what it found.

    `points` is the number of points that were counted, `built` that of the networks that were built and run. `costs`
    maps a cost to its smallest and largest amount; `cheapest` and `dearest` are the points with the fewest and the most
    parameters. `notes` say what the check cannot rule out: networks that do not fit in memory, could not be run, or
    have too many layers to follow their processes. Where no network was counted, there are neither costs nor these
    points.
    """

    points: int
    built: int = 0
    costs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    cheapest: Point | None = None
    dearest: Point | None = None
    notes: tuple[str, ...] = ()


def unlocated(error: PartError, point: Point, note: str) -> Problem:
    """Return an error of a network as a problem without a place."""
    return Problem(".".join(error.path), error.message + note)


def check_space(
    space: Space, points: int | None = None, *, seed: int = 0, trained: bool = False, locate: Locate = unlocated
) -> Checked:
    """Check the networks at every point of a space, or at points of boundary values and random ones.

    Each network is counted, and each of its leaves is made once. The cheapest, the dearest and some others are built
    and run, processes included, and compared with what was counted. Nothing is trained, and no weights are read.

    Args:
        space: the space.
        points: the number of points; by default all points of a space of at most 1,000, else 1,000, and up to 64 more
            on the way to the cheapest and to the dearest network.
        seed: seed of the random points.
        trained: whether the networks will be trained, so that their gradients must fit in memory too.
        locate: returns the place of an error.

    Raises:
        DescriptionError: the network at some point cannot be counted, built or run, or is not what is counted; each
            kind of problem once, with an example of a point.
    """
    space = space.trusting  # the points are its own
    if not is_network(space.tree):
        return Checked(sum(1 for _ in _points(space, points, seed)))
    check = _Check(space, trained, locate)
    for point in _points(space, points, seed):
        check.count(point)
    if points is None and space.size > _POINTS:
        check.climb(1)
        check.climb(-1)
    check.build()
    return check.result()


def _points(space: Space, points: int | None, seed: int) -> Iterator[Point]:
    number = points or _POINTS
    if space.size <= number:
        yield from space.enumerate()
        return
    rng, seen = Random(seed), set()
    drawn = (space.sample(rng) for _ in range(2 * number))
    for point in chain(boundary_points(space, max(1, number // 2)), drawn):
        key = space.key(point)
        if key not in seen:
            seen.add(key)
            yield point
        if len(seen) == number:
            return


class _Check:
    """One check: the points that were counted, and the problems."""

    def __init__(self, space: Space, trained: bool, locate: Locate) -> None:
        self._space, self._trained, self._locate = space, trained, locate
        self._network = proving(space.registry)
        self._counted: list[tuple[float, float, Point]] = []
        self._costs: dict[str, tuple[float, float]] = {}
        self._problems: dict[tuple[str, str], Problem] = {}
        self._too_large: list[tuple[int, Point]] = []
        self._long: list[tuple[str, Point]] = []
        self._notes: dict[str, None] = {}
        self._tried = self._built = 0

    def count(self, point: Point) -> float | None:
        """Count the network at a point, and return its parameters; None if it cannot be counted, or is not here."""
        self._tried += 1
        try:
            before, cost = self._network.costs(self._space.network_at(point), self._space.input_shape)
        except LongError as error:
            self._long.append((error.message, point))
            return None
        except PartError as error:
            self._problem(error, point)
            return None
        for name, amount in {"params": cost.params, "macs": cost.macs, **cost.extra}.items():
            low, high = self._costs.get(name, (amount, amount))
            self._costs[name] = min(low, amount), max(high, amount)
        if too_large(before.params, self._trained):
            self._too_large.append((before.params, point))
        self._counted.append((cost.params, cost.macs, point))
        return cost.params

    def climb(self, sign: int) -> None:
        """Go from the dearest point (with -1, the cheapest) to one that is dearer, by one hyper-parameter at a time."""
        if not self._counted:
            return
        best, _, point = max(self._counted, key=lambda one: sign * one[0])
        left = _STEPS
        for path, domain in self._space.active(point).items():
            for value in ends(domain, point[path], _SHOWN) if path in point else ():
                moved = self._space.complete({**point, path: value})
                if left == 0 or moved == point or self._space.forbids(moved):
                    continue
                left -= 1
                params = self.count(moved)
                if params is not None and sign * params > sign * best:
                    best, point = params, moved

    def build(self) -> None:
        """Build and run the cheapest network, the dearest, the initial one, and others evenly from all."""
        for point in self._chosen():
            try:
                why = self._network.prove(self._space.network_at(point), self._space.input_shape)
            except PartError as error:
                self._problem(error, point)
            else:
                self._built += why is None
                if why is not None:
                    self._notes[f"a network was only counted, not run{self._example(point)}: {why}"] = None

    def result(self) -> Checked:
        """Return what was found; raise DescriptionError if there are problems."""
        if self._problems:
            raise DescriptionError(self._problems.values())
        if self._too_large:
            params, point = max(self._too_large, key=lambda one: one[0])
            count = len(self._too_large)
            which = (
                f"{count:,} of {len(self._counted):,} networks do{'es' * (count == 1)} not fit in memory; the largest"
            )
            self._notes[f"{which} {too_large(params, self._trained)}{self._example(point)}"] = None
        if self._long:
            message, point = self._long[0]
            which = f"{len(self._long):,} of {self._tried:,} networks were not looked at: one"
            self._notes[f"{which} {message}{self._example(point)}"] = None
        if not self._counted:
            return Checked(self._tried, notes=tuple(self._notes))
        dearest, cheapest = max(self._counted, key=_params)[2], min(self._counted, key=_params)[2]
        return Checked(self._tried, self._built, self._costs, cheapest, dearest, tuple(self._notes))

    def _chosen(self) -> list[Point]:
        if not self._counted:
            return []
        extremes = [max(self._counted, key=_params), min(self._counted, key=_params), max(self._counted, key=_macs)]
        spread = [self._counted[index * len(self._counted) // _BUILT] for index in range(_BUILT)]
        chosen = {self._space.key(point): point for _, _, point in [*extremes, self._counted[0], *spread]}
        return list(chosen.values())[:_BUILT]

    def _problem(self, error: PartError, point: Point) -> None:
        problem = self._locate(error, point, self._example(point))
        kind = re.sub(r"\d+", "0", error.message)  # one problem of shapes has many messages
        self._problems.setdefault((problem.path, kind), problem)

    def _example(self, point: Point) -> str:
        """Return a point in words, as far as it differs from the initial one if it has many values."""
        initial = self._space.initial
        shown = point if len(point) <= _SHOWN else {path: v for path, v in point.items() if initial.get(path) != v}
        listed = [f"{path} is {value if isinstance(value, str) else brief(value)}" for path, value in shown.items()]
        return f"; for instance where {', '.join(listed)}" if listed else ""


def _params(counted: tuple[float, float, Point]) -> float:
    return counted[0]


def _macs(counted: tuple[float, float, Point]) -> float:
    return counted[1]
