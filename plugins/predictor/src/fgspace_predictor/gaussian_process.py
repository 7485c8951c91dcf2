"""A Gaussian process given values at some points, and several of them, with different settings, taken together.

Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapters 2 and 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fgspace_predictor.coordinates import Array
from fgspace_predictor.kernel import Places, Setting, Squares

_JITTER = 1e-9


@dataclass(frozen=True)
class Factor:
    """The inverse of the Cholesky factor, (n, n), of the covariance of values measured at n places."""

    setting: Setting
    inverse: Array

    def extended(self, near: Squares, among: Squares) -> "Factor":
        """Return the factor with m more places, whose distances to the n, and among themselves, are given.

        So a trial more costs n² steps in place of n³.
        """
        across = near.covariance(self.setting) @ self.inverse.T
        last = np.linalg.inv(np.linalg.cholesky(noisy(among, self.setting) - across @ across.T))
        blank = np.zeros((len(self.inverse), len(last)))
        return Factor(self.setting, np.block([[self.inverse, blank], [-last @ across @ self.inverse, last]]))


@dataclass(frozen=True)
class GaussianProcess:
    """What is believed of the values everywhere, given those at some places.

    Attributes:
        factor: of the covariance of what was measured, in units of the variance.
        mean: what is believed far from all places.
        variance: how far values scatter about the mean.
        weights: what each place counts for in a prediction, (n,).
    """

    factor: Factor
    mean: float
    variance: float
    weights: Array

    def expect(self, near: Squares) -> Array:
        """Return the mean of the value without noise, (m,), at so great distances, (m, n), from the places."""
        return self.mean + near.covariance(self.factor.setting) @ self.weights

    def predict(self, near: Squares) -> tuple[Array, Array]:
        """Return mean and variance of the value without noise, (m,) both, at such distances, (m, n)."""
        covariance = near.covariance(self.factor.setting)
        explained = ((covariance @ self.factor.inverse.T) ** 2).sum(1)
        return self.mean + covariance @ self.weights, self.variance * np.maximum(1 - explained, 1e-10)


@dataclass(frozen=True)
class Mixture:
    """Gaussian processes over the same places, and how much is believed of each; the shares sum to 1."""

    places: Places
    processes: Sequence[GaussianProcess]
    shares: Sequence[float]

    def expect(self, places: Places) -> Array:
        """Return the mean of the value without noise at each of the places, (m,)."""
        near = Squares(places, self.places)
        expected = [share * process.expect(near) for share, process in zip(self.shares, self.processes, strict=True)]
        mean: Array = np.sum(expected, axis=0)
        return mean

    def predict(self, places: Places) -> tuple[Array, Array]:
        """Return mean and standard deviation of the value without noise at each of the places, (m,) both."""
        near = Squares(places, self.places)
        predicted = [process.predict(near) for process in self.processes]
        shares = np.array(self.shares)[:, None]
        means, variances = (np.array(part) for part in zip(*predicted, strict=True))
        mean = (shares * means).sum(0)
        return mean, np.sqrt((shares * (variances + (means - mean) ** 2)).sum(0))


def factored(among: Squares, setting: Setting) -> Factor:
    """Return the factor for places so far from each other."""
    return Factor(setting, np.linalg.inv(np.linalg.cholesky(noisy(among, setting))))


def conditioned(factor: Factor, values: Array) -> GaussianProcess:
    """Return the process given values, (n,), at the factor's places; its mean and variance are the likeliest."""
    ones, ours = factor.inverse.sum(1), factor.inverse @ values
    mean = float(ones @ ours / (ones @ ones))
    left = ours - mean * ones
    variance = max(float(left @ left) / len(values), 1e-12)
    return GaussianProcess(factor, mean, variance, factor.inverse.T @ left)


def condition(places: Places, values: Array, setting: Setting) -> GaussianProcess:
    """Return the process given values, (n,), at n places."""
    return conditioned(factored(Squares(places, places), setting), values)


def log_likelihood(covariance: Array, values: Array) -> float:
    """Return the logarithm of the marginal likelihood of values, (n,), mean and variance being the likeliest.

    Args:
        covariance: of what was measured, (n, n), in units of the variance.
        values: what was measured.
    """
    count = len(values)
    lower = np.linalg.cholesky(covariance)
    ones, ours = np.linalg.solve(lower, np.stack([np.ones(count), values], 1)).T
    left = ours - (ones @ ours / (ones @ ones)) * ones
    variance = max(float(left @ left) / count, 1e-12)
    return float(-0.5 * count * (np.log(2 * np.pi * variance) + 1) - np.log(np.diag(lower)).sum())


def noisy(among: Squares, setting: Setting) -> Array:
    """Return the covariance of what was measured at places, (n, n), their distances being given."""
    covariance = among.covariance(setting)
    return covariance + (setting.noise + _JITTER) * np.eye(len(covariance))
