"""Predictor: model what is measured, compute what is known, and propose what promises most.

Jones, Schonlau and Welch, "Efficient Global Optimization of Expensive Black-Box Functions", J. Global Optimization 13
(1998), over spaces of any kind, with known costs.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from random import Random

from fgspace import Algorithm, Exhausted, FgspaceError, Objectives, Point, Space, Trial

from fgspace_predictor.beliefs import Beliefs
from fgspace_predictor.climbing import Moves, promising
from fgspace_predictor.coordinates import Coordinates, spread
from fgspace_predictor.known_costs import KnownCosts
from fgspace_predictor.promise import promise

_BEST = 10
"""Candidates come from so many trials, the best ones, and from the front."""
_PATIENCE = 20
"""After so many trials without a better one the model is doubted."""
_DOUBLED = 10
"""For so many trials that were no better, its deviations count once more."""
_DRAWS = 32
"""Of so many points drawn, that one starts the search that is farthest from all others."""
_WALKS = 4
_ENUMERABLE = 1_000_000
"""A space of at most so many points is gone through to its last one."""


class Predictor(Algorithm):
    """Bayesian optimisation with a Gaussian process, whose candidates are found by local moves.

    The initial point is evaluated first, then points that are far from each other, until there are `startup` trials.
    From then on a Gaussian process is conditioned on the trials told, and of some 2¼ · `candidates` points, found by
    the domains' own moves, the one that promises most is proposed. No point is proposed twice.

    - **Options that are numbers**, and tokens, are taken to be the more alike the closer they are, unless the trials
      say clearly that they are not.
    - **Costs** (params, macs, whatever `space.cost` tells) are computed, never modelled. No point is proposed whose
      costs break a constraint.
    - **One objective**: expected improvement on the best value, the noise smoothed away. **Two**: expected hypervolume
      improvement, exact, with known costs exact. **More**: expected improvement of a Tchebycheff sum whose weights are
      drawn anew for every point.
    - A constraint on a **measured** metric is modelled too, and what a point promises is multiplied by the probability
      that it keeps the constraint.
    - A **failed** trial counts as the worst value seen, one that was **stopped** early as what it measured, at worst as
      that.
    - Where trials are no better for long, the model is **doubted**: with one objective, for every other proposal from
      the 20th trial on after the best one, deviations count 1 + k / 10 times, k being how many trials were no better.
    - Points that are still being evaluated count as if they had given what is expected of them.
    - **Prior of structure**, a bias, and off unless told: with `monotone: {accuracy: macs}` a point of the most MACs
      that the constraints allow is evaluated second, and accuracy is expected to rise with the logarithm of the MACs,
      as steeply as the trials say, unless they say that it falls. Where what costs more is no better, trials are
      wasted.

    Args:
        space: what is searched.
        objectives: what is better.
        seed: where all randomness comes from.
        startup: how many points are evaluated before the first prediction.
        candidates: how many points a proposal is first looked for among; 1¼ times as many follow by climbing.
        monotone: objective → the cost with which it gets better.

    Raises:
        ValueError: an option is out of its range, or names no objective or no cost.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        startup: int = 8,
        candidates: int = 200,
        monotone: dict[str, str] | None = None,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        _check(startup, candidates)
        self.startup = startup
        self.candidates = candidates
        self.monotone = monotone or {}
        self._coordinates = Coordinates(space)
        self._costs = KnownCosts(space, objectives, list(self.monotone.values()))
        _check_monotone(self.monotone, objectives, self._costs)
        self._told: list[Trial] = []

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then points far from each other, then what promises most."""
        if self.is_fresh(self.space.initial) and not self._costs.broken(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        if self._costliest and self.is_fresh(self._costliest):
            self.because("costliest")
            return dict(self._costliest)
        complete = any(trial.state == "complete" for trial in self._told)
        if len(self._told) + len(self.pending) < self.startup or not complete:
            return self._far(rng)
        return self._promising(rng)

    def learn(self, trial: Trial, rng: Random) -> None:
        """Keep what was evaluated."""
        if trial.evaluated:
            self._told.append(trial)

    @cached_property
    def _beliefs(self) -> Beliefs:
        return Beliefs(self._coordinates, self.objectives, self._costs, self.monotone)

    @cached_property
    def _moves(self) -> Moves:
        return Moves(self.space)

    @cached_property
    def _costliest(self) -> Point | None:
        """The point to start from where a cost is told to be good."""
        if not self.monotone:
            return None
        return self._costs.costliest(list(self.monotone.values()), Random(f"{self.seed}/costliest"))

    def _far(self, rng: Random) -> Point:
        """Return an open point that is far from all that were proposed."""
        self.because("spread")
        drawn = [self.space.sample(rng) for _ in range(_DRAWS)]
        open_points = [point for point in drawn if self._is_open(point)]
        proposed = [*(trial.point for trial in self._told), *self.pending.values()]
        return spread(open_points, proposed, self._coordinates) if open_points else self._anywhere(rng)

    def _promising(self, rng: Random) -> Point:
        pending = list(self.pending.values())
        self._beliefs.learn(self._told, pending)
        best = self._best()
        self.because("predict", best[:1] if len(self.objectives.directions) == 1 else ())
        gain = promise(self._told, pending, self.objectives, self._beliefs, self._costs, rng, self._doubt)
        found = promising(self.space, self._moves, gain, [trial.point for trial in best], rng, self.candidates)
        return next((point for point in found if self.is_fresh(point)), None) or self._anywhere(rng)

    @property
    def _doubt(self) -> float:
        """How many times the model's deviations count: more than once where it has promised in vain for long."""
        feasible = [place for place, trial in enumerate(self._told) if self.objectives.is_feasible(trial)]
        if len(self.objectives.directions) > 1 or not feasible:
            return 1.0
        best = min(feasible, key=lambda place: self.objectives.values(self._told[place]))
        vain = len(self._told) - 1 - best
        # Every other time only, for the model may be right, and the best point be the next.
        return 1 + vain / _DOUBLED if vain >= _PATIENCE and vain % 2 == 0 else 1.0

    def _best(self) -> list[Trial]:
        """Return the best trials told, those that break constraints last, and the front."""
        complete = [trial for trial in self._told if trial.state == "complete"]
        ranked = sorted(complete, key=lambda trial: (self.objectives.violation(trial), self.objectives.values(trial)))
        front = self.objectives.front(complete) if len(self.objectives.directions) > 1 else []
        return front or ranked[:_BEST]

    def _is_open(self, point: Point) -> bool:
        return self.is_fresh(point) and not self._costs.excess_at(point)

    def _anywhere(self, rng: Random) -> Point:
        """Return an open point from wherever there is one."""
        self.because("sample")
        for _ in range(_WALKS):
            if found := self._costs.reach(self.space.sample(rng), self.is_fresh, rng):
                return found
        found = next((point for point in self._rest if self._is_open(point)), None)
        if found:
            return dict(found)
        broken = self._costs.broken(self.space.initial)
        if broken and not self._told and not self.pending:
            raise FgspaceError(f"no point was found that keeps the constraints: at the initial one {broken}; loosen it")
        raise Exhausted

    @cached_property
    def _rest(self) -> Iterator[Point]:
        # What it has passed was proposed, or breaks a constraint: both are for good, so once through is enough.
        return self.space.enumerate() if self.space.size <= _ENUMERABLE else iter(())


def _check(startup: int, candidates: int) -> None:
    if startup < 1:
        raise ValueError(f"startup must be at least 1, got {startup}")
    if candidates < 4:
        raise ValueError(f"candidates must be at least 4, got {candidates}")


def _check_monotone(monotone: Mapping[str, str], objectives: Objectives, costs: KnownCosts) -> None:
    for metric, cost in monotone.items():
        if metric not in objectives.directions:
            known = ", ".join(objectives.directions)
            raise ValueError(f"monotone: {metric!r} is no objective; there is {known}")
        if cost not in costs.there_are:
            known = ", ".join(sorted(costs.there_are)) or "none"
            raise ValueError(f"monotone: {cost!r} is no cost of the space; there is {known}")
