"""Relays the reports of trials to observers while the trials run, each report once and in order."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from fgspace.study.observers.observers import Observers
from fgspace.study.progress.progress import Progress, heard_by
from fgspace.study.trial import Report, Trial


class Relay:
    """Tells observers of the reports of running trials.

    Those of a trial that runs in this process are heard at once; those of trials elsewhere are read from the files of
    their progress every second, and what is missing there comes with the outcome.

    Args:
        observers: who is told.
        progress: the folder of the files, None where there are none.
    """

    seconds = 1.0
    """The time between two looks at the files."""

    def __init__(self, observers: Observers, progress: Path | None) -> None:
        self._observers = observers
        self._progress = progress
        self._relayed: dict[int, int] = {}

    @contextmanager
    def of(self, trial: Trial) -> Iterator[None]:
        """Relay what is reported inside, of a trial that runs in this process."""

        def hear(told: Progress) -> None:
            if told.metrics is not None and told.done is not None:
                self._tell(trial, Report(told.done, dict(told.metrics)))

        self._relayed[trial.number] = 0
        with heard_by(hear):
            yield

    def look(self, running: Iterable[Trial]) -> None:
        """Relay what running trials have reported since the last look."""
        if self._progress is None:
            return
        for trial in running:
            with suppress(OSError, ValueError, KeyError):  # it reports nothing yet, or its file is gone with its end
                content = json.loads((self._progress / f"trial-{trial.number}.json").read_text("utf-8"))
                self._tell_rest(trial, [Report(*report) for report in content["reports"]])

    def rest(self, trial: Trial, curve: Sequence[Report]) -> None:
        """Relay the reports that came with the outcome of a trial and are not relayed yet."""
        self._tell_rest(trial, curve)
        self._relayed.pop(trial.number, None)

    def _tell_rest(self, trial: Trial, reports: Sequence[Report]) -> None:
        for report in reports[self._relayed.get(trial.number, 0) :]:
            self._tell(trial, report)

    def _tell(self, trial: Trial, report: Report) -> None:
        self._relayed[trial.number] = self._relayed.get(trial.number, 0) + 1
        self._observers.tell("reported", trial, report)
