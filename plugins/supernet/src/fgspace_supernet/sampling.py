"""Which networks are trained in a step: drawn uniformly or fairly, with the largest and the smallest around them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Literal

from fgspace import FgspaceError, Point, Space

from fgspace_supernet.sizes import Sizes, size_of

Sampling = Literal["uniform", "fair", "sandwich"]
_TRIES = 32
"""The most points that are drawn for one that is large enough, or that is no forbidden one."""
_DECK = 1000
"""The most values of a token that are dealt like cards; of more, one is drawn."""


@dataclass(frozen=True)
class Rule:
    """Which networks each step of a training trains; SuperNet, which takes these options, tells what each means."""

    sampling: Sampling
    networks: int
    learn_from_largest: bool
    progressive: float
    seed: int


class Sampler:
    """Draws the points of the steps of one epoch.

    `uniform` draws each point as the space does. `fair` deals the values of each hyper-parameter like cards, so that
    after as many networks as it has values each was trained once (Chu et al. 2021, "FairNAS"). `sandwich` puts the
    largest network before those that are drawn, and the smallest after them (Yu and Huang 2019, "Universally Slimmable
    Networks").

    Args:
        space: the space.
        sizes: its largest and its smallest network.
        rule: the way, and the number of networks of a step that are drawn.
        opened: how far the range of sizes is open, from 0, the largest network alone, to 1, all (progressive shrinking;
            Cai et al. 2020, "Once-for-All").
        rng: what draws.
    """

    def __init__(self, space: Space, sizes: Sizes, rule: Rule, opened: float, rng: Random) -> None:
        self._space, self._sizes, self._rng = space, sizes, rng
        self._kind, self._count = rule.sampling, rule.networks
        self._least = sizes.bound(opened)
        self._is_open = opened >= 1
        self._decks: list[list[int]] = [[] for _ in space.range_table]

    def step(self) -> Sequence[Point]:
        """Return the points of the next step; of a sandwich, the largest network comes first."""
        drawn = [self._large_enough() for _ in range(self._count)]
        if self._kind != "sandwich":
            return drawn
        last = self._sizes.smallest if self._is_open else min((self._large_enough() for _ in range(4)), key=self._size)
        return [self._sizes.largest, *drawn, last]

    def _large_enough(self) -> Point:
        """Return a point that is drawn; the largest of many if none is as large as it has to be now."""
        if self._is_open:
            return self._drawn()
        best = self._drawn()
        for _ in range(_TRIES):
            if self._size(best) >= self._least:
                return best
            best = max(best, self._drawn(), key=self._size)
        return best if self._size(best) >= self._least else self._sizes.largest

    def _drawn(self) -> Point:
        for _ in range(_TRIES if self._kind == "fair" else 0):
            with suppress(FgspaceError, ValueError):  # not every row of values is a point
                point = self._space.decode([self._dealt(at, bound) for at, bound in enumerate(self._space.range_table)])
                if not self._space.forbids(point):
                    return point
        return self._space.sample(self._rng)

    def _dealt(self, at: int, bound: int) -> int:
        if bound > _DECK:
            return self._rng.randrange(bound)
        deck = self._decks[at]
        if not deck:
            deck.extend(range(bound))
            self._rng.shuffle(deck)
        return deck.pop()

    def _size(self, point: Point) -> float:
        return size_of(self._space, point)
