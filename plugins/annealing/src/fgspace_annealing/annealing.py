"""Simulated annealing: walk from neighbour to neighbour, at first anywhere, in the end only to better ones.

Kirkpatrick, Gelatt and Vecchi, "Optimization by Simulated Annealing", Science 220 (1983). SANAS, of PaddleSlim (Baidu),
searches architectures by it.
"""

import math
from collections.abc import Mapping, Sequence
from random import Random

from fgspace import Algorithm, Exhausted, FgspaceError, Objectives, Space, Trial
from fgspace.search.trial import Point

from fgspace_annealing.open_points import OpenPoints

Values = tuple[float, ...]

_NEIGHBOURS = 100
"""So many neighbours in a row that cannot be proposed, and a neighbourhood counts as exhausted."""
_LED = 0.5
"""With several objectives, so many moves are made from the front: one walk alone comes by little of it."""
_AUGMENTATION = 0.05
"""What the sum of the objectives counts beside the worst of them."""


class SimulatedAnnealing(Algorithm):
    """A walk by one-site moves that accepts every better point, and a worse one ever less often.

    The initial point is evaluated first. From then on each point is the current one with one hyper-parameter moved by
    its domain's own mutation (one token of a token space); no point is proposed twice. Once it is told, it becomes the
    current point if it is no worse, and if it is worse by d, with probability exp(-d / T). The temperature T is
    `init_temperature` · `reduce_rate`^k after k trials; failed and infeasible ones count for nothing. A trial that was
    stopped early is worth what it measured, but is never on the front.

    - With one objective, d is the difference in that metric. The defaults are made for a metric in [0, 1], such as an
      accuracy: a point worse by 0.01 is accepted with probability 0.99 after 1 trial, 0.95 after 10, 0.77 after 20,
      0.27 after 30, 0.001 after 40. That is some 25 trials of random walk and then a climb. A metric of another scale
      needs an `init_temperature` in its own unit.
    - `steps` fits the schedule to a budget: T falls by one factor a trial, from 0.01 (or `init_temperature`) at the
      first to `final_temperature` at the last of so many. The same point is then accepted with probability 0.37 at
      first, 0.003 half way, and never in the end.
    - With several objectives, d is the difference in the augmented weighted Tchebycheff sum (Steuer and Choo,
      Mathematical Programming 26, 1983): each objective is scaled to 0 at the best value seen and 1 at the worst, and
      multiplied by its weight; the largest of these counts, and 0.05 times their sum. The weights are drawn anew for
      every trial, the largest being 1, so that the walk comes by all of the front; `weights` fixes them. Every other
      move, on average, is made from a random point of the front, as from the archive of AMOSA (Bandyopadhyay et al.,
      IEEE TEC 12, 2008).
    - No point is proposed whose costs (params, macs) break a constraint. If the initial point does, the first is the
      one at which a walk from there first keeps them. Of points that break a constraint on another metric, the one
      that breaks it less is better, whatever its objectives.
    - When a hundred neighbours in a row bring nothing new, a neighbour of a point on the front (with one objective, of
      the best) is proposed; when those do not either, the walk restarts from a random point, whatever it is worth. The
      search ends when no point of the space is left.

    Args:
        space: what is searched.
        objectives: what is better.
        seed: where all randomness comes from.
        init_tokens: the point to start from; left out, the space's initial one.
        init_temperature: the temperature at the first trial, in units of d; left out, 1.0, or 0.01 with `steps`.
        reduce_rate: what every trial multiplies the temperature by that was measured, above 0 and at most 1; not with
            `steps`.
        steps: how many trials the schedule is fitted to.
        final_temperature: the temperature that a fitted schedule ends at.
        weights: objective → weight in the Tchebycheff sum, 1 where not given.

    Raises:
        ValueError: an option is out of its range, or the tokens or an objective are not there.
    """

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
        first = (1.0 if steps is None else 0.01) if init_temperature is None else init_temperature
        _check(first, reduce_rate, steps, final_temperature)
        self.init_temperature = first
        self.reduce_rate = reduce_rate if steps is None else fitted_rate(first, final_temperature, steps)
        self.start = _start(space, init_tokens)
        self.weights = None if weights is None else _weights(objectives, weights)
        self.current: Trial | None = None
        """The trial that the walk stands at, once one is complete."""
        self._open = OpenPoints(space, objectives, self.is_fresh)
        self._front: list[Trial] = []
        self._complete = 0
        self._low: Values = (math.inf,) * len(objectives.directions)
        self._high: Values = (-math.inf,) * len(objectives.directions)

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then neighbours of where the walk stands."""
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
        """Walk on to the trial's point, or stay."""
        if not trial.measured:
            return
        values = self.objectives.values(trial)
        self._low = tuple(map(min, self._low, values))
        self._high = tuple(map(max, self._high, values))
        if self._is_accepted(trial, rng):
            self.current = trial
        if all(values != self.objectives.values(other) for other in self._front):
            self._front = self.objectives.front([*self._front, trial])
        self._complete += 1

    @property
    def temperature(self) -> float:
        """The temperature at which the next trial told is judged."""
        return temperature(self._complete, self.init_temperature, self.reduce_rate)

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
        """Return a neighbour of the trial's point (of the initial one) that can be proposed, None where none came."""
        for _ in range(_NEIGHBOURS):
            point = self.space.mutate(trial.point if trial else self.start, rng)
            if point in self._open:
                self.because("move", [trial] if trial else [])
                return point
        return None

    def _found(self, point: Point, rng: Random) -> Point:
        """Return an open point near this one, or else anywhere."""
        if found := self._open.find(point, rng):
            return dict(found)
        broken = self._open.broken(self.start)
        if broken and self.current is None and not self.pending:
            raise FgspaceError(f"no point was found that keeps the constraints: at the initial one {broken}; loosen it")
        raise Exhausted


