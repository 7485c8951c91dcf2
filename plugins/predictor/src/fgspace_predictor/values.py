"""What trials say of a metric: the values that a model of it is made from."""

from collections.abc import Callable, Sequence

import numpy as np
from fgspace import Objectives, Trial

from fgspace_predictor.coordinates import Array

Read = Callable[[Sequence[Trial]], tuple[list[Trial], Array]]
"""Returns which of the trials say something, and what."""


def measured(told: Sequence[Trial], metric: str) -> tuple[list[Trial], Array]:
    """Return the complete trials, and what they measured of a metric."""
    trials = [trial for trial in told if trial.state == "complete"]
    return trials, np.array([trial.metrics[metric] for trial in trials])


def judged(told: Sequence[Trial], objectives: Objectives, column: int) -> tuple[list[Trial], Array]:
    """Return the trials, and their worth by an objective, to be minimised; a failed one is as bad as any."""
    worst = max(objectives.values(trial)[column] for trial in told if trial.state == "complete")
    values = np.array([min(objectives.values(trial)[column], worst) for trial in told])
    return list(told), drawn_in(values)


def drawn_in(values: Array) -> Array:
    """Return values to be minimised, with those above the median, where they are far out, drawn towards it.

    A value above the median by u spreads of the better half (their root mean square below the median) comes to lie
    above it by log(1 + u) spreads: order is kept.
    """
    middle = np.median(values)
    better = values[values < middle]
    spread = np.sqrt(((better - middle) ** 2).mean()) if len(better) else 0.0
    if not spread:
        return values
    above = np.maximum(values - middle, 0) / spread
    return np.where(values > middle, middle + spread * np.log1p(above), values)
