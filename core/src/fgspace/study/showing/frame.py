"""The trials of a study as columns: a data frame where pandas is installed."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from fgspace.study.trial import Trial

_FIRST = ("number", "state")
_LAST = ("seconds", "duplicate_of", "error")


def columns(trials: Iterable[Trial]) -> dict[str, list[Any]]:
    """Return a list for each column: number and state, hyper-parameters, metrics, and how the trial ended.

    A hyper-parameter that is not active, and a metric that was not measured, are None. A metric with the name of a
    hyper-parameter or of another column has a column `metrics.NAME`.
    """
    known = list(trials)
    paths = dict.fromkeys(path for trial in known for path in trial.point)
    metrics = dict.fromkeys(name for trial in known for name in trial.metrics)
    taken = {*_FIRST, *_LAST, *paths}
    return {
        **{name: [getattr(trial, name) for trial in known] for name in _FIRST},
        **{path: [trial.point.get(path) for trial in known] for path in paths},
        **{
            f"metrics.{name}" if name in taken else name: [trial.metrics.get(name) for trial in known]
            for name in metrics
        },
        **{name: [getattr(trial, name) for trial in known] for name in _LAST},
    }


def frame(trials: Iterable[Trial]) -> Any:
    """Return the trials as a `pandas.DataFrame`, a row each; as a mapping of columns where pandas is not installed."""
    found = columns(trials)
    try:
        pandas = import_module("pandas")
    except ImportError:
        return found
    return pandas.DataFrame(found)
