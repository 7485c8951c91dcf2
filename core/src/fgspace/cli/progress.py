"""Shows a search while it runs: a bar that is redrawn on a terminal, a line a trial elsewhere."""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from fgspace.search.study import Study
from fgspace.search.trial import Trial


class Progress:
    """Counts the evaluated trials of a study, and says what became of each."""

    def __init__(self, study: Study, trials: int) -> None:
        self._study = study
        self._live = sys.stdout.isatty()
        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("trials  front {task.fields[front]}  failed {task.fields[failed]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(),
            disable=not self._live,
        )
        self._task = self._bar.add_task("", total=trials, completed=study.evaluated, front=len(study.front()), failed=0)
        self._failed = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, trial: Trial) -> None:
        """Show one trial that is finished."""
        self._failed += trial.state == "failed"
        front = self._study.front()
        self._bar.update(self._task, completed=self._study.evaluated, front=len(front), failed=self._failed)
        line = in_words(trial, trial in front, self._study.objectives.names)
        if self._live:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, flush=True)


def in_words(trial: Trial, in_front: bool, names: tuple[str, ...]) -> str:
    """Return one line on a trial: its number, metrics, and whether it stands on the front, or why it has none."""
    from fgspace.cli.search import in_short

    if trial.error is not None:
        return f"trial {trial.number:>4}  {trial.state}: {trial.error.splitlines()[0]}"
    metrics = "  ".join(f"{name} {in_short(trial.metrics[name])}" for name in names if name in trial.metrics)
    note = (
        f"  as trial {trial.duplicate_of}" if trial.duplicate_of is not None else "  on the front" if in_front else ""
    )
    return f"trial {trial.number:>4}  {metrics}{note}"
