"""Reads from trials the values of a metric that its model is fitted to."""

from collections.abc import Callable, Sequence

import numpy as np
from fgspace import Objectives, Trial

from fgspace_predictor.coordinates import Array

Read = Callable[[Sequence[Trial]], tuple[list[Trial], Array]]
"""Returns the trials that have a value, and their values."""


def measured(told: Sequence[Trial], metric: str) -> tuple[list[Trial], Array]:
    """Return the complete trials and their values of a metric."""
    trials = [trial for trial in told if trial.state == "complete"]
    return trials, np.array([trial.metrics[metric] for trial in trials])


def judged(told: Sequence[Trial], objectives: Objectives, column: int) -> tuple[list[Trial], Array]:
    """Return the measured trials and their values of an objective, minimised and compressed.

    No value is worse than the worst one of a complete trial.
    """
    trials = [trial for trial in told if trial.measured]
    worst = max(objectives.values(trial)[column] for trial in trials if trial.state == "complete")
    values = np.array([min(objectives.values(trial)[column], worst) for trial in trials])
    return trials, drawn_in(values)


def succeeded(told: Sequence[Trial]) -> tuple[list[Trial], Array]:
    """Return all trials, with 1 for each whose evaluation succeeded and 0 for each that failed."""
    return list(told), np.array([float(trial.state != "failed") for trial in told])


def drawn_in(values: Array) -> Array:
    """Return minimised values, with those above the median compressed towards it by a logarithm; their order is kept.

    The spread is the root mean square distance of the values below the median from it. A value that is u spreads above
    the median becomes log(1 + u) spreads above it.
    """
    middle = np.median(values)
    better = values[values < middle]
    spread = np.sqrt(((better - middle) ** 2).mean()) if len(better) else 0.0
    if not spread:
        return values
    above = np.maximum(values - middle, 0) / spread
    return np.where(values > middle, middle + spread * np.log1p(above), values)
