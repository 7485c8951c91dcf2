"""Fits the settings of a Gaussian process by likelihood: coordinate search over a grid.

The best few settings are kept, weighted by their likelihood: a few trials fit many settings, and the predictions of the
likeliest one alone would be overconfident.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import log, sqrt
from typing import Any

import numpy as np

from fgspace_predictor.coordinates import Array
from fgspace_predictor.gaussian_process import log_likelihood, noisy
from fgspace_predictor.kernel import Places, Setting, Squares
from fgspace_predictor.relevance import Prior, relevant


@dataclass(frozen=True)
class Priors:
    """The priors of the logarithms of a length and of a scale, and a penalty in nats on a setting with scales."""

    length: Prior
    scale: Prior
    doubt: float


LENGTHS = (0.2, 0.35, 0.6, 1.0, 1.7, 3.0)
"""Length scales, in units of the distance of two points that differ in every value."""
REACHES = (0.35, 0.7, 1.4, 2.8)
"""Length scales of the sums, in units of the typical distance between the sums of two random points."""
NOISES = (1e-4, 1e-3, 1e-2, 0.1, 0.5, 2.0)
"""Variances of the noise, as shares of the variance of the values."""
SHARES = (0.0, 0.3, 0.7)
"""Shares of the variance that is explained by the sums."""
DOUBT = 2.0
"""A penalty on the log-likelihood, in nats: of settings that use sums, because they have one more number to fit, and of
settings that ignore the order of numeric options, because that order usually has a meaning."""
NUMBERS = Priors(length=Prior(log(0.25), 0.6), scale=Prior(0.0, 1.0), doubt=1.0)
"""The priors where most hyper-parameters are integers and floats. Without the one of the length, in the units of
`LENGTHS`, few noisy trials look like a linear function, and the search visits corner after corner."""
OPTIONS = Priors(length=Prior(log(0.8), 1.2), scale=Prior(0.0, 0.6), doubt=3.0)
"""The priors where most are options. There are no corners, and what is learnt of one place must tell of others."""
NOISE = Prior(log(0.02), 1.2)
"""The prior of the logarithm of a noise: a model that takes a good trial for noise never looks beside it."""
OUTCOMES = Prior(0.0, 1.5)
"""The prior of the logarithm of the noise of outcomes, which are 0 or 1 and may be due to chance alone."""
_SCALED = 12
"""The number of trials from which on each hyper-parameter has a scale of its own."""
_SWEEPS = 2
_KEPT = 4


@dataclass(frozen=True)
class Fit:
    """A setting and its weight."""

    setting: Setting
    share: float


def likeliest(
    places: Places, values: Array, dimensions: int, summed: int, priors: Priors = OPTIONS, noise: Prior = NOISE
) -> list[Fit]:
    """Return the likeliest settings under the priors, the best first.

    Args:
        places: the coordinates of n trials.
        values: (n,), their values.
        dimensions: the largest squared distance between two points.
        summed: the number of groups and costs among the sums.
        priors: the priors of the lengths.
        noise: the prior of the logarithm of the noise.
    """
    is_ordered = places.ordered is not None
    score = partial(_score, Squares(places, places), values, is_ordered, sqrt(dimensions), priors, noise)
    length, reach = sqrt(dimensions), sqrt(max(1, summed))
    grid: dict[str, Sequence[Any]] = {
        "ordered": (False, True) if is_ordered else (False,),
        "length": [scale * length for scale in LENGTHS],
        "noise": NOISES,
        "share": SHARES if places.sums.shape[1] else SHARES[:1],
        "reach": [scale * reach for scale in REACHES],
    }
    middle = grid["share"][len(grid["share"]) // 2]
    best = Setting(grid["length"][2], NOISES[2], middle, grid["reach"][2], is_ordered)
    scores = {best: score(best)}
    for _ in range(_SWEEPS):
        for name, numbers in grid.items():
            if name == "reach" and not best.share:
                continue
            for setting in (replace(best, **{name: number}) for number in numbers):
                if setting not in scores:
                    scores[setting] = score(setting)
            best = max(scores, key=scores.__getitem__)
    if places.owners is not None and len(values) >= _SCALED:
        setting, prior = relevant(places, values, best, priors.scale, noise)
        scores[setting] = score(setting) + prior - priors.doubt
    return _weighted(scores)


def _weighted(scores: dict[Setting, float]) -> list[Fit]:
    alike = {
        (one.ordered, one.scales, one.length, one.noise, one.share and (one.share, one.reach)): one for one in scores
    }
    kept = sorted(alike.values(), key=scores.__getitem__, reverse=True)[:_KEPT]
    odds = np.exp([scores[setting] - scores[kept[0]] for setting in kept])
    return [Fit(setting, float(share)) for setting, share in zip(kept, odds / odds.sum(), strict=True)]


def _score(
    among: Squares, values: Array, is_ordered: bool, unit: float, priors: Priors, noise: Prior, setting: Setting
) -> float:
    doubts = (setting.share > 0) + (is_ordered and not setting.ordered)
    prior: float = priors.length.log(log(setting.length / unit)) + noise.log(log(setting.noise))
    return log_likelihood(noisy(among, setting), values) - DOUBT * doubts + prior
