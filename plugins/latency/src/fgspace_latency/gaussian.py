"""Gaussian processes of groups of features, and their average by how well each explains what was measured.

A process is a sum of linear functions, one a group, and of a smooth function of all. How much each of them varies, the
length on which the smooth one does, and the noise maximise the posterior of the measurements under log-normal priors
(Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapters 2 and 5). Several processes, on
different groups, are averaged by that posterior.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve  # type: ignore[import-untyped]
from scipy.optimize import minimize  # type: ignore[import-untyped]

Groups = Sequence[np.ndarray]
"""Arrays (networks, features), one a group."""
_CONSTANT = 1e-9
_JITTER = 1e-6
_START = {"linear": 0.3, "smooth": 0.03, "length": 1.5, "noise": 0.05}
"""The medians of the priors, for measurements of deviation 1."""
_SPREAD = {"linear": 1.5, "smooth": 1.5, "length": 0.5, "noise": 1.5}
"""The deviations of their logarithms."""
_BOUNDS = {"linear": (-12.0, 6.0), "smooth": (-12.0, 3.0), "length": (-1.5, 3.0), "noise": (-12.0, 2.0)}


@dataclass(frozen=True)
class Scaling:
    """Shifts and scales each feature of a group to mean 0, and the group to a mean square of 1."""

    mean: np.ndarray
    factor: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Scaling":
        """Return the scaling of these values; features that do not vary in them become 0."""
        deviation = values.std(axis=0)
        varies = deviation > _CONSTANT
        factor = np.where(varies, 1 / np.where(varies, deviation, 1.0), 0.0) / np.sqrt(max(int(varies.sum()), 1))
        return cls(values.mean(axis=0), factor)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return values of the same features, scaled."""
        scaled: np.ndarray = (values - self.mean) * self.factor
        return scaled


class Process:
    """One process, fitted to measurements.

    Args:
        groups: the features of the measured networks.
        measured: what was measured of each.
    """

    def __init__(self, groups: Groups, measured: np.ndarray) -> None:
        self._scalings = [Scaling.of(values) for values in groups]
        self._inputs = [scale(values) for scale, values in zip(self._scalings, groups, strict=True)]
        self._together = np.concatenate(self._inputs, axis=1)
        self._mean, self._deviation = measured.mean(), measured.std() + 1e-12
        target = (measured - self._mean) / self._deviation
        self._linear = [inputs @ inputs.T for inputs in self._inputs]
        self._distances = _squares(self._together, self._together) / len(groups)
        self.log_posterior, self._parameters = self._fit(target)
        kernel = self._kernel(self._parameters, self._linear, self._distances)
        kernel[np.diag_indices_from(kernel)] += self._parameters[-1] + _JITTER
        self._factor = cho_factor(kernel, lower=True)
        self._weights = cho_solve(self._factor, target)

    def predict(self, groups: Groups) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the variance of what would be measured of other networks."""
        inputs = [scale(values) for scale, values in zip(self._scalings, groups, strict=True)]
        linear = [new @ old.T for new, old in zip(inputs, self._inputs, strict=True)]
        distances = _squares(np.concatenate(inputs, axis=1), self._together) / len(inputs)
        cross = self._kernel(self._parameters, linear, distances)
        own = sum(v * (x**2).sum(1) for v, x in zip(self._parameters, inputs, strict=False)) + self._parameters[-3]
        left = own - (cross * cho_solve(self._factor, cross.T).T).sum(1) + self._parameters[-1]
        return cross @ self._weights * self._deviation + self._mean, np.maximum(left, 0) * self._deviation**2

    def _kernel(self, values: np.ndarray, linear: Sequence[np.ndarray], distances: np.ndarray) -> np.ndarray:
        smooth = values[-3] * np.exp(-distances / (2 * values[-2] ** 2))
        kernel: np.ndarray = smooth + sum(value * one for value, one in zip(values, linear, strict=False))
        return kernel

    def _fit(self, target: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the greatest log posterior, and variances of groups and smooth function, its length, the noise."""
        names = ["linear"] * len(self._linear) + ["smooth", "length", "noise"]
        start = np.log([_START[name] for name in names])
        spread = np.array([_SPREAD[name] for name in names])

        def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = self._loss(np.exp(logs), target)
            off = (logs - start) / spread
            return value + 0.5 * float(off @ off), slope + off / spread

        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[_BOUNDS[name] for name in names])
        return -float(found.fun), np.exp(found.x)

    def _loss(self, values: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the negative log likelihood, and its slope along the logarithms of the values."""
        smooth = values[-3] * np.exp(-self._distances / (2 * values[-2] ** 2))
        kernel = smooth + sum(v * one for v, one in zip(values, self._linear, strict=False))
        kernel[np.diag_indices_from(kernel)] += values[-1] + _JITTER
        try:
            lower = np.linalg.cholesky(kernel)
        except np.linalg.LinAlgError:
            return 1e9, np.zeros_like(values)
        inverse = cho_solve((lower, True), np.eye(len(target)))
        weights = inverse @ target
        pull = inverse - np.outer(weights, weights)
        slopes = [0.5 * v * float((pull * one).sum()) for v, one in zip(values, self._linear, strict=False)]
        slopes.append(0.5 * float((pull * smooth).sum()))
        slopes.append(0.5 * float((pull * smooth * self._distances).sum()) / values[-2] ** 2)
        slopes.append(0.5 * values[-1] * float(np.trace(pull)))
        return 0.5 * float(target @ weights) + float(np.log(np.diag(lower)).sum()), np.array(slopes)


class Average:
    """Several processes, each on some of the groups, weighted by their posteriors.

    Before anything is measured, a process is e times as likely as one that has a group more.

    Args:
        groups: group → features of the measured networks.
        measured: what was measured of each.
        sets: the groups of each process.
    """

    def __init__(self, groups: Mapping[str, np.ndarray], measured: np.ndarray, sets: Sequence[Sequence[str]]) -> None:
        self._sets = sets
        self._processes = [Process([groups[name] for name in some], measured) for some in sets]
        logs = np.array([one.log_posterior - len(some) for one, some in zip(self._processes, sets, strict=True)])
        self.weights = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()

    def predict(self, groups: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the deviation of what would be measured of other networks."""
        found = [
            one.predict([groups[name] for name in some]) for one, some in zip(self._processes, self._sets, strict=True)
        ]
        means, variances = (np.array(some) for some in zip(*found, strict=True))
        mean = self.weights @ means
        return mean, np.sqrt(np.maximum(self.weights @ (variances + means**2) - mean**2, 0))


def _squares(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the squared distances of the rows of two arrays."""
    both = (first**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * first @ second.T
    found: np.ndarray = np.maximum(both, 0)
    return found
