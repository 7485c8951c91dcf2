"""Simulated annealing: walk from neighbour to neighbour, at first in any direction, in the end only to better ones.

Kirkpatrick, Gelatt and Vecchi, "Optimization by Simulated Annealing", Science 220 (1983). SANAS of PaddleSlim (Baidu)
searches architectures in this way.
"""

import math
from collections.abc import Mapping, Sequence
from random import Random
from statistics import pstdev

from fgspace import Algorithm, Exhausted, FgspaceError, Objectives, Point, Space, Trial

from fgspace_annealing.open_points import OpenPoints
from fgspace_annealing.schedule import check_schedule

Values = tuple[float, ...]

_NEIGHBOURS = 100
"""A neighbourhood counts as exhausted after this many draws in a row that cannot be proposed."""
_SPREAD_OF = 10
"""The number of trials that the spread of the objective is taken from."""
_USUAL_SPREAD = 0.05
"""The spread of an objective for which a fitted schedule begins at 0.01; other objectives stretch it."""
_DETOUR = 0.5
"""The probability that a neighbour of a point whose costs break a constraint is tried next."""
_LED = 0.5
"""With several objectives, the share of moves made from a point of the front: a single walk visits little of it."""
_AUGMENTATION = 0.05
"""The weight of the sum of the objectives in the augmented Tchebycheff sum; the largest of them has weight 1."""


