"""What points promise: improvement on what was found, times the probability that they keep the constraints."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from fgspace import Objectives, Point, Trial

from fgspace_predictor.acquisition import hypervolume_gain, scalar_gain, shortfall
from fgspace_predictor.beliefs import Beliefs
from fgspace_predictor.coordinates import Array
from fgspace_predictor.known_costs import KnownCosts

_SAMPLES = 32
"""So many draws of three objectives or more stand for what is believed of them."""
_MARGIN = 0.1
"""The area that a front dominates reaches beyond the worst values seen by this share of their range."""

Promise = Callable[[Sequence[Point]], Array]
"""What points promise, (n,); minus infinity where costs break a constraint or cannot be computed."""


def promise(
    told: Sequence[Trial],
    pending: Sequence[Point],
    objectives: Objectives,
    beliefs: Beliefs,
    costs: KnownCosts,
    rng: Random,
    doubt: float = 1.0,
) -> Promise:
    """Return what tells the promise of points, given the trials told and the points being evaluated.

    What is believed is taken to be off by `doubt` times the deviations that it comes with.
    """
    feasible = [trial.point for trial in told if objectives.is_feasible(trial)]
    found = [*feasible, *pending] if feasible else []
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


def _gain(found: Array, rng: Random) -> Callable[[Array, Array], Array]:
    """Return what tells the improvement on what was found, (k, objectives), of means and deviations."""
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
