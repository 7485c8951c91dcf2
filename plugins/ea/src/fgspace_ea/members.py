"""Members of a population: trials with their objective values and constraint violation, computed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from fgspace import Objectives, Point, Space, Trial, dominates

DETOUR = 0.5
"""The probability of a detour: the next proposal is a mutation of a point whose costs break a constraint.

At a bound on costs, hardly any single mutation improves a point and stays within the bound. Two mutations can: one
makes the point better and too costly, the other makes it cheaper. The point between them is not evaluated.
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A trial, its objective values, all to be minimised, and its constraint violation: 0 if it is feasible."""

    trial: Trial
    values: tuple[float, ...]
    violation: float

    @property
    def point(self) -> Point:
        """The point of the trial."""
        return self.trial.point


@dataclass(frozen=True, slots=True)
class Child:
    """A point to propose, the name of the operator that made it, and its parents."""

    operator: str
    parents: tuple[Member, ...]
    point: Point


def member(trial: Trial, objectives: Objectives) -> Member:
    """Return the member that stands for a finished trial."""
    return Member(trial, objectives.values(trial), objectives.violation(trial))


def beats(first: Member, second: Member) -> bool:
    """Return whether the first member is better by Deb's rule: less violation, or if both are feasible, dominance.

    Deb, "An Efficient Constraint Handling Method for Genetic Algorithms", CMAME 186 (2000).
    """
    if first.violation or second.violation:
        return first.violation < second.violation
    return dominates(first.values, second.values)


class Founders:
    """Proposes the points of the first population: random ones, and mutations that approach the feasible region.

    A point whose costs break a constraint is not evaluated, so it takes almost no time. The `size` points with the
    least violation are kept, and with probability 0.5 a founder is a mutation of one of them. So the search reaches a
    feasible region that random points hardly ever hit, and still samples widely where random points are feasible.

    Args:
        space: the space to search.
        sample: draws a random point.
        size: the number of infeasible points to keep.
    """

    def __init__(self, space: Space, sample: Callable[[Random], Point], size: int) -> None:
        self._space = space
        self._sample = sample
        self._size = size
        self._outside: list[Member] = []

    def draw(self, rng: Random) -> Child:
        """Return the next founder."""
        if not self._outside or rng.random() < 0.5:
            return Child("sample", (), self._sample(rng))
        parent = min(rng.choices(self._outside, k=2), key=_violation)
        return Child("mutate", (parent,), self._space.mutate(parent.point, rng))

    def learn(self, outside: Member) -> None:
        """Keep a point whose costs break a constraint, and drop the worst one if there are more than `size`."""
        self._outside.append(outside)
        if len(self._outside) > self._size:
            self._outside.remove(max(self._outside, key=_violation))


def drawn_best(sample: Sequence[Member], rng: Random) -> Member:
    """Return the best member of a sample; with several objectives, a random one of those that no other beats."""
    if len(sample[0].values) == 1:
        return min(sample, key=_order)
    return rng.choice([one for one in sample if not any(beats(other, one) for other in sample)])


def _violation(outside: Member) -> float:
    return outside.violation


def _order(one: Member) -> tuple[float, tuple[float, ...]]:
    return one.violation, one.values
