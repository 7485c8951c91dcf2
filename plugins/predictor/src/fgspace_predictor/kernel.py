"""How alike the values at two points are: by the places in which the points differ, and by what they are in sum.

Values are taken to be the sum of two functions: one of the single places, one of what groups of places have in sum and
of the known costs. The second is what little data tell first: that wide layers help, before it is known which.
"""

from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np

from fgspace_predictor.coordinates import Array, squared_distances


@dataclass(frozen=True)
class Places:
    """Points as rows: by place, (n, d), and in sum, (n, s)."""

    rows: Array
    sums: Array

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: "slice | list[int]") -> "Places":
        return Places(self.rows[index], self.sums[index])

    def and_(self, others: "Places") -> "Places":
        """Return these and others behind them."""
        return Places(np.vstack([self.rows, others.rows]), np.vstack([self.sums, others.sums]))


@dataclass(frozen=True)
class Setting:
    """What a covariance is made of.

    Attributes:
        length: the distance over which values change by place.
        noise: the noise's variance, as a share of that of the values.
        share: how much of the values' variance is a function of what points are in sum; 0 to 1.
        reach: the distance over which values change in sum.
    """

    length: float
    noise: float
    share: float = 0.0
    reach: float = 1.0


class Squares:
    """Squared distances of points to others, by place and in sum, (n, m) both; a kernel of them is made once."""

    def __init__(self, by_place: Array, in_sum: Array) -> None:
        self.by_place = by_place
        self.in_sum = in_sum
        self._local = cache(lambda length: matern(by_place, length))
        self._summed = cache(lambda reach: matern(in_sum, reach))

    def covariance(self, setting: Setting) -> Array:
        """Return the covariance, (n, m), 1 at distance 0: of two Matérn kernels the weighted sum."""
        local: Array = self._local(setting.length)
        if not setting.share:
            return local
        mixed: Array = (1 - setting.share) * local + setting.share * self._summed(setting.reach)
        return mixed


def squares(first: Places, second: Places) -> Squares:
    """Return the squared distances of the first to the second."""
    return Squares(squared_distances(first.rows, second.rows), squared_distances(first.sums, second.sums))


def matern(squared: Array, length: float) -> Array:
    """Return the Matérn covariance of smoothness 5/2 at squared distances, 1 at distance 0."""
    far = np.sqrt(squared) * (sqrt(5) / length)
    covariance: Array = (1 + far * (1 + far / 3)) * np.exp(-far)
    return covariance
