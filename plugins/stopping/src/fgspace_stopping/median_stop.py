"""The median stopping rule: stop whoever was never as good as the others were on average.

Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, "Google Vizier: A Service for Black-Box Optimization", KDD 2017,
section 3.2.
"""

from dataclasses import dataclass
from statistics import fmean, median

from fgspace import Check, Comparison, Curve, EarlyStopping, Objectives, Trial

from fgspace_stopping.records import Records


class MedianStop(EarlyStopping):
    """Stops a trial whose best value so far is strictly worse than the median of the other trials' running averages.

    The running average of a trial at an epoch is the mean of all it reported up to that epoch. The others are the
    trials that were told and that reported at this epoch, those that were stopped there or later among them, failed
    ones not: where only those counted that went all the way, each would have to be better than half of the survivors.
    A value that is not finite is the worst there is.

    With several objectives, a trial is compared only with those that are no worse in every other objective that is
    known before training.

    Args:
        objectives: what is better.
        metric: the objective that trials are judged by; left out, the first one that is reported.
        min_epochs: the first epoch after which a trial may be stopped.
        min_trials: how many others there must be.

    Raises:
        ValueError: an option is out of its range.
    """

    def __init__(
        self, objectives: Objectives, *, metric: str | None = None, min_epochs: int = 1, min_trials: int = 5
    ) -> None:
        super().__init__(objectives, metric=metric)
        if min_epochs < 1:
            raise ValueError(f"min_epochs must be at least 1, got {min_epochs}")
        if min_trials < 1:
            raise ValueError(f"min_trials must be at least 1, got {min_trials}")
        self.min_epochs = min_epochs
        self.min_trials = min_trials
        self._averages = Records(self.comparison)

    def check(self, trial: Trial) -> Check:
        """Return the median that the trial has to reach, epoch by epoch."""
        averages = {epoch: self._averages.comparable(epoch, trial.metrics) for epoch in self._averages.epochs}
        return Medians(
            self.comparison,
            {
                epoch: (median(values), len(values))
                for epoch, values in averages.items()
                if len(values) >= self.min_trials
            },
        )

    def learn(self, trial: Trial) -> None:
        """Record the trial's running averages."""
        if not trial.measured:
            return
        values: list[float] = []
        for epoch, metrics in trial.curve:
            values.append(self.comparison.value(metrics))
            if epoch >= self.min_epochs:
                # Rounded, the mean of three times 0.1 is more than 0.1, which nobody with 0.1 would reach.
                self._averages.add(epoch, max(fmean(values), min(values)), trial.metrics)


@dataclass(frozen=True)
class Medians:
    """Says of a curve whether its best value is worse than the median at the epoch that it has come to.

    `medians` holds by epoch the median, to be minimised, and how many trials it comes from.
    """

    comparison: Comparison
    medians: dict[int, tuple[float, int]]

    def __call__(self, curve: Curve) -> str | None:
        """Return why the trial is to be stopped, None where it goes on."""
        epoch = curve[-1].epoch
        if epoch not in self.medians:
            return None
        middle, count = self.medians[epoch]
        best = min((report.metrics for report in curve), key=self.comparison.value)
        if self.comparison.value(best) <= middle:
            return None
        return f"its best {self.comparison.in_words(best, middle)}, the median of {count} trials' averages"
