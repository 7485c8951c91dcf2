"""Writes every event of a search as a line of JSON, for everything that reads that."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from fgspace import Observer, Report, StudyFacts, Trial

SCHEMA = "event/1"


class JsonLines(Observer):
    """Writes one JSON object a line: `study_began`, `trial_began`, `reported`, `trial_ended`, `study_ended`.

    Each has the name of its event, its time in ISO 8601, and what happened. A resumed search goes on in the same file.

    Args:
        file: where the events are written, in the folder of the search where it is relative.
        reports: whether the reports of trials are written, for which evaluators measure after every epoch.
    """

    def __init__(self, file: str = "events.jsonl", reports: bool = True) -> None:
        self.reports = reports
        self._name = file
        self._file: TextIO | None = None

    def study_began(self, study: StudyFacts) -> None:
        """Open the file, and write what the study is."""
        path = (study.folder or Path()) / self._name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        facts = {name: value for name, value in asdict(study).items() if name != "folder"}
        self._write("study_began", {**facts, "folder": None if study.folder is None else str(study.folder)})

    def trial_began(self, trial: Trial) -> None:
        """Write the point of a trial that begins."""
        self._write("trial_began", {"trial": trial.number, "point": trial.point})

    def reported(self, trial: Trial, report: Report) -> None:
        """Write the metrics after an epoch."""
        self._write("reported", {"trial": trial.number, "epoch": report.epoch, "metrics": report.metrics})

    def trial_ended(self, trial: Trial) -> None:
        """Write the outcome of a trial."""
        outcome = {"point": trial.point, "metrics": trial.metrics, "error": trial.error, "seconds": trial.seconds}
        origin = {"duplicate_of": trial.duplicate_of, "lineage": trial.lineage}
        self._write("trial_ended", {"trial": trial.number, "state": trial.state, **outcome, **origin})

    def study_ended(self, front: Sequence[Trial], outputs: Path | None) -> None:
        """Write the numbers of the front's trials, and close the file."""
        folder = None if outputs is None else str(outputs)
        self._write("study_ended", {"front": [trial.number for trial in front], "outputs": folder})
        if self._file is not None:
            self._file.close()

    def _write(self, event: str, content: Mapping[str, Any]) -> None:
        if self._file is not None:
            when = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._file.write(json.dumps({"schema": SCHEMA, "event": event, "at": when, **content}) + "\n")
            self._file.flush()
