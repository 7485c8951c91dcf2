"""The cost `LatencyModel`: milliseconds on a device, predicted from a few networks that were measured there."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import NormalDist
from typing import Any

import fgspace
import numpy as np
from fgspace import CountedNetwork, Space

from fgspace_latency.features import Features, features, names_in, table
from fgspace_latency.gaussian import Average
from fgspace_latency.measured import read

_BOTH = ("all", "work", "used", "used work")
SETS = (_BOTH[:2], _BOTH[2:], _BOTH, (*_BOTH, "structure"), (*_BOTH, "structure", "places"))
"""The groups of features of each process that is averaged, from few to many."""
LEAST = 3
_REMEMBERED = 4096
"""The number of networks whose milliseconds are kept."""


class LatencyModel:
    """Predicts the milliseconds of a network from those of others of the same space.

    The model is an average of Gaussian processes on the operations of a network, their work, their joins and their
    places; it gives an uncertainty with each prediction. Networks with operations that no measured one has are
    predicted as if these took no time: measure some of each.

    Args:
        measured: a CSV with a row for each measured network.
        column: its column of milliseconds.
        key: column → what it holds, with the paths of hyper-parameters in braces, such as
            `{arch: "|{cell.0}~0|"}`; left out, the file has a column for each hyper-parameter, by its path.
        confidence: the probability with which the true milliseconds are below what is returned; 0.5 returns the
            expected ones. A constraint `max` is then kept at this confidence.
        space: the space, which the search gives.
    """

    def __init__(
        self,
        measured: str,
        column: str = "latency_ms",
        key: dict[str, str] | None = None,
        confidence: float = 0.5,
        space: Any = None,
    ) -> None:
        if not 0 < confidence < 1:
            raise ValueError(f"confidence: expected a probability between 0 and 1, got {confidence!r}")
        self.measured, self.column, self.key, self.confidence = measured, column, key, confidence
        self._space: Space = space
        self._known: dict[str, float] = {}

    def __call__(self, network: CountedNetwork) -> float:
        """Return the milliseconds of a network, at the confidence."""
        # A study asks for the cost of a trial when it is proposed, and again when it has ended.
        key = fgspace.digest(network.description)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
            mean, deviation = self._predictor.predict([features(network)])
            self._known[key] = float(mean[0] + NormalDist().inv_cdf(self.confidence) * deviation[0])
        return self._known[key]

    @cached_property
    def _predictor(self) -> "Predictor":
        rows = read(self.measured, self._space, self.key, self.column)
        if len(rows) < LEAST:
            raise ValueError(f"measured: expected at least {LEAST} networks, got {len(rows)} in {self.measured!r}")
        return Predictor([features(self._space.counted(point)) for point, _ in rows], [one for _, one in rows])


class Predictor:
    """Predicts from features what was measured of others.

    Args:
        known: the features of the measured networks.
        measured: the milliseconds of each.
    """

    def __init__(self, known: Sequence[Features], measured: Sequence[float]) -> None:
        self._names: Mapping[str, Sequence[str]] = names_in(known)
        self.average = Average(table(known, self._names), np.array(measured, dtype=float), SETS)

    def predict(self, networks: Sequence[Features]) -> tuple[np.ndarray, np.ndarray]:
        """Return the expected milliseconds of networks, and their deviations."""
        return self.average.predict(table(networks, self._names))