def temperature(trials: int, initial: float, rate: float) -> float:
    """Return the temperature after so many trials; it may be 0 in the end."""
    return initial * rate**trials


def fitted_rate(initial: float, final: float, steps: int) -> float:
    """Return the rate at which the temperature of the last of `steps` trials, the first counting 0, is `final`."""
    rate: float = (final / initial) ** (1 / max(1, steps - 1))
    return rate


def drawn_weights(count: int, rng: Random) -> Values:
    """Draw weights evenly among those that sum to 1, and scale them so that the largest is 1."""
    drawn = [rng.expovariate(1) for _ in range(count)]
    return tuple(weight / max(drawn) for weight in drawn)


def acceptance(worsening: float, temperature: float) -> float:
    """Return the probability of walking on to a point that is worse by so much; 1 where it is no worse."""
    if worsening <= 0:
        return 1.0
    return math.exp(-worsening / temperature) if temperature else 0.0


def tchebycheff(values: Values, low: Values, high: Values, weights: Sequence[float]) -> float:
    """Return the augmented weighted Tchebycheff sum of values that are scaled from low to high; 0 is best."""
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
            raise ValueError(f"weights: {name!r} is not an objective; there is {names}")
        if weight <= 0:
            raise ValueError(f"weights: that of {name!r} must be above 0, got {weight}")
    return tuple(given.get(name, 1.0) for name in objectives.directions)


def _check(init_temperature: float, reduce_rate: float, steps: int | None, final_temperature: float) -> None:
    if init_temperature <= 0:
        raise ValueError(f"init_temperature must be above 0, got {init_temperature}")
    if not 0 < reduce_rate <= 1:
        raise ValueError(f"reduce_rate must be above 0 and at most 1, got {reduce_rate}")
    if steps is not None and steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if steps is not None and not 0 < final_temperature <= init_temperature:
        raise ValueError(
            f"final_temperature must be above 0 and at most init_temperature, which is {init_temperature}; got"
            f" {final_temperature}"
        )
