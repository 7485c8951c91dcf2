"""The checks of the running trials of a study."""

from fgspace.errors import FgspaceError
from fgspace.study.early_stopping.rule import Check, EarlyStopping
from fgspace.study.judge import Judge
from fgspace.study.trial import Trial


class Checks:
    """Has the rule of a study make the check of a trial when it is asked for, and keeps it until the trial is told.

    Trials that are told in the meantime do not change the check, also where the trial is interrupted and run again.
    """

    def __init__(self, rule: EarlyStopping, judge: Judge) -> None:
        self._rule = rule
        self._judge = judge
        self._checks: dict[int, Check] = {}

    def add(self, trial: Trial) -> None:
        """Make the check of a trial that is about to be evaluated."""
        self._checks[trial.number] = self._rule.check(self._judge.priced(trial))

    def of(self, trial: Trial) -> Check:
        """Return the check of a trial.

        Raises:
            FgspaceError: the trial is not running.
        """
        if trial.number not in self._checks:
            raise FgspaceError(f"trial {trial.number} is not running: it was told before, or never asked for")
        return self._checks[trial.number]

    def drop(self, trial: Trial) -> None:
        """Forget the check of a trial that is finished."""
        self._checks.pop(trial.number, None)

    def learn(self, trial: Trial) -> None:
        """Tell the rule of a finished trial."""
        if trial.duplicate_of is None:
            self._rule.learn(trial)
