"""Iterated local search: climb to a local optimum, kick it, climb again, and restart when kicks find nothing better.

Lourenço, Martin and Stützle, "Iterated Local Search", in Handbook of Metaheuristics (2003). With several objectives the
climbs are those of Paquete, Chiarandini and Stützle, "Pareto Local Optimum Sets in the Biobjective Traveling Salesman
Problem", in Metaheuristics for Multiobjective Optimisation (2004).
"""

from collections.abc import Sequence
from random import Random

from fgspace import Algorithm, Domain, Objectives, Point, Space, Tokens, Trial, Vector

from fgspace_ea.members import DETOUR, Member, beats, member

_DRAWS = 100
"""A point counts as having no neighbours left after this many draws that were all proposed before."""
_MOST = 48
"""The largest default of `patience`: if 1 neighbour in 16 is better, 48 draws find one with a probability of 95 %."""
_FREE = 0.1
"""The part of a try that an infeasible neighbour counts for: its costs break a constraint, so it was not evaluated."""


class LocalSearch(Algorithm):
    """Climbs to the first better neighbour, from one local optimum to the next.

    The initial point is evaluated first, then random points until `samples` trials are told; the first climb begins at
    the best of them. From then on a neighbour of the current point is proposed: the current point with one
    hyper-parameter mutated by its domain. The first neighbour that is better becomes the current point. No point is
    proposed twice.

    - A neighbour whose costs break a constraint is not evaluated. With probability 0.5 the next proposal is a mutation
      of that neighbour. Such a detour changes two hyper-parameters where a change of either alone breaks a constraint
      or makes the point worse.
    - A climb ends when `patience` neighbours of the current point were no better, or no new neighbour is left.
    - Then the best local optimum is **kicked**: `kick` mutations in a row are made to it, and a new climb begins at the
      result, even if that is worse.
    - After `max_kicks` kicks in a row without a better local optimum, the search **restarts** at a random point. The
      study keeps all results.
    - With several objectives the climb keeps a front of current points: those of the climb that no other point of the
      climb dominates. It proposes neighbours of the point with the fewest tries, adds to the front every neighbour that
      is not dominated, and ends when all points of the front have had their tries. A kick starts from one of the local
      optima that no other local optimum dominates.
    - A trial that was stopped early counts with the metrics it reported last.
    - Of two points that break constraints, the one that breaks them less is better (Deb's rule), so a search that
      begins at an infeasible point first climbs to the feasible region.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        samples: the number of trials before the first climb, including the initial point.
        patience: the number of neighbours tried without success before a climb ends; by default the number of
            neighbours that the point has, at most 48.
        kick: the number of mutations in a kick.
        max_kicks: the number of unsuccessful kicks in a row before a restart.

    Raises:
        ValueError: an option is out of its range.
    """

    makes_plain_points = True

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
        """The current point of the climb, with several objectives its front; empty before the first trial is told."""
        self._told = 0
        self._outside: Member | None = None
        self._optima: list[Member] = []
        self._in_vain = 0
        self._start = 0
        self._first_move: int | None = None
        self._tried: dict[int, float] = {}

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then random points, then neighbours, kicks and restarts."""
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        if not self.current or self._told < self.samples:
            self.because("sample")
            return self.fresh(lambda: self.space.sample(rng))
        return self._neighbour(rng) or self._elsewhere(rng)

    def learn(self, trial: Trial, rng: Random) -> None:
        """Move to the point of the trial, begin a climb there, or count an unsuccessful try."""
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
            # Several workers asked for kicks at once; the climb began with the first one told, and this is another.
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
        """Return a fresh neighbour of the current point with the fewest tries, or None if the climb is over."""
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
        """Return the current point that a detour started from."""
        parents = outside.trial.lineage.get("parents") if outside else None
        return next((one for one in self.current if parents == [one.trial.number]), current)

    def _elsewhere(self, rng: Random) -> Point:
        """Return a kick of an optimum, or a random point to restart from."""
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
        """Add the point to the current ones unless one of them beats or equals it, and return whether it was added."""
        self.current, joined = settled(self.current, [told])
        return joined

    def _count(self, trial: Trial) -> None:
        """Count an unsuccessful try for the current point that the trial is a neighbour of."""
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
    """Return the result of this many mutations in a row."""
    for _ in range(moves):
        point = space.mutate(point, rng)
    return point


def settled(standing: Sequence[Member], new: Sequence[Member]) -> tuple[list[Member], bool]:
    """Return the members of both that no other beats, keeping one of equals, and whether one of them is new."""
    found, is_better = list(standing), False
    for told in new:
        if any(beats(one, told) or (one.values, one.violation) == (told.values, told.violation) for one in found):
            continue
        found, is_better = [*(one for one in found if not beats(told, one)), told], True
    return found, is_better


def neighbours(domain: Domain) -> float:
    """Return the number of values that one mutation by the domain can lead to."""
    match domain:
        case Vector(_, length, ones) if ones is not None:
            return ones * (length - ones)
        case Vector(element, length):
            return length * neighbours(element)
        case Tokens(ranges):
            return sum(bound - 1 for bound in ranges)
    return domain.size - 1


def _check(samples: int, patience: int | None, kick: int, max_kicks: int) -> None:
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be at least 1, got {patience}")
    if kick < 1:
        raise ValueError(f"kick must be at least 1, got {kick}")
    if max_kicks < 0:
        raise ValueError(f"max_kicks must be at least 0, got {max_kicks}")
