"""Iterated local search: climb to a local optimum, kick it, climb again, and restart where kicks lead nowhere.

Lourenço, Martin and Stützle, "Iterated Local Search", in Handbook of Metaheuristics (2003). With several objectives the
climbs are those of Paquete, Chiarandini and Stützle, "Pareto Local Optimum Sets in the Biobjective Traveling Salesman
Problem", in Metaheuristics for Multiobjective Optimisation (2004).
"""

import math
from collections.abc import Sequence
from random import Random

from fgspace import Algorithm, Choice, Domain, Int, Objectives, Point, Space, Tokens, Trial, Vector

from fgspace_ea.members import DETOUR, Member, beats, member

_DRAWS = 100
"""So many neighbours in a row that were proposed before, and a climb is over."""
_MOST = 48
"""So many neighbours are tried at most, unless told otherwise: then 95 % have been missed of no more than 1 in 16."""
_FREE = 0.1
"""What a neighbour counts that was not evaluated, since its costs break a constraint."""


class LocalSearch(Algorithm):
    """Climbs by one-site moves to the first better neighbour, from one local optimum to the next.

    The initial point is evaluated first, then random ones until `samples` trials are told, and the first climb begins
    at the best of them. From then on a point is the current one with one hyper-parameter moved by its domain's own
    mutation, and as soon as one is told that is better, it becomes the current one. No point is proposed twice.

    - A neighbour whose costs break a constraint is not evaluated. The next point is every other time one move on from
      there: a detour, which exchanges one thing for another within the bounds.
    - A climb is over when `patience` neighbours of the current point were no better, or none is left.
    - Then the best local optimum is **kicked**: a new climb begins where `kick` moves at once lead from it, whatever
      that is worth.
    - After `max_kicks` kicks without a better local optimum, the search **restarts** at a random point. The study keeps
      what was found.
    - With several objectives a climb stands at all its points that no other of it dominates. A neighbour of any of them
      joins where it is one of these, and the climb is over when all of them were tried in vain. One of the local optima
      is kicked that no other dominates.
    - A trial that was stopped early is worth what it measured.
    - A point that breaks a constraint is worse than one that breaks it less (Deb's rule), so that a search which begins
      outside climbs inside first.

    Args:
        space: what is searched.
        objectives: what is better.
        seed: where all randomness comes from.
        samples: how many trials there are before the first climb, the initial point included.
        patience: how many neighbours are tried in vain; left out, as many as there are, at most 48.
        kick: how many moves a kick makes.
        max_kicks: how many kicks in a row are in vain before a restart.

    Raises:
        ValueError: an option is out of its range.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        samples: int = 6,
        patience: int | None = None,
        kick: int = 3,
        max_kicks: int = 10,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        _check(samples, patience, kick, max_kicks)
        self.samples = samples
        self.patience = patience
        self.kick = kick
        self.max_kicks = max_kicks
        self.current: list[Member] = []
        """Where the climb stands, once a trial is told: at one point, or with several objectives at a front."""
        self._told = 0
        self._outside: Member | None = None
        self._optima: list[Member] = []
        self._in_vain = 0
        self._start = 0
        self._first_move: int | None = None
        self._tried: dict[int, float] = {}

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then neighbours, kicks and restarts."""
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        if not self.current or self._told < self.samples:
            self.because("sample")
            return self.fresh(lambda: self.space.sample(rng))
        return self._neighbour(rng) or self._elsewhere(rng)

    def learn(self, trial: Trial, rng: Random) -> None:
        """Step to the trial's point, begin a climb there, or stay."""
        self._told += 1
        told = member(trial, self.objectives)
        operator = trial.lineage.get("operator")
        self._outside = told if trial.state == "infeasible" and self._is_inside() else None
        if trial.state == "failed":
            self._count(trial)
        elif operator in ("kick", "restart") and self._first_move is not None and trial.number > self._first_move:
            self._settle(operator == "restart")
            self._begin(told)
        elif operator in ("kick", "restart"):
            # One that was asked for beside the one that the climb began with.
            self._in_vain += 1
            self._join(told)
        elif not self.current:
            self._begin(told)
        elif operator == "sample":
            self._join(told)
        elif trial.number > self._start and self._join(told):
            self._moved(trial)
        else:
            self._count(trial)

    def _neighbour(self, rng: Random) -> Point | None:
        """Return a fresh neighbour of where fewest were tried, None where the climb is over."""
        for current in sorted(self.current, key=self._tries):
            if self._tries(current) >= self._limit(current.point):
                continue
            for _ in range(_DRAWS):
                outside = self._outside if rng.random() < DETOUR else None
                point = self.space.mutate((outside or current).point, rng)
                if self.is_fresh(point):
                    self.because("detour" if outside else "move", [self._origin(outside, current).trial])
                    return point
        return None

    def _origin(self, outside: Member | None, current: Member) -> Member:
        """Return which of those where the climb stands a detour comes from."""
        parents = outside.trial.lineage.get("parents") if outside else None
        return next((one for one in self.current if parents == [one.trial.number]), current)

    def _elsewhere(self, rng: Random) -> Point:
        """Return a kick of an optimum, or a restart."""
        optima, is_better = settled(self._optima, self.current)
        if (0 if is_better else self._in_vain + 1) >= self.max_kicks:
            self.because("restart")
            return self.fresh(lambda: self.space.sample(rng))
        optimum = rng.choice(optima)
        self.because("kick", [optimum.trial])
        return self.fresh(lambda: kicked(self.space, optimum.point, self.kick, rng))

    def _settle(self, restart: bool) -> None:
        self._optima, is_better = settled(self._optima, self.current)
        self._in_vain = 0 if is_better or restart else self._in_vain + 1
        if restart:
            self._optima = []

    def _begin(self, told: Member) -> None:
        self._start = told.trial.number
        self._first_move = None
        self.current, self._tried = [told], {}

    def _join(self, told: Member) -> bool:
        """Let the climb stand at a point too that none of its others beats, and say whether it does."""
        self.current, joined = settled(self.current, [told])
        return joined

    def _count(self, trial: Trial) -> None:
        """Count a neighbour that is no better than where the climb stands."""
        parents = trial.lineage.get("parents")
        if parents and parents[0] in [one.trial.number for one in self.current]:
            self._moved(trial)
            self._tried[parents[0]] = self._tried.get(parents[0], 0) + (_FREE if self._outside else 1)

    def _tries(self, one: Member) -> float:
        return self._tried.get(one.trial.number, 0)

    def _is_inside(self) -> bool:
        return any(one.trial.measured for one in self.current)

    def _moved(self, trial: Trial) -> None:
        self._first_move = min(trial.number, self._first_move or trial.number)

    def _limit(self, point: Point) -> float:
        if self.patience is not None:
            return self.patience
        return min(_MOST, sum(map(neighbours, self.space.active(point).values())))


