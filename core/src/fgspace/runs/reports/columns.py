"""The trials of a study in columns, which take a third of the room of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.runs.lineage import parents
from fgspace.runs.reports.source import Source
from fgspace.study.trial import Trial

STATES = ("complete", "stopped", "failed", "infeasible", "running")


def columns(source: Source) -> dict[str, Any]:
    """Return the trials of a study, by number, as columns.

    `state` indexes `STATES`; `feasible` says whether a trial may be on the front. `points` holds a list of values for
    each trial, in the order of the study's paths; None stands where a path is not active. `reason` and `operator` index
    the lists of the texts that occur, and are None where there is none.
    """
    trials, paths = source.trials, source.identity.paths
    reasons, operators = Texts(), Texts()
    feasible = {trial.number for trial in source.feasible}
    metrics = metric_names(source)
    return {
        "state": [STATES.index(trial.state) for trial in trials],
        "feasible": [int(trial.number in feasible) for trial in trials],
        "points": [[trial.point.get(path) for path in paths] for trial in trials],
        "metrics": {name: [_finite(trial.metrics.get(name)) for trial in trials] for name in metrics},
        "seconds": [None if trial.seconds is None else round(trial.seconds, 3) for trial in trials],
        "duplicate_of": [trial.duplicate_of for trial in trials],
        "epochs": [trial.curve[-1].epoch if trial.curve else None for trial in trials],
        "reason": [reasons.index(trial.error) for trial in trials],
        "operator": [operators.index(trial.lineage.get("operator")) for trial in trials],
        "parents": [parents(trial) for trial in trials],
        "reasons": reasons.known,
        "operators": operators.known,
    }


def metric_names(source: Source) -> list[str]:
    """Return the metrics that occur, the objectives first, then those that constraints name."""
    names = dict.fromkeys(source.objectives.names)
    for trial in source.trials:
        names.update(dict.fromkeys(trial.metrics))
    return list(names)


def rows(source: Source, trials: Sequence[Trial]) -> list[Mapping[str, Any]]:
    """Return some trials as rows of a table for people: number, objectives, and the other metrics."""
    names = metric_names(source)
    return [{"trial": trial.number, **{name: trial.metrics.get(name) for name in names}} for trial in trials]


class Texts:
    """Numbers texts in the order of their first occurrence."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def known(self) -> list[str]:
        """The texts, by number."""
        return list(self._numbers)

    def index(self, text: str | None) -> int | None:
        """Return the number of a text, None of none."""
        return None if text is None else self._numbers.setdefault(text, len(self._numbers))


def _finite(value: float | None) -> float | None:
    return None if value is None or value != value or abs(value) == float("inf") else value
