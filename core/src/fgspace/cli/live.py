"""Shows a search on a terminal: a progress bar, and above it a line for each finished trial."""

import sys
from typing import Any, Self, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from fgspace.cli.lines import in_words
from fgspace.cli.printing import in_line
from fgspace.study.executors.streams import Steady
from fgspace.study.study import Study
from fgspace.study.trial import Trial


class Live:
    """Shows the number of evaluated trials of a study, and the outcome of each."""

    def __init__(self, study: Study, trials: int) -> None:
        self._study = study
        self._output = Steady(sys.stdout)
        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("trials  front {task.fields[front]}  failed {task.fields[failed]}{task.fields[stopped]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(file=cast(TextIO, self._output)),
        )
        self._failed = self._stopped = 0
        self._task = self._bar.add_task("", total=trials, completed=study.evaluated, **self._fields())

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @property
    def error(self) -> OSError | None:
        """The error that the output broke with, None while it works."""
        return self._output.error

    def show(self, trial: Trial) -> None:
        """Show one finished trial."""
        self._failed += trial.state == "failed"
        self._stopped += trial.state == "stopped"
        self._bar.update(self._task, completed=self._study.evaluated, **self._fields())
        line = in_words(trial, trial.number in self._study.leading, self._study.objectives.names)
        self._bar.console.print(in_line(line), highlight=False, markup=False, emoji=False)

    def _fields(self) -> dict[str, Any]:
        stopped = f"  stopped {self._stopped}" if self._study.early_stopping else ""
        return {"front": len(self._study.leading), "failed": self._failed, "stopped": stopped}
