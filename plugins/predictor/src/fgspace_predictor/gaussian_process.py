"""A Gaussian process over rows of numbers, its scale and noise those of the greatest marginal likelihood.

Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapters 2 and 5.
"""

from dataclasses import dataclass
from itertools import product
from math import log, sqrt

import numpy as np

from fgspace_predictor.coordinates import Array, squared_distances

SCALES = (0.2, 0.35, 0.6, 1.0, 1.7, 3.0)
"""Lengths over which values change, in units of the distance of points that differ everywhere."""
NOISES = (1e-4, 1e-3, 1e-2, 0.1, 0.5)
"""Variances of the noise, in units of that of the values."""


@dataclass(frozen=True)
class Setting:
    """The length over which values change, and the noise's variance as a share of theirs."""

    length: float
    noise: float


@dataclass(frozen=True)
class GaussianProcess:
    """What is believed of the values everywhere, given those at `rows`.

    Attributes:
        rows: where values are known, (n, d).
        setting: length and noise.
        mean: what is believed far from all rows.
        variance: how far values scatter about the mean.
        factor: the inverse of the Cholesky factor of the rows' covariance, (n, n), in units of the variance.
        weights: what each row counts for in a prediction, (n,).
    """

    rows: Array
    setting: Setting
    mean: float
    variance: float
    factor: Array
    weights: Array

    def predict(self, rows: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the value without noise at each of the rows."""
        near = covariance(squared_distances(rows, self.rows), self.setting.length)
        explained = ((near @ self.factor.T) ** 2).sum(1)
        return self.mean + near @ self.weights, np.sqrt(self.variance * np.maximum(1 - explained, 1e-10))


def covariance(squares: Array, length: float) -> Array:
    """Return the Matérn covariance of smoothness 5/2 at squared distances, 1 at distance 0."""
    far = np.sqrt(squares) * (sqrt(5) / length)
    return (1 + far + far**2 / 3) * np.exp(-far)


def condition(rows: Array, values: Array, setting: Setting) -> GaussianProcess:
    """Return the process given values, (n,), at rows, (n, d); its mean and variance are the likeliest."""
    return _conditioned(rows, squared_distances(rows, rows), values, setting)[0]


def likeliest(rows: Array, values: Array, dimensions: int) -> Setting:
    """Return the setting under which the values are likeliest, of a grid; `dimensions` is the largest distance²."""
    squares = squared_distances(rows, rows)
    settings = [Setting(scale * sqrt(dimensions), noise) for scale, noise in product(SCALES, NOISES)]
    return max(settings, key=lambda setting: _conditioned(rows, squares, values, setting)[1])


def log_likelihood(rows: Array, values: Array, setting: Setting) -> float:
    """Return the logarithm of the marginal likelihood of the values, mean and variance being the likeliest."""
    return _conditioned(rows, squared_distances(rows, rows), values, setting)[1]


def _conditioned(rows: Array, squares: Array, values: Array, setting: Setting) -> tuple[GaussianProcess, float]:
    count = len(values)
    matrix = covariance(squares, setting.length) + (setting.noise + 1e-9) * np.eye(count)
    lower = np.linalg.cholesky(matrix)
    factor = np.linalg.solve(lower, np.eye(count))
    ones, ours = factor.sum(1), factor @ values
    mean = float(ones @ ours / (ones @ ones))
    left = ours - mean * ones
    variance = max(float(left @ left) / count, 1e-12)
    process = GaussianProcess(rows, setting, mean, variance, factor, factor.T @ left)
    likelihood = -0.5 * count * (log(2 * np.pi * variance) + 1) - float(np.log(np.diag(lower)).sum())
    return process, likelihood
