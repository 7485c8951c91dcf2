"""The contract of a search algorithm: it proposes points, learns from trials, and is restored by telling them again."""

import marshal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from random import Random
from typing import Any, ClassVar, cast, final

from fgspace.errors import FgspaceError
from fgspace.spaces.border import PointError, plain_point
from fgspace.spaces.space import Space
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Point, Trial

_DRAWS = 100
"""The number of an algorithm's own draws before a fresh point is drawn from the whole space."""
_ENUMERABLE = 1_000_000
"""The size up to which a space is enumerated to find the last fresh points."""


class Exhausted(Exception):
    """Every point was proposed before: the study is over."""


class Algorithm(ABC):
    """Proposes points of a space and learns from their trials.

    An author writes `propose`, and `learn` for an algorithm that learns. All randomness comes from their argument
    `rng`, which is made from the seed and the number of the trial. `propose` changes no state: all that an algorithm
    knows comes from the trials that it was told. So telling the trials of a store again, in order, restores the
    algorithm. Options are further keyword parameters, annotated and with defaults: the signature is their schema.

    Args:
        space: the space to propose points of.
        objectives: the objectives and constraints; compare trials only through them.
        seed: the seed of the randomness.
    """

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0) -> None:
        # Stated by the class itself: a subclass of it may make other points.
        self._is_trusted = bool(type(self).__dict__.get("makes_plain_points"))
        self.space = space.trusting if self._is_trusted else space
        self.objectives = objectives
        self.seed = seed
        self.pending: dict[int, Point] = {}
        """Number → point of the trials that were proposed and not told yet."""
        self.lineage: dict[str, Any] = {}
        """The lineage of the last point, as given to `because`."""
        self._next = 0
        self._proposed: set[int] = set()
        self._last: list[tuple[int, Point]] | None = None
        self._rng = Random()
        self._identified: tuple[Point | None, int] = (None, 0)

    makes_plain_points: ClassVar[bool] = False
    """Whether every point that this very class makes, and gives to a method of the space, is plain JSON.

    Values that the space returns, and those of trials, are plain JSON. Such a class promises to add no other: then its
    points are not checked. The check takes about 0.2 µs for each value of a point, and as long for each call of a
    method of the space.
    """

    @abstractmethod
    def propose(self, rng: Random) -> Point:
        """Return the next point to evaluate; raises Exhausted where there is none."""

    def learn(self, trial: Trial, rng: Random) -> None:  # noqa: B027  (an algorithm need not learn)
        """Learn from a finished trial: complete, stopped, failed or infeasible."""

    @final
    def ask(self) -> Point:
        """Return the next point to evaluate; raises Exhausted where there is none."""
        self.lineage = {}
        # A new Random with a seed would be seeded twice.
        self._rng.seed(f"{self.seed}/ask/{self._next}")
        point = self.propose(self._rng)
        if not self._is_trusted:
            point = self._checked(point)
        self.expect(self._next, point)
        return point

    @final
    def tell(self, trial: Trial) -> None:
        """Take in a finished trial, whether this algorithm proposed it or not."""
        if trial.number not in self.pending:
            if (point := plain_point(trial.point)) is not trial.point:
                trial = replace(trial, point=dict(point))
            self.expect(trial.number, trial.point)
        del self.pending[trial.number]
        if type(self).learn is not Algorithm.learn:
            self.learn(trial, cast(Random, _Late(f"{self.seed}/tell/{trial.number}")))

    def _checked(self, point: Any) -> Point:
        """Return a proposed point as plain JSON, after checking that it is one of the space."""
        try:
            return cast(Point, self.space.checked(point))
        except PointError as error:
            raise FgspaceError(f"{type(self).__name__} proposed what is no point of the space: {error}") from error

    @final
    def expect(self, number: int, point: Point) -> None:
        """Note that this point is evaluated as the trial of this number, and will be told."""
        self.pending[number] = point
        self._proposed.add(self.identity(point))
        self._next = max(self._next, number + 1)

    @final
    def because(self, operator: str, parents: Iterable[Trial] = ()) -> None:
        """Record the lineage of the point being proposed: the name of an operator, and the parent trials."""
        self.lineage = {"operator": operator, "parents": [parent.number for parent in parents]}

    @final
    def is_fresh(self, point: Point) -> bool:
        """Return whether a point is allowed and is the first of its description to be proposed."""
        return self.identity(point) not in self._proposed and not self.space.forbids(point)

    @final
    def fresh(self, draw: Callable[[], Point]) -> Point:
        """Return a drawn point whose description was never proposed before.

        Where `draw` yields none, the point is drawn from the whole space.

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
    """Draws like `Random(seed)`, but is seeded at the first draw: seeding takes long, and few algorithms need it."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    @cached_property
    def _random(self) -> Random:
        return Random(self._seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._random, name)
