"""Members of a population: trials with what they are compared by, looked up once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from fgspace import Objectives, Point, Space, Trial, dominates

DETOUR = 0.5
"""How often a move on follows from a point that was not evaluated, since its costs break a constraint.

At a bound on costs hardly any single move is allowed that does not give something up. Two can exchange one thing for
another, with a point between them that costs nothing to pass.
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A trial, its objectives, each to be minimised, and how far it lies outside the constraints; 0 is feasible."""

    trial: Trial
    values: tuple[float, ...]
    violation: float

    @property
    def point(self) -> Point:
        """The trial's point."""
        return self.trial.point


@dataclass(frozen=True, slots=True)
class Child:
    """A point to propose, the name of the operator that made it, and the members it was made of."""

    operator: str
    parents: tuple[Member, ...]
    point: Point


def member(trial: Trial, objectives: Objectives) -> Member:
    """Return a finished trial as a member."""
    return Member(trial, objectives.values(trial), objectives.violation(trial))


def beats(first: Member, second: Member) -> bool:
    """Say whether the first is better by Deb's rule: less violation first, then dominance.

    Deb, "An Efficient Constraint Handling Method for Genetic Algorithms", CMAME 186 (2000).
    """
    if first.violation or second.violation:
        return first.violation < second.violation
    return dominates(first.values, second.values)


class Founders:
    """The first points, before there is a population: drawn at random, or led to where the constraints hold.

    Points whose costs break a constraint are not evaluated and cost next to nothing. The ones that break it least are
    kept, and every other founder is a mutation of one of them: so a feasible region that random points hardly ever hit
    is walked into, while one that they do hit is sampled widely.

    Args:
        space: what is searched.
        sample: draws a point.
        size: how many infeasible points are kept.
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
        """Take in a point that was not evaluated, since its costs break a constraint."""
        self._outside.append(outside)
        if len(self._outside) > self._size:
            self._outside.remove(max(self._outside, key=_violation))


def drawn_best(sample: Sequence[Member], rng: Random) -> Member:
    """Return the best of a sample; one of those that no other beats where there are several."""
    if len(sample[0].values) == 1:
        return min(sample, key=_order)
    return rng.choice([one for one in sample if not any(beats(other, one) for other in sample)])


def _violation(outside: Member) -> float:
    return outside.violation


def _order(one: Member) -> tuple[float, tuple[float, ...]]:
    return one.violation, one.values
