"""Reads what workers are at, from the files of their progress."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fgspace.runs.watching.status import AtWork


def at_work(running: Mapping[int, float], folder: Path, now: float) -> tuple[AtWork, ...]:
    """Return what workers are at: one for each running trial, the longest first, then those that get ready.

    Args:
        running: number of a running trial → when it began.
        folder: the files of progress; there need be none.
        now: the present time.
    """
    trials = [
        _read(folder / f"trial-{number}.json", number, now - began)
        for number, began in sorted(running.items(), key=lambda item: item[1])
    ]
    getting_ready = [_read(path, None, None, now) for path in sorted(folder.glob("process-*.json"))]
    return (*trials, *(one for one in getting_ready if one.what is not None))


def _read(path: Path, number: int | None, seconds: float | None, now: float = 0.0) -> AtWork:
    told: dict[str, Any] = {}
    with suppress(OSError, ValueError):  # it has said nothing yet, or its file is gone with its end
        told = json.loads(path.read_text("utf-8"))
    if seconds is None:
        seconds = now - told.get("at", now)
    return AtWork(number, max(seconds, 0.0), told.get("what"), told.get("done"), told.get("of"))
