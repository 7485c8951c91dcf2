"""The contract of an early stopping rule: it learns from finished trials, and gives a check to each new one."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from fgspace.errors import did_you_mean
from fgspace.study.early_stopping.comparison import Comparison
from fgspace.study.trial import Curve, Trial

if TYPE_CHECKING:
    from fgspace.study.objectives import Objectives

Check = Callable[[Curve], str | None]
"""Says of what a trial has reported so far why it is to be stopped, in words, or None where it is to go on."""


class EarlyStopping(ABC):
    """Says which trials are stopped before their end.

    Data go forward only. A rule learns from the trials that were told, in the order of telling, and from nothing else;
    when a trial is submitted it gives a check, a small object that goes with the trial to wherever it runs and is asked
    after each report there. So a replay of a store's trials makes the same rule, and it works alike in this process, in
    worker processes and on other machines. What a check knows is what was told when its trial was submitted.

    An author writes `check` and `learn`. Options are further keyword parameters, annotated and with defaults: the
    signature is their schema.

    Args:
        objectives: what the study is after; compare reports through `comparison` alone.
        metric: the objective that trials are judged by; where left out, the first one that is reported.

    Raises:
        ValueError: metric is not an objective.
    """

    def __init__(self, objectives: "Objectives", *, metric: str | None = None) -> None:
        if metric is not None and metric not in objectives.directions:
            hint = did_you_mean(metric, objectives.directions) or f"; there is {' and '.join(objectives.directions)}"
            raise ValueError(f"metric: {metric!r} is not an objective{hint}")
        self.objectives = objectives
        self.comparison = Comparison(objectives, metric)

    @abstractmethod
    def check(self, trial: Trial) -> Check:
        """Return the check of a trial that is about to be evaluated; a picklable object that nothing changes.

        The trial has its number, its point and, as metrics, those objectives that are costs and known by now.
        """

    @abstractmethod
    def learn(self, trial: Trial) -> None:
        """Take in a finished trial, with its curve: complete, stopped, failed or infeasible, but no duplicate."""
