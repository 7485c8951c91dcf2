"""Holds the networks of the points that a space can reach, before any trial."""

from collections.abc import Iterable
from random import Random

from fgspace.config.experiment import Experiment
from fgspace.documents.descriptions import is_network
from fgspace.errors import DescriptionError, Problem
from fgspace.network.costs import PartError
from fgspace.spaces.space import Point

_ALL_POINTS = 1_000
"""The most points that are held where no number is given."""


def check_points(experiment: Experiment, points: int | None = None) -> int:
    """Hold the widths of the network at every point, or at this many random ones; return how many were held.

    Where no number is given, all points of a space of at most 1,000 are held, else 1,000 at random.

    Raises:
        DescriptionError: a point's network cannot be; each different problem once, with a point that has it.
    """
    space = experiment.space
    if points is None and space.size <= _ALL_POINTS:
        reachable: Iterable[Point] = space.enumerate()
    else:
        rng = Random(experiment.seed)
        reachable = [space.initial, *(space.sample(rng) for _ in range((points or _ALL_POINTS) - 1))]
    problems: dict[tuple[str, str], Problem] = {}
    checked = 0
    for point in reachable:
        checked += 1
        try:
            if is_network(space.tree):
                space.cost(point)
        except PartError as error:
            example = ", ".join(f"{path} is {value}" for path, value in point.items())
            problem = experiment.located(error, point, f"; for instance where {example}")
            problems.setdefault((problem.path, error.message), problem)
    if problems:
        raise DescriptionError(problems.values())
    return checked
