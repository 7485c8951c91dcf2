"""Fits a scale for each hyper-parameter by the gradient of the likelihood: automatic relevance determination.

Neal, "Bayesian Learning for Neural Networks" (1996); Rasmussen and Williams, "Gaussian Processes for Machine Learning"
(2006), sections 5.1 and 5.4. Priors keep the scales together until the trials tell them apart.
"""

from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import Any

import numpy as np

from fgspace_predictor.coordinates import Array
from fgspace_predictor.descent import descended
from fgspace_predictor.kernel import Places, Setting, Squares, matern

_JITTER = 1e-9
_QUIETEST, _LOUDEST = log(1e-5), log(3.0)
"""The range of the logarithm of the noise."""


@dataclass(frozen=True)
class Prior:
    """A normal distribution, by its mean and its standard deviation; takes a number, or an array of them."""

    mean: float
    deviation: float

    def log(self, value: Any) -> Any:
        """Return the logarithm of the density at a value, without the constant."""
        return -0.5 * ((value - self.mean) / self.deviation) ** 2

    def slope(self, value: Any) -> Any:
        """Return the derivative of `log`."""
        return -(value - self.mean) / self.deviation**2


SHIFT = Prior(0.0, 0.3)
"""The prior of the logarithm of the factor on the length that all hyper-parameters share."""


def relevant(places: Places, values: Array, start: Setting, scale: Prior, noise: Prior) -> tuple[Setting, float]:
    """Return the setting with the likeliest scales, and the logarithm of the prior of these.

    Args:
        places: the coordinates of n trials.
        values: (n,), their values.
        start: the likeliest setting with one scale for all; its order and its kernel of the sums are kept.
        scale: the prior of the logarithm of a scale.
        noise: the prior of the logarithm of the noise.
    """
    read = places.read(start.ordered)
    apart = read.apart()
    summed = matern(Squares(read, read).in_sum, start.reach) if start.share else np.zeros(apart.shape[1:])

    def slope(at: Array) -> tuple[float, Array]:
        likely, steep = _likelihood(at, apart, summed, values, start)
        heard = float(np.clip(at[-1], _QUIETEST, _LOUDEST))
        steep[:-2] += scale.slope(at[:-2])
        steep[-2:] += SHIFT.slope(at[-2]), noise.slope(heard)
        return -likely - float(np.sum(scale.log(at[:-2]))) - SHIFT.log(at[-2]) - noise.log(heard), -steep

    found = descended(slope, np.append(np.zeros(len(apart) + 1), log(start.noise)))
    scales = tuple(np.exp(found[:-2]).tolist())
    heard = exp(float(np.clip(found[-1], _QUIETEST, _LOUDEST)))
    return replace(start, length=start.length * exp(found[-2]), noise=heard, scales=scales), float(
        np.sum(scale.log(found[:-2]))
    )


def _likelihood(at: Array, apart: Array, summed: Array, values: Array, start: Setting) -> tuple[float, Array]:
    """Return the log-likelihood and its gradient by the logarithms of the scales, the length and the noise.

    Args:
        at: (scales + 2,), these logarithms; that of the length is relative to the start.
        apart: (scales, n, n), the squared distances by scale.
        summed: (n, n), the kernel of the sums.
        values: (n,), the values.
        start: the setting that gives the other numbers.
    """
    count, flat = len(values), apart.reshape(len(apart), -1)
    weights, length = np.exp(2 * at[:-2]), start.length * exp(at[-2])
    noise = exp(float(np.clip(at[-1], _QUIETEST, _LOUDEST)))
    far = np.sqrt((weights @ flat).reshape(count, count)) * (sqrt(5) / length)
    decay = np.exp(-far)
    local = (1 + far * (1 + far / 3)) * decay
    covariance = (1 - start.share) * local + start.share * summed + (noise + _JITTER) * np.eye(count)
    inverse = np.linalg.inv(np.linalg.cholesky(covariance))
    ones, ours = inverse.sum(1), inverse @ values
    left = ours - (ones @ ours / (ones @ ones)) * ones
    variance = max(float(left @ left) / count, 1e-12)
    alpha = inverse.T @ left
    # The derivative of the log-likelihood by each entry of the covariance, then by each squared distance.
    pull = 0.5 * (np.outer(alpha, alpha) / variance - inverse.T @ inverse)
    steep = -(1 - start.share) * 5 / (6 * length**2) * (1 + far) * decay * pull
    by_scale = 2 * weights * (flat @ steep.ravel())
    likely = float(np.log(np.diag(inverse)).sum()) - 0.5 * count * log(variance)
    return likely, np.concatenate([by_scale, [-by_scale.sum(), np.trace(pull) * noise]])
