"""The covariance of the values at two points: a kernel of their coordinates plus a kernel of their sums.

So values are modelled as the sum of two functions: one of the single coordinates, and one of the sums, which are sums
of coordinates over groups of equal domains, and the known costs. A few trials determine the second function: they show
that wide layers help before they show which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fgspace_predictor.coordinates import Array, squared_distances


@dataclass(frozen=True)
class Places:
    """Points as rows of coordinates, (n, d), and of sums, (n, s).

    `ordered` has the same points, with numeric options on one axis in their order; None if there are no such options.
    `owners` has for each column of the rows the index of the scale that it has; None if all columns have one scale.
    """

    rows: Array
    sums: Array
    ordered: "Places | None" = None
    owners: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: "slice | list[int]") -> "Places":
        ordered = None if self.ordered is None else self.ordered[index]
        return Places(self.rows[index], self.sums[index], ordered, self.owners)

    def and_(self, others: "Places") -> "Places":
        """Return these places followed by others."""
        ordered = None if self.ordered is None or others.ordered is None else self.ordered.and_(others.ordered)
        rows, sums = np.vstack([self.rows, others.rows]), np.vstack([self.sums, others.sums])
        return Places(rows, sums, ordered, self.owners)

    def read(self, ordered: bool) -> "Places":
        """Return these places with numeric options in their order, or without."""
        return self.ordered if ordered and self.ordered is not None else self

    def scaled(self, scales: Sequence[float]) -> Array:
        """Return the rows with each column multiplied by its scale."""
        return self.rows if self.owners is None else self.rows * np.array(scales)[self.owners]

    def apart(self) -> Array:
        """Return the squared distances between these places by scale, (scales, n, n)."""
        if self.owners is None:
            return np.empty((0, len(self), len(self)))
        count = int(self.owners.max()) + 1
        columns = [self.rows[:, self.owners == owner] for owner in range(count)]
        return np.array([squared_distances(one, one) for one in columns])


@dataclass(frozen=True)
class Setting:
    """The parameters of a covariance.

    Attributes:
        length: the length scale of the coordinates.
        noise: the variance of the noise, as a share of the variance of the values.
        share: the share, 0 to 1, of the variance that the kernel of the sums has.
        reach: the length scale of the sums.
        ordered: whether numeric options are closer the closer they are in their order; if not, all are equally far.
        scales: the factor on the distances in each hyper-parameter; empty if all are 1.
    """

    length: float
    noise: float
    share: float = 0.0
    reach: float = 1.0
    ordered: bool = False
    scales: tuple[float, ...] = ()


class Squares:
    """Squared distances, (n, m), of coordinates and of sums; the kernel of each length scale is computed once."""

    def __init__(self, first: Places, second: Places) -> None:
        self._first = first
        self._second = second
        self._apart = cache(self._scaled)
        self._local = cache(lambda length, scales: matern(self._apart(scales), length))
        self._summed = cache(lambda reach: matern(self.in_sum, reach))

    @cached_property
    def by_place(self) -> Array:
        """The squared distances of the coordinates."""
        return squared_distances(self._first.rows, self._second.rows)

    @cached_property
    def in_sum(self) -> Array:
        """The squared distances of the sums."""
        return squared_distances(self._first.sums, self._second.sums)

    def covariance(self, setting: Setting) -> Array:
        """Return the covariance, (n, m): the weighted sum of two Matérn kernels, 1 at distance 0."""
        read = self._ordered if setting.ordered else self
        local: Array = read._local(setting.length, setting.scales)
        if not setting.share:
            return local
        mixed: Array = (1 - setting.share) * local + setting.share * read._summed(setting.reach)
        return mixed

    def _scaled(self, scales: tuple[float, ...]) -> Array:
        if not scales:
            return self.by_place
        return squared_distances(self._first.scaled(scales), self._second.scaled(scales))

    @cached_property
    def _ordered(self) -> "Squares":
        if self._first.ordered is None or self._second.ordered is None:
            return self
        return Squares(self._first.ordered, self._second.ordered)


def matern(squared: Array, length: float) -> Array:
    """Return the Matérn covariance with smoothness 5/2 at squared distances; it is 1 at distance 0."""
    far = np.sqrt(squared) * (sqrt(5) / length)
    covariance: Array = (1 + far * (1 + far / 3)) * np.exp(-far)
    return covariance