class SimulatedAnnealing(Algorithm):
    """A walk by single mutations that accepts every better point, and worse points less and less often.

    The initial point is evaluated first. After that, each proposal is the current point with one hyper-parameter
    mutated by its domain (in a token space, one token); no point is proposed twice. When the trial is told, its point
    becomes the current one if it is no worse; if it is worse by d, this happens with probability exp(-d / T). The
    temperature T is `init_temperature` · `reduce_rate`^k after k trials, not counting failed and infeasible ones. A
    trial that was stopped early counts with the metrics it reported last, but is never on the front.

    - With one objective, d is the difference in that metric. The defaults suit a metric in [0, 1], such as accuracy: a
      point worse by 0.01 is accepted with probability 0.99 after 1 trial, 0.95 after 10, 0.77 after 20, 0.27 after 30
      and 0.001 after 40. So the search is a random walk for about 25 trials, and then a climb. A metric of another
      scale needs an `init_temperature` in its own unit.
    - `steps` fits the schedule to a budget of that many trials: T falls by the same factor with every trial, from 0.01
      at the first to `final_temperature` at the last. With one objective, T is multiplied by the spread of the
      objective, the standard deviation of its first 10 values, divided by 0.05; so the schedule suits a metric of any
      scale. A point that is worse by a fifth of the spread is accepted with probability 0.37 at first, 0.003 half way,
      and practically 0 in the end. With `init_temperature` the schedule begins there, and is not multiplied.
    - With several objectives, d is the difference in the augmented weighted Tchebycheff sum (Steuer and Choo,
      Mathematical Programming 26, 1983). Each objective is scaled to 0 at the best value seen and to 1 at the worst,
      and multiplied by its weight; the sum is the largest of these plus 0.05 times their total. New weights, of which
      the largest is 1, are drawn for every trial, so that the walk visits the whole front; `weights` fixes them. With
      probability 0.5 a move starts from a random point of the front, as from the archive of AMOSA (Bandyopadhyay et
      al., IEEE TEC 12, 2008).
    - No point is proposed whose costs (params, macs) break a constraint. If those of a neighbour do, the next one tried
      is with probability 0.5 a mutation of that neighbour, so the walk passes through such points. If the costs of the
      initial point break one, the search starts at the first point that keeps the constraints on a walk from there. Of
      two points that break a constraint on a measured metric, the one that breaks it less is better, whatever its
      objectives.
    - When 100 neighbours in a row were all proposed before or break a constraint, a neighbour of a point on the front
      (with one objective, of the best point) is proposed. If 100 draws find none, the walk restarts from a random
      point, even if that is worse. The search ends when no point of the space is left.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        init_tokens: the tokens of the point to start from; by default the initial point of the space.
        init_temperature: the temperature at the first trial, in units of d; by default 1.0, or with `steps` 0.01, which
            is multiplied by the spread of the one objective divided by 0.05.
        reduce_rate: the factor by which every measured trial multiplies the temperature, above 0 and at most 1;
            ignored with `steps`.
        steps: the number of trials that the schedule is fitted to.
        final_temperature: the last temperature of a fitted schedule, multiplied as the first one is.
        weights: objective → weight in the Tchebycheff sum; an objective that is left out has weight 1.

    Raises:
        ValueError: an option is out of its range, the tokens do not fit the space, or a key of `weights` is not an
            objective.
    """

    makes_plain_points = True

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        init_tokens: list[int] | None = None,
        init_temperature: float | None = None,
        reduce_rate: float = 0.85,
        steps: int | None = None,
        final_temperature: float = 0.0003,
        weights: dict[str, float] | None = None,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        self._is_scaled = steps is not None and init_temperature is None and len(objectives.directions) == 1
        first = (1.0 if steps is None else 0.01) if init_temperature is None else init_temperature
        check_schedule(first, reduce_rate, steps, final_temperature)
        self.init_temperature = first
        self.reduce_rate = reduce_rate if steps is None else fitted_rate(first, final_temperature, steps)
        self.start = _start(space, init_tokens)
        self.weights = None if weights is None else _weights(objectives, weights)
        self.current: Trial | None = None
        """The trial of the current point; None before the first trial is measured."""
        self._open = OpenPoints(self.space, objectives, self.is_fresh)
        self._front: list[Trial] = []
        self._first: list[float] = []
        self._complete = 0
        self._low: Values = (math.inf,) * len(objectives.directions)
        self._high: Values = (-math.inf,) * len(objectives.directions)

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then neighbours of the current point."""
        self.because("initial")
        if self.start in self._open or (self.current is None and self._open.excess(self.start)):
            return self._found(self.start, rng)
        is_led = len(self._low) > 1 and rng.random() < _LED
        walker = self._leader(rng) if is_led else self.current
        if near := self._neighbour(walker, rng) or self._neighbour(self._leader(rng), rng):
            return near
        self.because("restart")
        return self._found(self.space.sample(rng), rng)

    def learn(self, trial: Trial, rng: Random) -> None:
        """Move to the point of the trial, or stay at the current one."""
        if not trial.measured:
            return
        values = self.objectives.values(trial)
        self._low = tuple(map(min, self._low, values))
        self._high = tuple(map(max, self._high, values))
        if self._is_accepted(trial, rng):
            self.current = trial
        if all(values != self.objectives.values(other) for other in self._front):
            self._front = self.objectives.front([*self._front, trial])
        if len(self._first) < _SPREAD_OF and not self.objectives.violation(trial):
            self._first.append(values[0])
        self._complete += 1

    @property
    def temperature(self) -> float:
        """The temperature at which the next trial told is accepted or rejected."""
        return self._unit * temperature(self._complete, self.init_temperature, self.reduce_rate)

    @property
    def _unit(self) -> float:
        """The factor on the temperature by which a fitted schedule suits the scale of the objective."""
        if not self._is_scaled:
            return 1.0
        return pstdev(self._first) / _USUAL_SPREAD if len(self._first) > 1 else math.inf

    def _is_accepted(self, trial: Trial, rng: Random) -> bool:
        if self.current is None or trial.lineage.get("operator") == "restart":
            return True
        excess = self.objectives.violation(trial) - self.objectives.violation(self.current)
        if excess:
            return excess < 0
        values = self.objectives.values(trial), self.objectives.values(self.current)
        if len(self._low) == 1:
            (after,), (before,) = values
        else:
            weights = self.weights or drawn_weights(len(self._low), rng)
            after, before = (tchebycheff(one, self._low, self._high, weights) for one in values)
        return rng.random() < acceptance(after - before, self.temperature)

    def _leader(self, rng: Random) -> Trial | None:
        return rng.choice(self._front) if self._front else self.current

    def _neighbour(self, trial: Trial | None, rng: Random) -> Point | None:
        """Return an open neighbour of the point of the trial, or of the start; None if none is found."""
        start = trial.point if trial else self.start
        at = start
        for _ in range(_NEIGHBOURS):
            point = self.space.mutate(at, rng)
            if point in self._open:
                self.because("move" if at is start else "detour", [trial] if trial else [])
                return point
            at = point if self._open.excess(point) and rng.random() < _DETOUR else start
        return None

    def _found(self, point: Point, rng: Random) -> Point:
        """Return a point that can be proposed: near the given one, or anywhere in the space."""
        if found := self._open.find(point, rng):
            return dict(found)
        broken = self._open.broken(self.start)
        if broken and self.current is None and not self.pending:
            raise FgspaceError(
                f"found no point that keeps the constraints; at the initial point {broken}; loosen that constraint"
            )
        raise Exhausted


def temperature(trials: int, initial: float, rate: float) -> float:
    """Return the temperature after this many trials; it may underflow to 0."""
    return initial * rate**trials


def fitted_rate(initial: float, final: float, steps: int) -> float:
    """Return the factor per trial that leads from `initial` at the first to `final` at the last of `steps` trials."""
    rate: float = (final / initial) ** (1 / max(1, steps - 1))
    return rate


def drawn_weights(count: int, rng: Random) -> Values:
    """Draw weights uniformly from those that sum to 1, and scale them so that the largest is 1."""
    drawn = [rng.expovariate(1) for _ in range(count)]
    return tuple(weight / max(drawn) for weight in drawn)


def acceptance(worsening: float, temperature: float) -> float:
    """Return the probability of accepting a point that is worse by `worsening`; 1 if it is no worse."""
    if worsening <= 0:
        return 1.0
    return math.exp(-worsening / temperature) if temperature else 0.0


def tchebycheff(values: Values, low: Values, high: Values, weights: Sequence[float]) -> float:
    """Return the augmented weighted Tchebycheff sum of values, scaled to 0 at `low` and 1 at `high`; 0 is best."""
    scaled = [
        weight * (value - least) / (most - least) if most > least else 0.0
        for value, least, most, weight in zip(values, low, high, weights, strict=True)
    ]
    return max(scaled) + _AUGMENTATION * sum(scaled)


def _start(space: Space, tokens: Sequence[int] | None) -> Point:
    if tokens is None:
        return space.initial
    try:
        return space.decode(tokens)
    except ValueError as error:
        raise ValueError(f"init_tokens: {error}") from None


def _weights(objectives: Objectives, given: Mapping[str, float]) -> Values:
    for name, weight in given.items():
        if name not in objectives.directions:
            names = " and ".join(objectives.directions)
            raise ValueError(f"weights: {name!r} is not an objective; expected {names}")
        if weight <= 0:
            raise ValueError(f"weights: the weight of {name!r} must be above 0, got {weight}")
    return tuple(given.get(name, 1.0) for name in objectives.directions)
