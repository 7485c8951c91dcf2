"""Combines predictions into acquisition values: expected improvement times the probability of feasibility."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from fgspace import Objectives, Point, Trial

from fgspace_predictor.acquisition import hypervolume_gain, scalar_gain, shortfall
from fgspace_predictor.beliefs import Beliefs
from fgspace_predictor.coordinates import Array
from fgspace_predictor.known_costs import KnownCosts

_SAMPLES = 32
"""The number of draws over which the improvement of three or more objectives is averaged."""
_MARGIN = 0.1
"""The distance of the reference point of the hypervolume from the worst values found, as a share of their range."""
_FOUND = 100
"""The largest number of trials, besides a front, whose values are smoothed at each ask."""

Promise = Callable[[Sequence[Point]], Array]
"""Returns the acquisition values of n points, (n,); minus infinity if costs break a constraint or are unknown."""


def promise(
    told: Sequence[Trial],
    pending: Sequence[Point],
    objectives: Objectives,
    beliefs: Beliefs,
    costs: KnownCosts,
    rng: Random,
    doubt: float,
) -> Promise:
    """Return the acquisition function, given the trials told and the pending points.

    Args:
        told: the trials told so far.
        pending: the points that are being evaluated.
        objectives: the objectives and constraints.
        beliefs: the models of the measured metrics.
        costs: the known costs.
        rng: draws the weights of three or more objectives.
        doubt: the factor on predicted standard deviations.
    """
    feasible = [trial for trial in told if objectives.is_feasible(trial)]
    found = [*(trial.point for trial in _leading(feasible, objectives)), *pending] if feasible else []
    paid = [costs.of(point) for point in found]
    known = beliefs.expected_at(beliefs.places(found, paid), paid) if found else np.empty(0)
    gain = _gain(known, rng)

    def promised(points: Sequence[Point]) -> Array:
        priced = [costs.of(point) for point in points]
        closed = [len(cost) < len(costs.names) or costs.excess(cost) > 0 for cost in priced]
        places = beliefs.places(points, priced)
        mean, deviation = beliefs.objectives_at(places, priced)
        promises = gain(mean, doubt * deviation) * beliefs.feasible_at(places)
        return np.where(closed, -np.inf, promises)

    return promised


def _leading(feasible: Sequence[Trial], objectives: Objectives) -> list[Trial]:
    """Return the trials that the best smoothed ones are looked for among, so that the time of an ask is bounded."""
    if len(feasible) <= _FOUND:
        return list(feasible)
    if len(objectives.directions) == 1:
        return sorted(feasible, key=objectives.values)[:_FOUND]
    latest = feasible[-_FOUND:]
    return [*objectives.front(feasible[:-_FOUND]), *latest]


def _gain(found: Array, rng: Random) -> Callable[[Array, Array], Array]:
    """Return the function from means and deviations to the expected improvement on `found`, (k, objectives)."""
    if not len(found):
        return lambda mean, deviation: np.ones(len(mean))
    count = found.shape[1]
    if count == 1:
        return lambda mean, deviation: shortfall(found.min(), mean[:, 0], deviation[:, 0])
    if count == 2:
        low, high = found.min(0), found.max(0)
        reference = high + _MARGIN * np.where(high > low, high - low, 1.0)
        return lambda mean, deviation: hypervolume_gain(found, reference, mean, deviation)
    weights = [rng.expovariate(1) for _ in range(count)]
    draws = np.array([[rng.gauss(0, 1) for _ in range(count)] for _ in range(_SAMPLES)])
    return lambda mean, deviation: scalar_gain(found, mean, deviation, weights, draws)
