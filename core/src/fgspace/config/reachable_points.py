"""Checks the networks at the points of a space before any trial."""

from collections.abc import Iterable
from random import Random

from fgspace.config.experiment import Experiment
from fgspace.documents.descriptions import is_network
from fgspace.errors import DescriptionError, Problem
from fgspace.network.costs import PartError
from fgspace.spaces.space import Point

_ALL_POINTS = 1_000
"""The most points that are checked where no number is given."""


def check_points(experiment: Experiment, points: int | None = None) -> int:
    """Check the widths of the network at every point or at random ones, and return the number of checked points.

    Without a number, all points of a space of at most 1,000 are checked, else 1,000 random ones.

    Raises:
        DescriptionError: the network at some point does not fit; each problem once, with an example of a point.
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
