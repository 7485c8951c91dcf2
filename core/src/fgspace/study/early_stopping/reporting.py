"""Runs an evaluator under early stopping: collects its reports, and ends it when the check says so."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fgspace.study.border.values import plain_metrics
from fgspace.study.early_stopping.rule import Check
from fgspace.study.failure import no_room, words
from fgspace.study.progress.progress import Progress, say
from fgspace.study.trial import Curve, Metrics, Report


class Stop(BaseException):
    """Ends the evaluation of a trial that is stopped.

    It is no `Exception`, so that an evaluator that catches exceptions ends nevertheless; `finally` and `with` clean up
    as usual.
    """


@dataclass(frozen=True)
class Reported:
    """The outcome of an evaluation that reported.

    `metrics` is None where it failed, for the reason `failed`; where it was stopped, for the reason `stopped`,
    `metrics` are those of the last report.
    """

    metrics: Mapping[str, float] | None
    curve: Curve
    stopped: str | None = None
    failed: str | None = None


class Reporting:
    """Evaluates with an evaluator that reports, in a worker or in this process."""

    def __init__(self, evaluate: Callable[..., Any]) -> None:
        self._evaluate = evaluate

    def prepare(self) -> None:
        """Call the evaluator's `prepare`, if it has one."""
        if hasattr(self._evaluate, "prepare"):
            self._evaluate.prepare()

    def __call__(self, description: Mapping[str, Any], check: bytes = b"") -> Reported:
        """Evaluate a description until its end, or until the check, which is pickled, stops it; none stops nothing."""
        watch = Watch(check)
        metrics, failed = None, None
        try:
            metrics = self._evaluate(description, report=watch)
        except Stop:
            pass
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # `sys.exit` too
            if no_room(error):  # not this trial's fault: it is to be run again
                raise
            failed = words(error)
        if watch.stopped:  # also where the evaluator caught `Stop` and went on
            return Reported(watch.curve[-1].metrics, watch.curve, watch.stopped)
        return Reported(metrics, watch.curve, None, failed)


class Watch:
    """The function `report(epoch, metrics, of=epochs)` that an evaluator calls after every epoch.

    `epoch` is counted from 1. `metrics` holds the present metrics, with every objective that is not a cost. `of` is the
    number of epochs: after the last one, a trial is not stopped.
    """

    def __init__(self, check: bytes) -> None:
        self.curve: Curve = ()
        self.stopped: str | None = None
        self._pickled = check
        self._check: Check | None = None

    def __call__(self, epoch: int, metrics: Mapping[str, float], *, of: int | None = None) -> None:
        """Record a report.

        Raises:
            Stop: the trial ends here.
            ValueError: the epochs do not count up.
        """
        if self.stopped is None:
            report = self._report(epoch, plain_metrics(metrics))
            self.curve = (*self.curve, report)
            say(Progress("epoch", report.epoch, of if type(of) is int else None, report.metrics))
            reason = None if epoch == of or not self._pickled else self._checked(self.curve)
            self.stopped = reason and f"stopped after epoch {epoch}: {reason}"
        if self.stopped:
            raise Stop(self.stopped)

    def _report(self, epoch: int, metrics: Metrics) -> Report:
        last = self.curve[-1].epoch if self.curve else 0
        if epoch <= last:
            raise ValueError(f"reported epoch {epoch} after epoch {last}; count up, from 1")
        return Report(int(epoch), metrics)

    def _checked(self, curve: Curve) -> str | None:
        # Only here: the modules that a rule comes from are imported before the evaluator runs, but after this was made.
        if self._check is None:
            self._check = pickle.loads(self._pickled)
        return self._check(curve)
