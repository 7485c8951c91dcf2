"""Successive halving: at each rung of epochs only the best part of the trials that came so far goes on.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, "A System for Massively Parallel
Hyperparameter Tuning", MLSys 2020 (ASHA), in the variant that stops trials where the paper pauses and promotes them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, repeat, takewhile
from operator import mul

from fgspace import Check, Comparison, Curve, EarlyStopping, Objectives, Report, Trial

from fgspace_stopping.records import Records


class SuccessiveHalving(EarlyStopping):
    """Lets a trial go on at a rung only where it is among the best 1/eta of the values there, its own included.

    The rungs are at `min_epochs` · eta^k epochs. A trial has reached one with its first report at or after it, and is
    judged by the value of that report alone. Where fewer than eta values are recorded, its own included, there is no
    best 1/eta yet, and it goes on. Every trial that was told is recorded at every rung it reached, whether it went on
    there or not, but for failed ones. A value that is not finite is the worst there is.

    The paper's algorithm pauses a trial, and promotes it later where it turns out to be good; that needs a checkpoint
    for every trial. Here whoever is not good enough on arrival is stopped for good.

    With several objectives, a trial is compared only with those that are no worse in every other objective that is
    known before training: one that no other dominates there is not stopped.

    Args:
        objectives: what is better.
        metric: the objective that trials are judged by; left out, the first one that is reported.
        min_epochs: the first rung.
        eta: one of how many goes on, and how many times as far the next rung is.

    Raises:
        ValueError: an option is out of its range.
    """

    def __init__(self, objectives: Objectives, *, metric: str | None = None, min_epochs: int = 1, eta: int = 3) -> None:
        super().__init__(objectives, metric=metric)
        check_rungs(min_epochs, eta)
        self.min_epochs = min_epochs
        self.eta = eta
        self._records = Records(self.comparison)

    def check(self, trial: Trial) -> Check:
        """Return what the trial has to reach at each rung."""
        return rungs_of(self._records, self.comparison, self.eta, trial)

    def learn(self, trial: Trial) -> None:
        """Record the trial at the rungs that it reached."""
        if trial.measured and trial.curve:
            last = trial.curve[-1].epoch
            record(self._records, self.comparison, trial, takewhile(lambda rung: rung <= last, self._rungs()))

    def _rungs(self) -> Iterator[int]:
        return accumulate(repeat(self.eta), mul, initial=self.min_epochs)


@dataclass(frozen=True)
class Bound:
    """The worst value at a rung that is good enough, to be minimised: that of the best `places` of `count` trials."""

    value: float
    places: int
    count: int


@dataclass(frozen=True)
class Rungs:
    """Says of a curve whether the report that it ends in has reached a rung and is not good enough there."""

    comparison: Comparison
    bounds: tuple[tuple[int, Bound], ...]

    def __call__(self, curve: Curve) -> str | None:
        """Return why the trial is to be stopped, None where it goes on."""
        before = curve[-2].epoch if len(curve) > 1 else 0
        reached = curve[-1]
        for rung, bound in self.bounds:
            if before < rung <= reached.epoch and self.comparison.value(reached.metrics) > bound.value:
                worse = self.comparison.in_words(reached.metrics, bound.value)
                return f"{worse}; of {bound.count} trials there, the best {bound.places} go on"
        return None


def bound_at(values: list[float], eta: int) -> Bound | None:
    """Return the worst value that one more trial may have to be among the best 1/eta, itself included.

    Args:
        values: those of the other trials, to be minimised, the best first.
        eta: one of how many goes on.

    Returns:
        None where there are so few that any trial goes on.
    """
    count = len(values) + 1
    places = count // eta
    return Bound(values[places - 1], places, count) if places else None


def rungs_of(records: Records, comparison: Comparison, eta: int, trial: Trial) -> Rungs:
    """Return what a trial has to reach at each rung at which something is recorded."""
    bounds = {rung: bound_at(records.comparable(rung, trial.metrics), eta) for rung in records.epochs}
    return Rungs(comparison, tuple((rung, bound) for rung, bound in bounds.items() if bound))


def record(records: Records, comparison: Comparison, trial: Trial, rungs: Iterable[int]) -> None:
    """Record at each rung, all of which the trial reached, the value of its first report at or after it."""
    for rung in rungs:
        report: Report = next(report for report in trial.curve if report.epoch >= rung)
        records.add(rung, comparison.value(report.metrics), trial.metrics)


def check_rungs(min_epochs: int, eta: int) -> None:
    """Raise ValueError where an option is out of its range."""
    if min_epochs < 1:
        raise ValueError(f"min_epochs must be at least 1, got {min_epochs}")
    if eta < 2:
        raise ValueError(f"eta must be at least 2, got {eta}")
