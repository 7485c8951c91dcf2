"""A trial as a row of a table, and back, with checksums that tell when a row is not as it was written."""

import json
from typing import Any
from zlib import crc32

from fgspace.study.trial import Curve, Point, Report, Trial

Row = tuple[Any, ...]

_FIRST_COLUMNS = """
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    point TEXT NOT NULL,
    metrics TEXT NOT NULL,
    error TEXT,
    seconds REAL,
    duplicate_of INTEGER,
    lineage TEXT NOT NULL,
    told INTEGER,
    curve TEXT"""
# Two checksums, since a trial is written twice: its proposal when it is asked for, its outcome when it is told.
CHECKSUMS = ("proposal_checksum", "outcome_checksum")
COLUMNS = ",\n    ".join((_FIRST_COLUMNS, *(f"{name} INTEGER" for name in CHECKSUMS)))
FIRST_NAMES = tuple(line.split()[0] for line in _FIRST_COLUMNS.strip().splitlines())
"""The columns of a store that was made before there were checksums."""
NAMES = (*FIRST_NAMES, *CHECKSUMS)
_BEGUN = ("number", "point", "duplicate_of", "lineage", "proposal_checksum", "state", "metrics", "outcome_checksum")
INSERT = f"INSERT INTO trials VALUES ({', '.join('?' * len(NAMES))})"
BEGIN = f"INSERT INTO trials ({', '.join(_BEGUN)}) VALUES (?, ?, ?, ?, ?, 'running', '{{}}', 0)"
FINISH = (
    "UPDATE trials SET state = ?, metrics = ?, error = ?, seconds = ?, told = ?, curve = ?, outcome_checksum = ?"
    " WHERE number = ?"
)
SELECT = f"SELECT {', '.join(NAMES)} FROM trials"
SELECT_UNCHECKED = f"SELECT {', '.join(FIRST_NAMES)}, NULL, NULL FROM trials"

_encoder = json.JSONEncoder(separators=(",", ":"), check_circular=False)  # a point is a tree
# `_encoder.encode` makes this anew at every call, which takes longer than encoding a few metrics.
_make = getattr(json.encoder, "c_make_encoder", None)
_parts = _make and _make(
    None, _encoder.default, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True
)


def begin_row(trial: Trial, paths: tuple[str, ...]) -> Row:
    """Return the values of `BEGIN` for a new trial, of which nothing is known yet but its proposal."""
    number, duplicate_of = trial.number, trial.duplicate_of
    point, lineage = _json(_packed(trial.point, paths)), _traced(trial.lineage)
    return number, point, duplicate_of, lineage, proposal_checksum(number, point, duplicate_of, lineage)


def to_row(trial: Trial, paths: tuple[str, ...], told: int | None) -> Row:
    """Return the values of `INSERT` for a new trial; `told` is its place in the order of telling, if it is told."""
    number, point, duplicate_of, lineage, proposal = begin_row(trial, paths)
    state, metrics, error, seconds, told, curve, outcome, _ = finish_row(trial, told)
    return number, state, point, metrics, error, seconds, duplicate_of, lineage, told, curve, proposal, outcome


def finish_row(trial: Trial, told: int | None) -> Row:
    """Return the values of `FINISH` for a trial that was running."""
    number, state, error, seconds = trial.number, trial.state, trial.error, trial.seconds
    metrics = _json(trial.metrics) if trial.metrics else "{}"
    curve = _json(trial.curve) if trial.curve else None
    if seconds is not None:
        # The checksum is that of the stored value: SQLite makes a float of it, NULL of NaN, and loses the sign of -0.0.
        seconds = float(seconds) + 0.0 if seconds == seconds else None
    checksum = outcome_checksum(number, state, metrics, error, seconds, told, curve)
    return state, metrics, error, seconds, told, curve, checksum, number


def to_trial(row: Row, paths: tuple[str, ...]) -> Trial:
    """Return the trial of a row that `SELECT` gave; whether the row is sound is checked elsewhere."""
    number, state, point, metrics, error, seconds, duplicate_of, lineage, _, curve, _, _ = row
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


def proposal_checksum(number: Any, point: Any, duplicate_of: Any, lineage: Any) -> int:
    """Return the checksum of the columns that are written when a trial is asked for."""
    return crc32(f"{number} {duplicate_of} {lineage}\n{point}".encode())


def outcome_checksum(number: Any, state: Any, metrics: Any, error: Any, seconds: Any, told: Any, curve: Any) -> int:
    """Return the checksum of the columns that are written again when a trial is told; 0 of a trial that just began."""
    if state == "running" and (metrics, error, seconds, told, curve) == ("{}", None, None, None, None):
        return 0
    return crc32(f"{number} {state} {seconds} {told} {metrics}\n{error!r}\n{curve}".encode())


def _json(value: Any) -> str:
    return "".join(_parts(value, 0)) if _parts else _encoder.encode(value)


def _traced(lineage: dict[str, Any]) -> str:
    """Return lineage as "3,17 mutate": the parents, then the operator."""
    return f"{','.join(map(str, lineage['parents']))} {lineage['operator']}" if lineage else ""


def _untraced(text: str) -> dict[str, Any]:
    if not text:
        return {}
    parents, _, operator = text.partition(" ")
    return {"operator": operator, "parents": [int(number) for number in parents.split(",") if number]}


def _reports(drawn: str | None) -> Curve:
    return tuple(Report(*report) for report in json.loads(drawn)) if drawn else ()


def _packed(point: Point, paths: tuple[str, ...]) -> Any:
    # Where every hyper-parameter is active, the values alone, in order, take a fraction of the room and time.
    return list(point.values()) if tuple(point) == paths else point


def _unpacked(packed: Any, paths: tuple[str, ...]) -> Point:
    return dict(zip(paths, packed, strict=True)) if isinstance(packed, list) else packed
