"""How alike the values at two points are: by the places in which the points differ, and by what they are in sum.

Values are taken to be the sum of two functions: one of the single places, one of what groups of places have in sum and
of the known costs. The second is what little data tell first: that wide layers help, before it is known which.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from math import sqrt

import numpy as np

from fgspace_predictor.coordinates import Array, squared_distances


@dataclass(frozen=True)
class Places:
    """Points as rows: by place, (n, d), and in sum, (n, s).

    `ordered` are the same points with options that are numbers in their order; None where no option is a number.
    """

    rows: Array
    sums: Array
    ordered: "Places | None" = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: "slice | list[int]") -> "Places":
        ordered = None if self.ordered is None else self.ordered[index]
        return Places(self.rows[index], self.sums[index], ordered)

    def and_(self, others: "Places") -> "Places":
        """Return these and others behind them."""
        ordered = None if self.ordered is None or others.ordered is None else self.ordered.and_(others.ordered)
        return Places(np.vstack([self.rows, others.rows]), np.vstack([self.sums, others.sums]), ordered)


@dataclass(frozen=True)
class Setting:
    """What a covariance is made of.

    Attributes:
        length: the distance over which values change by place.
        noise: the noise's variance, as a share of that of the values.
        share: how much of the values' variance is a function of what points are in sum; 0 to 1.
        reach: the distance over which values change in sum.
        ordered: options that are numbers are the more alike the closer they are, not each as unlike as any other.
    """

    length: float
    noise: float
    share: float = 0.0
    reach: float = 1.0
    ordered: bool = False


class Squares:
    """Squared distances of points to others, by place and in sum, (n, m) both; a kernel of them is made once."""

    def __init__(self, first: Places, second: Places) -> None:
        self._first = first
        self._second = second
        self._local = cache(lambda length: matern(self.by_place, length))
        self._summed = cache(lambda reach: matern(self.in_sum, reach))

    @cached_property
    def by_place(self) -> Array:
        """The squared distances by place."""
        return squared_distances(self._first.rows, self._second.rows)

    @cached_property
    def in_sum(self) -> Array:
        """The squared distances in sum."""
        return squared_distances(self._first.sums, self._second.sums)

    def covariance(self, setting: Setting) -> Array:
        """Return the covariance, (n, m), 1 at distance 0: of two Matérn kernels the weighted sum."""
        read = self._ordered if setting.ordered else self
        local: Array = read._local(setting.length)
        if not setting.share:
            return local
        mixed: Array = (1 - setting.share) * local + setting.share * read._summed(setting.reach)
        return mixed

    @cached_property
    def _ordered(self) -> "Squares":
        if self._first.ordered is None or self._second.ordered is None:
            return self
        return Squares(self._first.ordered, self._second.ordered)


def matern(squared: Array, length: float) -> Array:
    """Return the Matérn covariance of smoothness 5/2 at squared distances, 1 at distance 0."""
    far = np.sqrt(squared) * (sqrt(5) / length)
    covariance: Array = (1 + far * (1 + far / 3)) * np.exp(-far)
    return covariance
