"""What runs beside an evaluator under early stopping: takes its reports, and ends it when the check says so."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fgspace.study.early_stopping.rule import Check
from fgspace.study.failure import no_room, words
from fgspace.study.judge import plain
from fgspace.study.trial import Curve, Metrics, Report


class Stop(BaseException):
    """Ends the evaluation of a trial that is stopped.

    It is no `Exception`, so that an evaluator which catches what goes wrong does not go on; `finally` and `with` clean
    up as ever.
    """


@dataclass(frozen=True)
class Reported:
    """What came of an evaluation that reported.

    `metrics` is None where it failed, `failed` says why; `stopped` says why it was stopped, and `metrics` is then what
    it reported last.
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
        """Have the evaluator load what it needs, where it does so apart from its first trial."""
        if hasattr(self._evaluate, "prepare"):
            self._evaluate.prepare()

    def __call__(self, description: Mapping[str, Any], check: bytes) -> Reported:
        """Evaluate a description until its end, or until the check, which comes pickled, says stop."""
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
        if watch.stopped:  # even where the evaluator went on nevertheless
            return Reported(watch.curve[-1].metrics, watch.curve, watch.stopped)
        return Reported(metrics, watch.curve, None, failed)


class Watch:
    """What an evaluator calls after every epoch: `report(epoch, metrics, of=epochs)`.

    `epoch` is counted from 1. `metrics` holds what is known by now, every objective that is no cost included. `of` says
    how many epochs there will be: after its last a trial is not stopped any more.
    """

    def __init__(self, check: bytes) -> None:
        self.curve: Curve = ()
        self.stopped: str | None = None
        self._pickled = check
        self._check: Check | None = None

    def __call__(self, epoch: int, metrics: Mapping[str, float], *, of: int | None = None) -> None:
        """Take in a report.

        Raises:
            Stop: the trial is to end here.
            ValueError: the epochs do not count up.
        """
        if self.stopped is None:
            self.curve = (*self.curve, self._report(epoch, plain(metrics)))
            reason = None if epoch == of else self._checked(self.curve)
            self.stopped = reason and f"stopped after epoch {epoch}: {reason}"
        if self.stopped:
            raise Stop(self.stopped)

    def _report(self, epoch: int, metrics: Metrics) -> Report:
        last = self.curve[-1].epoch if self.curve else 0
        if epoch <= last:
            raise ValueError(f"reported epoch {epoch} after epoch {last}; count up, from 1")
        return Report(int(epoch), metrics)

    def _checked(self, curve: Curve) -> str | None:
        # Only now: a worker has imported the modules that a rule may come from when it comes to run the evaluator.
        if self._check is None:
            self._check = pickle.loads(self._pickled)
        return self._check(curve)
