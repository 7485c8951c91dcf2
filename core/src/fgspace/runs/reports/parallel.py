"""The axes and lines of parallel coordinates: a line a trial, through its hyper-parameters and objectives."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.runs.reports.importance import vector_length
from fgspace.runs.reports.networks import spread
from fgspace.runs.reports.source import Source
from fgspace.study.trial import Trial

MOST_LINES = 300
MOST_AXES = 8
"""The most hyper-parameters that have an axis: the most important ones."""
_MOST_OPTIONS = 12


def parallel(source: Source, shares: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Return the axes, and the lines with a place from 0 to 1 on each; None where a hyper-parameter is not active.

    Each element of a vector is a hyper-parameter of its own here. The front and some other trials have a line.
    `shares` are the importances, which choose the hyper-parameters with an axis.
    """
    front = {trial.number for trial in source.front}
    others = [trial for trial in source.measured if trial.number not in front]
    chosen = [*spread(others, MOST_LINES), *(trial for trial in source.measured if trial.number in front)]
    known = _columns(source.identity.paths, chosen)
    columns = {name: known[name] for name in _named(known, shares)}
    columns |= {name: [trial.metrics.get(name) for trial in chosen] for name in source.objectives.directions}
    axes = [
        {"name": name, "objective": name in source.objectives.directions, **_axis(values)}
        for name, values in columns.items()
    ]
    return {
        "measured": len(source.measured),
        "hyper_parameters": len(known),
        "axes": axes,
        "lines": [
            {
                "trial": trial.number,
                "front": trial.number in front,
                "at": [_place(axis, columns[axis["name"]][index]) for axis in axes],
            }
            for index, trial in enumerate(chosen)
        ],
    }


def _columns(paths: Sequence[str], trials: Sequence[Trial]) -> dict[str, list[Any]]:
    """Return the values of each hyper-parameter; a vector has a column for each element."""
    columns: dict[str, list[Any]] = {}
    for path in paths:
        values = [trial.point.get(path) for trial in trials]
        length = vector_length([value for value in values if value is not None])
        for index in range(length):
            columns[f"{path}[{index}]"] = [None if value is None else _shown(value[index]) for value in values]
        if not length:
            columns[path] = [_shown(value) for value in values]
    return columns


def _named(known: Mapping[str, Any], shares: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the hyper-parameters and elements to show: the most important for any objective, in their own order."""
    weight = {name: max((of.get(name, 0.0) for of in shares.values()), default=0.0) for name in known}
    kept = {*sorted(known, key=lambda name: -weight[name])[:MOST_AXES]}
    return [name for name in known if name in kept]


def _shown(value: Any) -> Any:
    """Return a value as one that has a place on an axis."""
    if isinstance(value, list | dict | bool):
        return json.dumps(value)
    return value


def _axis(values: Sequence[Any]) -> dict[str, Any]:
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, int | float) for value in there):
        return {"low": min(there), "high": max(there)}
    options = sorted({str(value) for value in there})
    if len(options) > _MOST_OPTIONS:
        return {"options": options, "unnamed": True}
    return {"options": options}


def _place(axis: dict[str, Any], value: Any) -> float | None:
    if value is None:
        return None
    if "low" in axis:
        span = axis["high"] - axis["low"]
        return round((value - axis["low"]) / span, 4) if span else 0.5
    options = axis["options"]
    return round(options.index(str(value)) / (len(options) - 1), 4) if len(options) > 1 else 0.5
