"""Writes the tables of a study, trials.csv and pareto_front.csv, each as a whole or not at all."""

import csv
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fgspace.runs.atomic_write import atomic_write
from fgspace.study.trial import Trial

_FIRST = ("number", "state")
_LAST = ("seconds", "duplicate_of", "error")


def write_tables(folder: str | os.PathLike[str], trials: Sequence[Trial], front: Sequence[Trial]) -> None:
    """Write all trials to trials.csv and the front to pareto_front.csv.

    A row is a trial. Its columns are its number and state, its hyper-parameters (empty where not active; a vector as
    JSON), its metrics, its seconds, the trial that it is a duplicate of, and why it failed or was stopped; where trials
    reported, also their reports, as JSON: `[[epoch, metrics], ...]`. A file is replaced as a whole.
    """
    write_table(Path(folder) / "trials.csv", trials)
    write_table(Path(folder) / "pareto_front.csv", front)


def write_table(path: Path, trials: Sequence[Trial]) -> None:
    """Write trials to a CSV file, with a column for each hyper-parameter and metric that occurs in them.

    Half a character, as in a file name that is not UTF-8, is written as an escape.
    """
    paths, metrics = _names(trials)
    last = (*_LAST, "curve") if any(trial.curve for trial in trials) else _LAST
    with atomic_write(path) as part, part.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        table = csv.writer(file)
        table.writerow([*_FIRST, *paths, *metrics, *last])
        table.writerows(_row(trial, paths, metrics, last) for trial in trials)


def _names(trials: Iterable[Trial]) -> tuple[list[str], list[str]]:
    """Return the hyper-parameters and the metrics that occur, in the order of their first occurrence."""
    paths: dict[str, None] = {}
    metrics: dict[str, None] = {}
    for trial in trials:
        paths.update(dict.fromkeys(trial.point))
        metrics.update(dict.fromkeys(trial.metrics))
    return list(paths), list(metrics)


def _row(trial: Trial, paths: list[str], metrics: list[str], last: Sequence[str]) -> list[Any]:
    return [
        *(getattr(trial, name) for name in _FIRST),
        *(_cell(trial.point.get(path)) for path in paths),
        *(trial.metrics.get(name) for name in metrics),
        *(_cell(getattr(trial, name)) for name in last),
    ]


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | tuple | dict | bool) else value
