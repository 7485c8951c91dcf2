"""The contract of an early stopping rule: it learns from finished trials, and makes a check for each new one."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from fgspace.errors import did_you_mean
from fgspace.study.early_stopping.comparison import Comparison
from fgspace.study.trial import Curve, Trial

if TYPE_CHECKING:
    from fgspace.study.objectives import Objectives

Check = Callable[[Curve], str | None]
"""Returns why a trial with these reports so far is to be stopped, in words, or None where it is to go on."""


class EarlyStopping(ABC):
    """Decides which trials are stopped before their end.

    Data flow in one direction. A rule learns only from the trials that are told, in the order of telling. When a trial
    is submitted, it makes a check: a small object that is sent with the trial to the process that runs it, and is
    called there after each report. So telling the trials of a store again restores the rule, and it works alike in this
    process, in worker processes and on other machines. A check knows the trials that were told before its own was
    submitted.

    An author writes `check` and `learn`. Options are further keyword parameters, annotated and with defaults: the
    signature is their schema.

    Args:
        objectives: the objectives and constraints; compare reports only through `comparison`.
        metric: the objective that trials are compared by; where it is left out, the first one that is reported.

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
        """Return the check of a trial that is about to be evaluated: a picklable object without state that changes.

        The trial has its number, its point and, as metrics, the objectives that are costs, as far as they are known.
        """

    @abstractmethod
    def learn(self, trial: Trial) -> None:
        """Learn from a finished trial, with its curve: complete, stopped, failed or infeasible, but no duplicate."""
