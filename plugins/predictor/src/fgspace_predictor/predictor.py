"""Predictor: Bayesian optimisation that models measured metrics and computes costs.

Jones, Schonlau and Welch, "Efficient Global Optimization of Expensive Black-Box Functions", J. Global Optimization 13
(1998), extended to spaces of any kind and to costs that are known.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from random import Random

from fgspace import Algorithm, Exhausted, FgspaceError, Objectives, Point, Space, Trial

from fgspace_predictor.beliefs import Beliefs
from fgspace_predictor.climbing import Moves, promising
from fgspace_predictor.combinations import Combinations
from fgspace_predictor.coordinates import Coordinates, spread
from fgspace_predictor.known_costs import KnownCosts
from fgspace_predictor.promise import promise

_BEST = 10
"""The number of best trials from which the candidates are derived; with several objectives it is the front."""
_LEADING = 50
"""The number of best trials among which those with the best smoothed values are found."""
_PATIENCE = 20
"""The number of trials without improvement after which predicted deviations are increased."""
_DOUBTED = 3.0
"""The factor on predicted deviations then."""
_COMBINED, _EVERY = 16, 3
"""From this number of trials on, every third proposal has a combination of options that was not tried yet."""
_DRAWS = 32
"""The number of random points of which the farthest from all others is proposed during startup."""
_WALKS = 4
_ENUMERABLE = 1_000_000
"""A space of at most this many points is enumerated to find the last open ones."""


class Predictor(Algorithm):
    """Bayesian optimisation with a Gaussian process, whose acquisition function is maximised by local search.

    The initial point is evaluated first, then points far from each other, until there are `startup` trials. From then
    on a Gaussian process is conditioned on the trials told, and the point with the largest acquisition value among
    about 2¼ · `candidates` points is proposed; local search finds these points. No point is proposed twice.

    - **Numeric options** and tokens are modelled as more similar the closer they are in their order, unless the trials
      clearly show that they are not.
    - **Costs** (params, macs, everything that `space.cost` returns) are computed and never modelled. No point is
      proposed whose costs break a constraint.
    - **One objective**: expected improvement on the best smoothed value. **Two objectives**: exact expected hypervolume
      improvement, in which known costs have no uncertainty. **Three or more**: expected improvement of a Tchebycheff
      sum, with new random weights for every point.
    - A constraint on a **measured** metric is modelled, and the acquisition value of a point is multiplied by the
      probability that it keeps the constraint.
    - A **failed** trial has no value. Once one has failed, the chance of success is modelled too, and the acquisition
      value of a point is multiplied by it. A trial that was **stopped** early gets the value it reported last, or the
      worst value of all complete trials if its own is even worse.
    - With one objective, predicted standard deviations are **multiplied by 3** for every second proposal after 20
      trials without improvement.
    - In a space of choices and other hyper-parameters, every third proposal from the 16th trial on has a **combination
      of options** that was not tried yet.
    - A point that is still being evaluated is taken to have its expected value.
    - **Monotone trend**, an assumption that is off by default: with `monotone: {accuracy: macs}` a point with as many
      MACs as the constraints allow is evaluated second, and accuracy is expected to rise with the logarithm of the
      MACs. The trials determine the slope; if accuracy falls with MACs in them, the trend is dropped. If costly points
      are no better, the assumption wastes trials.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        startup: the number of points evaluated before the first prediction.
        candidates: the number of points that a search for the next proposal begins with; local search adds 1¼ times as
            many.
        monotone: objective → the cost with which it improves.

    Raises:
        ValueError: an option is out of its range, or `monotone` names a metric that is not an objective, or a cost
            that the space does not have.
    """

    makes_plain_points = True

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
        self._coordinates = Coordinates(self.space)
        self._costs = KnownCosts(self.space, objectives, list(self.monotone.values()))
        _check_monotone(self.monotone, objectives, self._costs)
        self._told: list[Trial] = []

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then points far from each other, then points of the largest acquisition value."""
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
        """Keep the trial if it was evaluated."""
        if trial.evaluated:
            self._told.append(trial)

    @cached_property
    def _beliefs(self) -> Beliefs:
        return Beliefs(self._coordinates, self.objectives, self._costs, self.monotone)

    @cached_property
    def _moves(self) -> Moves:
        return Moves(self.space)

    @cached_property
    def _combinations(self) -> Combinations:
        return Combinations(self.space)

    @cached_property
    def _costliest(self) -> Point | None:
        """A costly point that keeps the constraints, if `monotone` is given; else None."""
        if not self.monotone:
            return None
        return self._costs.costliest(list(self.monotone.values()), Random(f"{self.seed}/costliest"))

    def _far(self, rng: Random) -> Point:
        """Return an open point that is far from all points proposed so far."""
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
        if self._looks_elsewhere:
            gain = self._combinations.untried(gain, [*(trial.point for trial in self._told), *pending])
        found = promising(self.space, self._moves, gain, [trial.point for trial in best], rng, self.candidates)
        return next((point for point in found if self.is_fresh(point)), None) or self._anywhere(rng)

    @property
    def _looks_elsewhere(self) -> bool:
        """Whether this proposal must have a combination of options that was not tried yet."""
        number = len(self._told) + len(self.pending)
        return self._combinations.is_partial and number >= _COMBINED and number % _EVERY == 0

    @property
    def _doubt(self) -> float:
        """The factor on predicted standard deviations: above 1 after many trials without improvement."""
        feasible = [place for place, trial in enumerate(self._told) if self.objectives.is_feasible(trial)]
        if len(self.objectives.directions) > 1 or not feasible:
            return 1.0
        best = min(feasible, key=lambda place: self.objectives.values(self._told[place]))
        vain = len(self._told) - 1 - best
        # Only for every second proposal: the model may be right, and its best point the next to evaluate.
        return _DOUBTED if vain >= _PATIENCE and vain % 2 == 0 else 1.0

    def _best(self) -> list[Trial]:
        """Return the best trials by their smoothed values, feasible ones first; with several objectives, the front."""
        complete = [trial for trial in self._told if trial.state == "complete"]
        if len(self.objectives.directions) > 1 and (front := self.objectives.front(complete)):
            return front
        ranked = sorted(complete, key=lambda trial: (self.objectives.violation(trial), self.objectives.values(trial)))
        return ranked[:_BEST] if len(self.objectives.directions) > 1 else self._smoothed(ranked[:_LEADING])[:_BEST]

    def _smoothed(self, trials: list[Trial]) -> list[Trial]:
        """Return the trials in the order of their violations, and then of the values that the model expects."""
        costs = [self._costs.of(trial.point) for trial in trials]
        places = self._beliefs.places([trial.point for trial in trials], costs)
        expected = self._beliefs.expected_at(places, costs)[:, 0]
        order = sorted(
            range(len(trials)), key=lambda place: (self.objectives.violation(trials[place]), expected[place])
        )
        return [trials[place] for place in order]

    def _is_open(self, point: Point) -> bool:
        return self.is_fresh(point) and not self._costs.excess_at(point)

    def _anywhere(self, rng: Random) -> Point:
        """Return any open point: one on a walk from a random point, or the first of an enumeration."""
        self.because("sample")
        for _ in range(_WALKS):
            if found := self._costs.reach(self.space.sample(rng), self.is_fresh, rng):
                return found
        found = next((point for point in self._rest if self._is_open(point)), None)
        if found:
            return dict(found)
        broken = self._costs.broken(self.space.initial)
        if broken and not self._told and not self.pending:
            raise FgspaceError(
                f"found no point that keeps the constraints; at the initial point {broken}; loosen that constraint"
            )
        raise Exhausted

    @cached_property
    def _rest(self) -> Iterator[Point]:
        # A point that the iterator has passed was proposed or breaks a constraint, and that never changes.
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
            raise ValueError(f"monotone: {metric!r} is not an objective; expected {known}")
        if cost not in costs.there_are:
            known = ", ".join(sorted(costs.there_are)) or "none"
            raise ValueError(f"monotone: {cost!r} is not a cost of the space, which has {known}")
