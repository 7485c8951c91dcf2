"""Fits the settings of a Gaussian process by likelihood: coordinate search over a grid.

The best few settings are kept, weighted by their likelihood: a few trials fit many settings, and the predictions of the
likeliest one alone would be overconfident.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from fgspace_predictor.coordinates import Array
from fgspace_predictor.gaussian_process import log_likelihood, noisy
from fgspace_predictor.kernel import Places, Setting, Squares

LENGTHS = (0.2, 0.35, 0.6, 1.0, 1.7, 3.0)
"""Length scales, in units of the distance of two points that differ in every value."""
REACHES = (0.35, 0.7, 1.4, 2.8)
"""Length scales of the sums, in units of the typical distance between the sums of two random points."""
NOISES = (1e-4, 1e-3, 1e-2, 0.1, 0.5)
"""Variances of the noise, as shares of the variance of the values."""
SHARES = (0.0, 0.3, 0.7)
"""Shares of the variance that is explained by the sums."""
DOUBT = 2.0
"""A penalty on the log-likelihood, in nats: of settings that use sums, because they have one more number to fit, and of
settings that ignore the order of numeric options, because that order usually has a meaning."""
_SWEEPS = 2
_KEPT = 4


@dataclass(frozen=True)
class Fit:
    """A setting and its weight."""

    setting: Setting
    share: float


def likeliest(places: Places, values: Array, dimensions: int, summed: int) -> list[Fit]:
    """Return the likeliest settings, the best first.

    Args:
        places: the coordinates of n trials.
        values: (n,), their values.
        dimensions: the largest squared distance between two points.
        summed: the number of groups and costs among the sums.
    """
    is_ordered = places.ordered is not None
    score = partial(_score, Squares(places, places), values, is_ordered)
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
    return _weighted(scores)


def _weighted(scores: dict[Setting, float]) -> list[Fit]:
    alike = {(one.ordered, one.length, one.noise, one.share and (one.share, one.reach)): one for one in scores}
    kept = sorted(alike.values(), key=scores.__getitem__, reverse=True)[:_KEPT]
    odds = np.exp([scores[setting] - scores[kept[0]] for setting in kept])
    return [Fit(setting, float(share)) for setting, share in zip(kept, odds / odds.sum(), strict=True)]


def _score(among: Squares, values: Array, is_ordered: bool, setting: Setting) -> float:
    doubts = (setting.share > 0) + (is_ordered and not setting.ordered)
    return log_likelihood(noisy(among, setting), values) - DOUBT * doubts
