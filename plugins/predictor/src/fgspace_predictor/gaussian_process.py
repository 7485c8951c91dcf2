"""A Gaussian process conditioned on values at some places, and mixtures of several with different settings.

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
    """The inverse of the Cholesky factor, (n, n), of the covariance of noisy values at n places."""

    setting: Setting
    inverse: Array

    def extended(self, near: Squares, among: Squares) -> "Factor":
        """Return the factor with m more places; this takes n² steps for one more place, where a new factor takes n³.

        Args:
            near: the squared distances of the m new places to the n old ones.
            among: the squared distances between the m new places.
        """
        across = near.covariance(self.setting) @ self.inverse.T
        last = np.linalg.inv(np.linalg.cholesky(noisy(among, self.setting) - across @ across.T))
        blank = np.zeros((len(self.inverse), len(last)))
        return Factor(self.setting, np.block([[self.inverse, blank], [-last @ across @ self.inverse, last]]))


@dataclass(frozen=True)
class GaussianProcess:
    """The posterior of a Gaussian process, given values at n places.

    Attributes:
        factor: the factor of the covariance of these values, divided by `variance`.
        mean: the prior mean.
        variance: the prior variance.
        weights: (n,), the weight of each place in a predicted mean.
    """

    factor: Factor
    mean: float
    variance: float
    weights: Array

    def expect(self, near: Squares) -> Array:
        """Return the mean, (m,), of the value without noise at m places, from their squared distances, (m, n)."""
        return self.mean + near.covariance(self.factor.setting) @ self.weights

    def predict(self, near: Squares) -> tuple[Array, Array]:
        """Return mean and variance, both (m,), of the value without noise at m places; `near` is as for `expect`."""
        covariance = near.covariance(self.factor.setting)
        explained = ((covariance @ self.factor.inverse.T) ** 2).sum(1)
        return self.mean + covariance @ self.weights, self.variance * np.maximum(1 - explained, 1e-10)


@dataclass(frozen=True)
class Mixture:
    """Gaussian processes over the same places, and the weight of each; the weights, `shares`, sum to 1."""

    places: Places
    processes: Sequence[GaussianProcess]
    shares: Sequence[float]

    def expect(self, places: Places) -> Array:
        """Return the mean, (m,), of the value without noise at each of the places."""
        near = Squares(places, self.places)
        expected = [share * process.expect(near) for share, process in zip(self.shares, self.processes, strict=True)]
        mean: Array = np.sum(expected, axis=0)
        return mean

    def predict(self, places: Places) -> tuple[Array, Array]:
        """Return mean and standard deviation, both (m,), of the value without noise at each of the places."""
        near = Squares(places, self.places)
        predicted = [process.predict(near) for process in self.processes]
        shares = np.array(self.shares)[:, None]
        means, variances = (np.array(part) for part in zip(*predicted, strict=True))
        mean = (shares * means).sum(0)
        return mean, np.sqrt((shares * (variances + (means - mean) ** 2)).sum(0))


def factored(among: Squares, setting: Setting) -> Factor:
    """Return the factor for places with these squared distances between them."""
    return Factor(setting, np.linalg.inv(np.linalg.cholesky(noisy(among, setting))))


def conditioned(factor: Factor, values: Array) -> GaussianProcess:
    """Return the process conditioned on values, (n,), at the places of the factor.

    Its prior mean and variance are those of maximum likelihood.
    """
    ones, ours = factor.inverse.sum(1), factor.inverse @ values
    mean = float(ones @ ours / (ones @ ones))
    left = ours - mean * ones
    variance = max(float(left @ left) / len(values), 1e-12)
    return GaussianProcess(factor, mean, variance, factor.inverse.T @ left)


def condition(places: Places, values: Array, setting: Setting) -> GaussianProcess:
    """Return the process conditioned on values, (n,), at n places."""
    return conditioned(factored(Squares(places, places), setting), values)


def log_likelihood(covariance: Array, values: Array) -> float:
    """Return the logarithm of the marginal likelihood of values, with the mean and variance that maximise it.

    Args:
        covariance: (n, n), the covariance of the noisy values, divided by the variance.
        values: (n,), the noisy values.
    """
    count = len(values)
    lower = np.linalg.cholesky(covariance)
    ones, ours = np.linalg.solve(lower, np.stack([np.ones(count), values], 1)).T
    left = ours - (ones @ ours / (ones @ ones)) * ones
    variance = max(float(left @ left) / count, 1e-12)
    return float(-0.5 * count * (np.log(2 * np.pi * variance) + 1) - np.log(np.diag(lower)).sum())


def noisy(among: Squares, setting: Setting) -> Array:
    """Return the covariance, (n, n), of noisy values at n places, divided by the variance."""
    covariance = among.covariance(setting)
    return covariance + (setting.noise + _JITTER) * np.eye(len(covariance))
