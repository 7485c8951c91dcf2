"""Keeps the status of a search that runs: writes it to the folder of the search, and hands it to a display."""

import json
import os
import shutil
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from fgspace.plugins.versions import __version__
from fgspace.runs.watching.leading import Leading
from fgspace.runs.watching.status import State, Status
from fgspace.runs.watching.tally import Ranked, Tally, best_of
from fgspace.runs.watching.workers import at_work
from fgspace.study.observers.observer import Observer
from fgspace.study.progress.tracked import replace_file
from fgspace.study.study import Study
from fgspace.study.trial import Trial

STATUS, PROGRESS = "status.json", "progress"
"""What is kept in the folder of a search: its status, and while it runs a folder with the progress of each trial."""
FORMAT = "status-file/1"
_LOOK, _LONGEST, _LONGEST_OF_FAST, _WRITE = 0.25, 0.5, 3.0, 1.0
"""Seconds between two looks at what the search is at, at least and at most, and between two writings of the file."""
_FAST = 64
"""The number of trials that end between two looks of a fast study."""
_SHARE = 0.005
"""The share that looking and showing may have of the time that this process computes for."""

_SHOWN = 12
"""The number of trials that are shown one by one between two looks, the last ones: a fast search has hundreds."""
Show = Callable[[Status, Sequence[Trial], Collection[int], int], None]
"""Shows a status, the last trials that have ended, the numbers of those on the front, and how many more ended."""


class Watching(Observer):
    """Follows a study from inside its search: an observer whose thread looks a few times a second.

    Args:
        study: the study, with the trials that it has so far.
        folder: the folder of the search.
        trials: the number of evaluated trials in the end.
        show: called in the thread of this object, and once more at the end; None shows nothing.
    """

    def __init__(self, study: Study, folder: Path, trials: int, show: Show | None = None) -> None:
        self._folder, self._trials, self._show = folder, trials, show
        self.progress = folder / PROGRESS
        """The folder for the progress of trials, which is there while this is entered."""
        self._study, self._tally, self._leading = study, Tally(), Leading(study)
        for trial in study.trials:
            if trial.state != "running":
                self._tally.add(trial)
        self._began = time.time()
        self._news: deque[Trial] = deque(maxlen=_SHOWN)
        self._seen, self._ends = sum(self._tally.counts.values()), 0
        self._before = study.evaluated
        self._running: dict[int, float] = {}
        self._ended = threading.Event()
        self._written = 0.0
        self._process = {"pid": os.getpid(), "host": socket.gethostname(), "began": self._began}

    def trial_began(self, trial: Trial) -> None:
        """Note that a trial runs."""
        self._running[trial.number] = time.time()

    def trial_ended(self, trial: Trial) -> None:
        """Count a trial that is finished."""
        self._running.pop(trial.number, None)
        self._tally.add(trial)
        self._news.append(trial)
        if self._leading.is_asked:
            self._leading.tidy()

    def __enter__(self) -> Self:
        """Start the thread."""
        shutil.rmtree(self.progress, ignore_errors=True)
        with suppress(OSError):
            self.progress.mkdir(parents=True)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the thread, and write and show the last status."""
        self._ended.set()
        self._thread.join()
        self._running.clear()
        self._look("finished" if kind is None else "stopped")
        shutil.rmtree(self.progress, ignore_errors=True)

    def _follow(self) -> None:
        while not self._ended.is_set():
            start, begin = time.thread_time(), time.monotonic()
            self._look("running")
            most = time.process_time() + (time.thread_time() - start) / _SHARE
            # A fast study is looked at by its share of what this process computes, which is little where others do too.
            while not self._ended.wait(_LOOK) and time.monotonic() < begin + self._longest:
                if time.process_time() >= most:
                    break

    @property
    def _longest(self) -> float:
        return _LONGEST_OF_FAST if self._ends > _FAST else _LONGEST

    def _look(self, state: State) -> None:
        seen = sum(list(self._tally.counts.values()))
        ends, self._seen = seen - self._seen, seen
        self._ends = ends
        news = [self._news.popleft() for _ in range(len(self._news))]
        ranked = self._leading.look(is_idle=not ends) if state == "running" else self._leading.at_the_end()
        status = self._status(state, ranked)
        if self._show is not None:
            self._show(status, news, {number for number, _ in ranked}, max(0, ends - len(news)))
        if state != "running" or time.time() - self._written >= _WRITE:
            self._written = time.time()
            with suppress(OSError):  # the search does not depend on who can read what it is at
                replace_file(self._folder / STATUS, json.dumps(_written(status, self._running)))

    def _status(self, state: State, ranked: Ranked) -> Status:
        now, tally, evaluated = time.time(), self._tally, self._study.evaluated
        rate = tally.rate(now, evaluated - self._before)
        running = dict(list(self._running.items()))
        counts = {**tally.counts, **({"running": len(running)} if running else {})}
        left = (self._trials - evaluated) / rate if rate and state == "running" else None
        return Status(
            state=state,
            trials=self._trials,
            evaluated=evaluated,
            counts=counts,
            front=len(ranked),
            best=best_of(ranked, self._study.objectives),
            rate=rate,
            elapsed=now - self._began,
            left=None if left is None else max(left, 0.0),
            workers=at_work(running, self.progress, now),
            failures=tally.failures(),
            process={**self._process, "at": now},
        )


def _written(status: Status, running: Mapping[int, float]) -> dict[str, Any]:
    """Return what the file holds: the status, and when each running trial began."""
    return {
        "schema": FORMAT,
        "fgspace": __version__,
        **status.to_json(),
        "running": {str(key): value for key, value in running.items()},
    }
