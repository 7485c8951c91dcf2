"""The contract of a search algorithm: it proposes points and learns from trials, and a replay makes it again."""

import marshal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property
from random import Random
from typing import Any, cast, final

from fgspace.spaces.space import Space
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Point, Trial

_DRAWS = 100
"""How many of its own draws an algorithm gets before a fresh point is drawn from the whole space."""
_ENUMERABLE = 1_000_000
"""A space of at most so many points is enumerated to find the last fresh ones."""


class Exhausted(Exception):
    """No point is left that was not proposed before: the study is over."""


class Algorithm(ABC):
    """Proposes points of a space and learns from the trials made of them.

    An author writes `propose`, and `learn` where there is something to learn. All randomness comes from the `rng` they
    are given, which is made from the seed and the number of the trial. `propose` keeps nothing for later: what an
    algorithm knows, it knows from the trials it was told. So telling a store's trials again, in order, makes the same
    algorithm. Options are further keyword parameters, annotated and with defaults: the signature is their schema.

    Args:
        space: the space to propose points of.
        objectives: what the study is after; compare trials through it alone.
        seed: where the randomness comes from.
    """

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0) -> None:
        self.space = space
        self.objectives = objectives
        self.seed = seed
        self.pending: dict[int, Point] = {}
        """Number → point of the trials that were proposed and not told yet."""
        self.lineage: dict[str, Any] = {}
        """What the last point asked for came from, as `because` was told."""
        self._next = 0
        self._proposed: set[int] = set()
        self._last: list[tuple[int, Point]] | None = None
        self._rng = Random()
        self._identified: tuple[Point | None, int] = (None, 0)

    @abstractmethod
    def propose(self, rng: Random) -> Point:
        """Return the next point to evaluate; raises Exhausted where there is none."""

    def learn(self, trial: Trial, rng: Random) -> None:  # noqa: B027  (learning nothing is an answer)
        """Take in a trial that is finished: complete, failed or infeasible."""

    @final
    def ask(self) -> Point:
        """Return the next point to evaluate; raises Exhausted where there is none."""
        self.lineage = {}
        # To make a Random with a seed is to seed it twice.
        self._rng.seed(f"{self.seed}/ask/{self._next}")
        point = self.propose(self._rng)
        self.expect(self._next, point)
        return point

    @final
    def tell(self, trial: Trial) -> None:
        """Take in a finished trial, whether this algorithm proposed it or not."""
        if trial.number not in self.pending:
            self.expect(trial.number, trial.point)
        del self.pending[trial.number]
        if type(self).learn is not Algorithm.learn:
            self.learn(trial, cast(Random, _Late(f"{self.seed}/tell/{trial.number}")))

    @final
    def expect(self, number: int, point: Point) -> None:
        """Note that this point is being evaluated as the trial of this number, and will be told."""
        self.pending[number] = point
        self._proposed.add(self.identity(point))
        self._next = max(self._next, number + 1)

    @final
    def because(self, operator: str, parents: Iterable[Trial] = ()) -> None:
        """Say, while proposing, what the point comes from: the name of an operator, and the trials it was made of."""
        self.lineage = {"operator": operator, "parents": [parent.number for parent in parents]}

    @final
    def is_fresh(self, point: Point) -> bool:
        """Say whether a point is allowed, and none that resolves to the same description was proposed before."""
        return self.identity(point) not in self._proposed and not self.space.forbids(point)

    @final
    def fresh(self, draw: Callable[[], Point]) -> Point:
        """Return a draw that was never proposed before.

        Where the draws yield nothing new, the point is drawn from the whole space instead.

        Raises:
            Exhausted: every point of the space was proposed before.
        """
        for _ in range(_DRAWS):
            point = draw()
            if self.is_fresh(point):
                return point
        self.because("sample")
        for _ in range(_DRAWS):
            point = self.space.sample(self._rng)
            if self.is_fresh(point):
                return point
        return self._one_of_the_last()

    def _one_of_the_last(self) -> Point:
        if self.space.size > _ENUMERABLE:
            raise Exhausted
        if self._last is None:
            self._last = [(self.identity(point), point) for point in self.space.enumerate()]
        self._last = [(identity, point) for identity, point in self._last if identity not in self._proposed]
        if not self._last:
            raise Exhausted
        return dict(self._rng.choice(self._last)[1])

    @final
    def identity(self, point: Point) -> int:
        """Return a number that points share where they resolve to the same description."""
        # Hashes in place of keys keep a set of 100,000 long points small. They are of bytes: -1 and -2 share a hash,
        # and so do tuples that differ only there. Version 0 writes equal keys alike, whoever else holds them.
        # The last hash is kept, since one point is looked at several times on its way through a study.
        if self._identified[0] is not point:
            self._identified = (point, hash(marshal.dumps(cast(Any, self.space.key(point)), 0)))
        return self._identified[1]


class _Late:
    """Draws like `Random(seed)`, which it makes when it is first asked: seeding takes long, and few learn by chance."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    @cached_property
    def _random(self) -> Random:
        return Random(self._seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._random, name)
