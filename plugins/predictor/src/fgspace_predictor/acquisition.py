"""Acquisition functions: expected improvement of one objective, of the hypervolume of two, of a weighted sum of more.

Every value is minimised, and predicted by a normal distribution with a mean and a standard deviation; a known value has
a deviation of 0.
"""

import math
from collections.abc import Sequence

import numpy as np

from fgspace_predictor.coordinates import Array

_erfc = np.vectorize(math.erfc, otypes=[float])


def below(bound: Array | float, mean: Array, deviation: Array) -> Array:
    """Return the probability that the value is at most the bound."""
    z = (bound - mean) / np.maximum(deviation, 1e-12)
    probability: Array = 0.5 * _erfc(-z / math.sqrt(2))
    return probability


def shortfall(bound: Array | float, mean: Array, deviation: Array) -> Array:
    """Return the expected value of max(bound - value, 0).

    With one objective and the best value as the bound, this is the expected improvement (Jones, Schonlau and Welch,
    "Efficient Global Optimization of Expensive Black-Box Functions", J. Global Optimization 13, 1998).
    """
    spread = np.maximum(deviation, 1e-12)
    z = np.maximum((bound - mean) / spread, -37)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    near = density + z * 0.5 * _erfc(-z / math.sqrt(2))
    # For z below -8 the two terms cancel to within rounding; the next term of their asymptotic expansion remains.
    far = density / np.maximum(z**2, 1.0)
    return np.where(deviation > 0, spread * np.where(z < -8, far, np.maximum(near, 0)), np.maximum(bound - mean, 0))


def hypervolume_gain(front: Array, reference: Array, mean: Array, deviation: Array) -> Array:
    """Return the expected growth, (n,), of the area between the front and the reference point, for each candidate.

    Exact for two independent objectives, from the strips between the front's members (Emmerich, Deutz and Klinkenberg,
    "Hypervolume-Based Expected Improvement: Monotonicity Properties and Exact Computation", CEC 2011).

    Args:
        front: (f, 2), values of the members of the front; dominated ones make no difference.
        reference: (2,), the worst corner of the area.
        mean: (n, 2), predicted means of the candidates.
        deviation: (n, 2), predicted standard deviations of the candidates.
    """
    kept = front[(front < reference).all(1)]
    kept = kept[np.lexsort((kept[:, 1], kept[:, 0]))]
    lowest = np.minimum.accumulate(np.append(reference[1], kept[:, 1]))
    kept = kept[kept[:, 1] < lowest[:-1]]
    ends = np.append(kept[:, 0], reference[0])
    heights = np.insert(kept[:, 1], 0, reference[1])
    reached = shortfall(ends, mean[:, :1], deviation[:, :1])
    widths = np.diff(reached, axis=1, prepend=0.0)
    gain: Array = (widths * shortfall(heights, mean[:, 1:], deviation[:, 1:])).sum(1)
    return gain


def scalar_gain(known: Array, mean: Array, deviation: Array, weights: Sequence[float], draws: Array) -> Array:
    """Return by how much each candidate improves the best augmented weighted Tchebycheff sum, (n,), the mean of draws.

    Knowles, "ParEGO: A Hybrid Algorithm with On-Line Landscape Approximation", IEEE TEC 10 (2006).

    Args:
        known: (k, objectives), the values found so far.
        mean: (n, objectives), predicted means of the candidates.
        deviation: (n, objectives), predicted standard deviations of the candidates.
        weights: the weight of each objective.
        draws: (s, objectives), standard normal draws.
    """
    low, high = known.min(0), known.max(0)
    factors = np.asarray(weights) / np.where(high > low, high - low, 1.0)
    best = _tchebycheff((known - low) * factors).min()
    drawn = mean[:, None] + deviation[:, None] * draws
    gain: Array = np.maximum(best - _tchebycheff((drawn - low) * factors), 0).mean(1)
    return gain


def _tchebycheff(scaled: Array) -> Array:
    total: Array = scaled.max(-1) + 0.05 * scaled.sum(-1)
    return total
