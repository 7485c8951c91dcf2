"""Shows a search while it runs: a bar that is redrawn on a terminal, a line a trial elsewhere."""

import sys
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from fgspace.cli.numbers import in_short
from fgspace.study.study import Study
from fgspace.study.trial import Trial


class Progress:
    """Counts the evaluated trials of a study, and says what became of each."""

    def __init__(self, study: Study, trials: int) -> None:
        self._study = study
        self._live = sys.stdout.isatty()
        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("trials  front {task.fields[front]}  failed {task.fields[failed]}{task.fields[stopped]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(),
            disable=not self._live,
        )
        self._failed = self._stopped = 0
        self._task = self._bar.add_task("", total=trials, completed=study.evaluated, **self._fields())

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, trial: Trial) -> None:
        """Show one trial that is finished."""
        self._failed += trial.state == "failed"
        self._stopped += trial.state == "stopped"
        self._bar.update(self._task, completed=self._study.evaluated, **self._fields())
        line = in_words(trial, trial in self._study.front(), self._study.objectives.names)
        if self._live:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, flush=True)

    def _fields(self) -> dict[str, Any]:
        stopped = f"  stopped {self._stopped}" if self._study.early_stopping else ""
        return {"front": len(self._study.front()), "failed": self._failed, "stopped": stopped}


def in_words(trial: Trial, in_front: bool, names: tuple[str, ...]) -> str:
    """Return one line on a trial: its number, metrics, and whether it stands on the front, or why it has none."""
    if trial.error is not None and not trial.measured:
        return f"trial {trial.number:>4}  {trial.state}: {trial.error.splitlines()[0]}"
    metrics = "  ".join(f"{name} {in_short(trial.metrics[name])}" for name in names if name in trial.metrics)
    if trial.duplicate_of is not None:
        note = f"  as trial {trial.duplicate_of}"
    elif trial.error is not None:
        note = f"  {trial.error}"
    else:
        note = "  on the front" if in_front else ""
    return f"trial {trial.number:>4}  {metrics}{note}"
