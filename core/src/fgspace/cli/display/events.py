"""Tells of a search by one JSON object a line, for a program that drives it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace.cli.machine import chosen, tell
from fgspace.runs.driver import Driver
from fgspace.study.executors.streams import silence
from fgspace.study.study import Study
from fgspace.study.trial import Trial

SCHEMA = "search/1"


class Events:
    """Prints an event when a search begins, for each finished trial, and at its end, as long as they can be written.

    `error` is the error that the output broke with, None while it works.
    """

    def __init__(self, study: Study) -> None:
        self.error: OSError | None = None
        self._study = study

    def began(self, driver: Driver) -> None:
        """Tell what begins, and where."""
        facts = driver.study.facts(driver.trials)
        told = chosen(("trials", "told", "algorithm", "options", "objectives", "constraints", "seed", "space"), facts)
        why = None if driver.picked is None else str(driver.picked)
        self._tell({"event": "began", "folder": str(driver.folder), **told, "picked": why, "notes": driver.notes})

    def show(self, trial: Trial) -> None:
        """Tell of a finished trial."""
        self._tell({"event": "trial", **in_json(trial), "front": trial.number in self._study.leading})

    def ended(
        self, driver: Driver, front: Sequence[Trial], counts: Mapping[str, int], infeasible: str | None, status: int
    ) -> None:
        """Tell what was found, and with which exit status the command ends."""
        found = [{**in_json(trial), "folder": str(_folder(driver, trial))} for trial in front]
        state = {"infeasible": infeasible, "counts": dict(counts), "exit_status": status}
        self._tell({"event": "ended", "folder": str(driver.folder), "front": found, **state})

    def _tell(self, event: Mapping[str, Any]) -> None:
        try:
            tell(SCHEMA, event)
        except OSError as error:  # nobody reads it any more, or the disk is full: the search goes on
            self.error = error
            silence(sys.stdout)


def in_json(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain JSON."""
    told = chosen(("state", "point", "metrics", "error", "seconds", "duplicate_of"), trial)
    lineage = {"operator": trial.lineage.get("operator"), "parents": trial.lineage.get("parents", [])}
    return {"trial": trial.number, **told, **lineage}


def _folder(driver: Driver, trial: Trial) -> Path:
    return driver.folder / "front" / str(trial.number)