def kicked(space: Space, point: Point, moves: int, rng: Random) -> Point:
    """Return the point that so many moves lead to."""
    for _ in range(moves):
        point = space.mutate(point, rng)
    return point


def settled(standing: Sequence[Member], new: Sequence[Member]) -> tuple[list[Member], bool]:
    """Return those of both that none of them beats, one of equals, and whether a new one is among them."""
    found, is_better = list(standing), False
    for told in new:
        if any(beats(one, told) or (one.values, one.violation) == (told.values, told.violation) for one in found):
            continue
        found, is_better = [*(one for one in found if not beats(told, one)), told], True
    return found, is_better


def neighbours(domain: Domain) -> float:
    """Return how many values one move of the domain's own leads to."""
    match domain:
        case Vector(_, length, ones) if ones is not None:
            return ones * (length - ones)
        case Vector(element, length):
            return length * neighbours(element)
        case Tokens(ranges):
            return sum(bound - 1 for bound in ranges)
        case Choice() | Int():
            return domain.size - 1
    return 0 if domain.size == 1 else math.inf


def _check(samples: int, patience: int | None, kick: int, max_kicks: int) -> None:
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be at least 1, got {patience}")
    if kick < 1:
        raise ValueError(f"kick must be at least 1, got {kick}")
    if max_kicks < 0:
        raise ValueError(f"max_kicks must be at least 0, got {max_kicks}")
