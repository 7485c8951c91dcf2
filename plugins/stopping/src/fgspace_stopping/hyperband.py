"""Hyperband: several successive halvings side by side, which begin to stop trials at different epochs.

Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
Optimization", JMLR 18 (2018), with the halvings of `SuccessiveHalving`.
"""

from fgspace import Check, EarlyStopping, Objectives, Trial

from fgspace_stopping.records import Records
from fgspace_stopping.successive_halving import check_rungs, record, rungs_of


class Hyperband(EarlyStopping):
    """Divides the trials among brackets, of which each halves on its own, the first from early on and the last never.

    Bracket s, from the largest for which max_epochs / eta^s is at least `min_epochs` down to 0, has its rungs at
    max_epochs / eta^s, max_epochs / eta^(s-1), ..., max_epochs / eta, rounded down. So a metric that tells little early
    on costs only some of the brackets. In one round, bracket s gets as many trials as the paper starts in it,
    ⌈(s_max + 1) / (s + 1) · eta^s⌉: the first of the trials, by number, go to bracket s_max, the last to bracket 0, and
    then the next round begins. At a rung a trial is judged as in `SuccessiveHalving`, among the trials of its bracket.

    Args:
        objectives: what is better.
        metric: the objective that trials are judged by; left out, the first one that is reported.
        max_epochs: the epochs of a trial that is not stopped.
        min_epochs: the earliest rung.
        eta: one of how many goes on, and how many times as far the next rung is.

    Raises:
        ValueError: an option is out of its range.
    """

    def __init__(
        self,
        objectives: Objectives,
        *,
        max_epochs: int,
        metric: str | None = None,
        min_epochs: int = 1,
        eta: int = 3,
    ) -> None:
        super().__init__(objectives, metric=metric)
        check_rungs(min_epochs, eta)
        if max_epochs < min_epochs:
            raise ValueError(f"max_epochs must be at least min_epochs, which is {min_epochs}; got {max_epochs}")
        self.eta = eta
        self.brackets = brackets(max_epochs, min_epochs, eta)
        """The rungs of each bracket, the first bracket the one with most."""
        self._sizes = sizes(len(self.brackets), eta)
        self._records = [Records(self.comparison) for _ in self.brackets]

    def bracket(self, number: int) -> int:
        """Return the place in `brackets` of the bracket that the trial of this number is in."""
        place = number % sum(self._sizes)
        for bracket, size in enumerate(self._sizes):
            if place < size:
                return bracket
            place -= size
        raise AssertionError("a number below the sum of the sizes is in one of them")

    def check(self, trial: Trial) -> Check:
        """Return what the trial has to reach at each rung of its bracket."""
        return rungs_of(self._records[self.bracket(trial.number)], self.comparison, self.eta, trial)

    def learn(self, trial: Trial) -> None:
        """Record the trial at the rungs of its bracket that it reached."""
        if trial.measured and trial.curve:
            bracket = self.bracket(trial.number)
            reached = [rung for rung in self.brackets[bracket] if rung <= trial.curve[-1].epoch]
            record(self._records[bracket], self.comparison, trial, reached)


def brackets(max_epochs: int, min_epochs: int, eta: int) -> tuple[tuple[int, ...], ...]:
    """Return the rungs of each bracket, the one with most rungs first; the last has none."""
    rungs: list[int] = []
    while (rung := max_epochs // eta ** (len(rungs) + 1)) >= min_epochs:
        rungs.append(rung)
    return tuple(tuple(reversed(rungs[:most])) for most in range(len(rungs), -1, -1))


def sizes(count: int, eta: int) -> tuple[int, ...]:
    """Return how many trials each of so many brackets gets in a round, the one with most rungs first."""
    return tuple(-(-count * eta**rungs // (rungs + 1)) for rungs in reversed(range(count)))
