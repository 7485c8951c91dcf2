"""Reads the status of a search from its folder, in whatever process: its store, and what it says of itself."""

import json
import socket
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from fgspace.runs.watching.status import State, Status
from fgspace.runs.watching.tally import Tally, best_of
from fgspace.runs.watching.watching import PROGRESS, STATUS
from fgspace.runs.watching.workers import at_work
from fgspace.study.ledger import Leaders
from fgspace.study.objectives import Objectives
from fgspace.study.results import Results
from fgspace.study.storage.following import Following
from fgspace.study.storage.lock import is_locked
from fgspace.study.storage.study_file import study_file
from fgspace.study.trial import Trial

_SILENT = 30.0
"""Seconds after which a process of another machine that says nothing is taken for gone."""


class Reading:
    """Reads the status of a search again and again; each time, only the trials are read that are new.

    The store is only read, and is closed between two looks.

    Args:
        place: the folder of the search, or the file of a study.

    Raises:
        FgspaceError: there is no study at that place, or it is damaged.
    """

    def __init__(self, place: Path) -> None:
        with closing(Results(place)) as results:
            self.objectives: Objectives = results.objectives
            self._following = Following(study_file(place), results.identity.paths)
        self._path = study_file(place)
        self._folder = self._path.parent
        self._tally, self._leaders, self._evaluated = Tally(), Leaders(self.objectives), 0

    def look(self) -> tuple[Status, Sequence[Trial], Collection[int]]:
        """Return the present status, the trials that have ended since the last look, and the numbers of the front.

        Raises:
            FgspaceError: the study cannot be read any more.
        """
        news, waiting, closed = self._following.look()
        for trial in news:
            self._tally.add(trial)
            self._leaders.add(trial)
            self._evaluated += trial.evaluated
        return self._status(_said(self._folder), waiting, closed), news, self._leaders.numbers()

    def _status(self, said: Mapping[str, Any], waiting: Sequence[int], closed: bool) -> Status:
        tally, process, ranked = self._tally, dict(said.get("process", {})), self._leaders.ranked()
        state = _state(said, closed, self._path)
        now: float = time.time() if state == "running" else process.get("at", time.time())
        began: dict[int, float] = {
            int(number): at for number, at in said.get("running", {}).items() if int(number) in waiting
        }
        running = {number: began.get(number, now) for number in waiting} if state == "running" else {}
        counts = Counter({**tally.counts, **({"running": len(waiting)} if waiting else {})})
        trials, rate = said.get("trials"), said.get("rate")
        left = (trials - self._evaluated) / rate if rate and trials and state == "running" else None
        return Status(
            state=state,
            trials=trials,
            evaluated=self._evaluated,
            counts=dict(counts),
            front=len(ranked),
            best=best_of(ranked, self.objectives),
            rate=rate,
            elapsed=max(now - process["began"], 0.0) if "began" in process else None,
            left=None if left is None else max(left, 0.0),
            workers=at_work(running, self._folder / PROGRESS, now),
            failures=tally.failures(),
            process=process,
        )


def _said(folder: Path) -> dict[str, Any]:
    """Return what the search says of itself; nothing where it says nothing, as one of an earlier version."""
    with suppress(OSError, ValueError):
        said = json.loads((folder / STATUS).read_text("utf-8"))
        if isinstance(said, dict):
            return said
    return {}


def _state(said: Mapping[str, Any], closed: bool, path: Path) -> State:
    if closed:
        return "stopped" if said.get("state") == "stopped" else "finished"
    return "running" if is_locked(path) or _lives(said.get("process", {})) else "killed"


def _lives(process: Mapping[str, Any]) -> bool:
    """Say whether the process of a search on another machine has said something lately.

    Of one on this machine, the lock tells, where the system tells of locks.
    """
    if process.get("host") == socket.gethostname() and is_locked(Path.cwd()) is not None:
        return False
    return bool(time.time() - process.get("at", 0.0) < _SILENT)
