"""Shows a search line by line: one for each finished trial."""

import sys

from fgspace.cli.printing import IN_LINE, escape
from fgspace.documents.numbers import in_short
from fgspace.study.algorithms.relay import takes_over
from fgspace.study.executors.streams import silence
from fgspace.study.study import Study
from fgspace.study.trial import MEASURED, Trial


class Lines:
    """Prints a line for each finished trial of a study, as long as the output can be written.

    `error` is the error that the output broke with, None while it works.
    """

    def __init__(self, study: Study) -> None:
        self.error: OSError | None = None
        self._study = study
        self._names = study.objectives.names

    def show(self, trial: Trial) -> None:
        """Show one finished trial."""
        line = in_words(trial, trial.number in self._study.leading, self._names)
        handed = handed_over(self._study, trial)
        try:
            print(*(IN_LINE.sub(escape, one) for one in (handed, line) if one), sep="\n", flush=True)
        except OSError as error:  # nobody reads it any more, or the disk is full: the search goes on
            self.error = error
            silence(sys.stdout)


def handed_over(study: Study, trial: Trial) -> str | None:
    """Return a line on the algorithm that takes over with this trial, None where none does."""
    name = takes_over(study.algorithm, trial.number)
    return f"{name} goes on from the best so far" if name else None


def in_words(trial: Trial, in_front: bool, names: tuple[str, ...]) -> str:
    """Return one line on a trial: its number, its metrics and whether it is on the front, or why it has no metrics."""
    if trial.error is not None and trial.state not in MEASURED:
        return f"trial {trial.number:>4}  {trial.state}: {trial.error.splitlines()[0]}"
    metrics = "  ".join(f"{name} {in_short(trial.metrics[name])}" for name in names if name in trial.metrics)
    if trial.duplicate_of is not None:
        note = f"  as trial {trial.duplicate_of}"
    elif trial.error is not None:
        note = f"  {trial.error}"
    else:
        note = "  on the front" if in_front else ""
    return f"trial {trial.number:>4}  {metrics}{note}"
