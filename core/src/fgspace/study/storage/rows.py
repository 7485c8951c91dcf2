"""A trial as a row of a table, and back."""

import json
from typing import Any

from fgspace.study.trial import Curve, Point, Report, Trial

Row = tuple[Any, ...]

COLUMNS = """
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    point TEXT NOT NULL,
    metrics TEXT NOT NULL,
    error TEXT,
    seconds REAL,
    duplicate_of INTEGER,
    lineage TEXT NOT NULL,
    told INTEGER,
    curve TEXT
"""
INSERT = "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
FINISH = "UPDATE trials SET state = ?, metrics = ?, error = ?, seconds = ?, told = ?, curve = ? WHERE number = ?"
SELECT = "SELECT number, state, point, metrics, error, seconds, duplicate_of, lineage, curve FROM trials"

_encoder = json.JSONEncoder(separators=(",", ":"), check_circular=False)  # a point is a tree


def to_row(trial: Trial, paths: tuple[str, ...], told: int | None) -> Row:
    """Return the row of a new trial; `told` is its place in the order of telling, None while it runs."""
    return (
        trial.number,
        trial.state,
        _encoder.encode(_packed(trial.point, paths)),
        _encode(trial.metrics),
        trial.error,
        trial.seconds,
        trial.duplicate_of,
        _traced(trial.lineage),
        told,
        _drawn(trial.curve),
    )


def finish_row(trial: Trial, told: int) -> Row:
    """Return what `FINISH` changes in the row of a trial that was running."""
    return (trial.state, _encode(trial.metrics), trial.error, trial.seconds, told, _drawn(trial.curve), trial.number)


def to_trial(row: Row, paths: tuple[str, ...]) -> Trial:
    """Return the trial of a row that `SELECT` gave."""
    number, state, point, metrics, error, seconds, duplicate_of, lineage, curve = row
    return Trial(
        number,
        _unpacked(json.loads(point), paths),
        state,
        json.loads(metrics),
        error,
        seconds,
        duplicate_of,
        _untraced(lineage),
        _reports(curve),
    )


def _encode(value: Any) -> str:
    return _encoder.encode(value) if value else "{}"


def _traced(lineage: dict[str, Any]) -> str:
    """Return lineage as "3,17 mutate": the parents, then the operator."""
    return f"{','.join(map(str, lineage['parents']))} {lineage['operator']}" if lineage else ""


def _untraced(text: str) -> dict[str, Any]:
    if not text:
        return {}
    parents, _, operator = text.partition(" ")
    return {"operator": operator, "parents": [int(number) for number in parents.split(",") if number]}


def _drawn(curve: Curve) -> str | None:
    return _encoder.encode(curve) if curve else None


def _reports(drawn: str | None) -> Curve:
    return tuple(Report(*report) for report in json.loads(drawn)) if drawn else ()


def _packed(point: Point, paths: tuple[str, ...]) -> Any:
    # Where every hyper-parameter is active, the values alone, in order, take a fraction of the room and time.
    return list(point.values()) if tuple(point) == paths else point


def _unpacked(packed: Any, paths: tuple[str, ...]) -> Point:
    return dict(zip(paths, packed, strict=True)) if isinstance(packed, list) else packed
