"""The loop of a study: asks for trials, has an executor evaluate them, and tells the study their outcomes."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import Any, Protocol

from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Exhausted
from fgspace.study.early_stopping.options import pickled
from fgspace.study.early_stopping.reporting import Reported
from fgspace.study.early_stopping.rule import Check, EarlyStopping
from fgspace.study.executors.executor import Executor, ExecutorError
from fgspace.study.failure import NO_METRICS, words
from fgspace.study.look_back import Awaited
from fgspace.study.measuring.measurement import Measurement, Sample
from fgspace.study.measuring.slot import EVALUATE, MEASURE, Slot
from fgspace.study.observers.observers import Observers
from fgspace.study.observers.relay import Relay
from fgspace.study.progress.tracked import Tracked
from fgspace.study.trial import Curve, Trial


class Driven(Protocol):
    """A study, as the loop sees it."""

    space: Space
    early_stopping: EarlyStopping | None

    @property
    def evaluated(self) -> int:
        """The number of trials that count for the budget."""

    def ask(self) -> Trial:
        """Return a trial to evaluate."""

    def check(self, trial: Trial) -> Check:
        """Return the check of a trial that was asked for."""

    def tell(
        self,
        trial: Trial,
        metrics: Mapping[str, float] | None = None,
        *,
        failed: str | None = None,
        stopped: str | None = None,
        curve: Curve = (),
        seconds: float | None = None,
    ) -> Trial:
        """Take in the outcome of a trial that was asked for."""

    def measured(self, trial: Trial, samples: Mapping[str, Sample]) -> Trial:
        """Take in what was measured of a trial that was asked for, and return it with its metrics."""

    def put_back(self, trials: Sequence[Trial]) -> None:
        """Ask for these trials again, before any other."""


class Loop:
    """Keeps an executor busy with the trials of a study, at most its `workers` at a time.

    Args:
        study: the study.
        evaluate: called by the executor with the description of a trial and, under early stopping, its check.
        executor: where trials run.
        observers: told when a trial begins, and of its reports.
        progress: the folder in which the progress of trials is kept, None where nobody looks at it.
        measurements: name → what is measured of every trial, while no other runs.
    """

    def __init__(
        self,
        study: Driven,
        evaluate: Callable[..., Any],
        executor: Executor,
        observers: Observers,
        progress: Path | None = None,
        measurements: Mapping[str, Measurement] = MappingProxyType({}),
    ) -> None:
        self._study = study
        self._observers = observers
        self._relay = Relay(observers, progress) if observers.want_reports else None
        self._is_tracked = progress is not None
        self._space = study.space.trusting  # the points of trials are plain JSON
        self._evaluate = evaluate if progress is None else Tracked(evaluate, progress)
        self._is_measured = bool(measurements)
        if measurements:
            self._evaluate = Slot(self._evaluate, measurements, study.space.input_shape)
        self._ready: deque[Trial] = deque()
        """The trials that are measured and not evaluated yet."""
        self._executor = executor
        self._flying: dict[Future[Any], tuple[Trial, float]] = {}
        self._done: SimpleQueue[Future[Any]] = SimpleQueue()

    def run(self, trials: int) -> None:
        """Go on until the study has this number of evaluated trials, or no further point.

        Trials that an exception interrupts are cancelled, and are the first to run when the study goes on.
        """
        try:
            while self._submit(trials):
                future = self._done.get() if self._relay is None else self._awaited(self._relay)
                self._land(future)
                del self._flying[future]
        finally:
            self._abandon()

    def _submit(self, trials: int) -> bool:
        """Submit trials until every worker of the executor has one; say whether any runs."""
        workers = getattr(self._executor, "workers", 1)
        flying = self._flying
        while len(flying) < workers and (trial := self._next(trials, workers)):
            start = time.perf_counter()
            future = self._submitted(trial)
            flying[future] = trial, start
            future.add_done_callback(self._done.put)
        return bool(flying)

    def _next(self, trials: int, workers: int) -> Trial | None:
        """Return the next trial to evaluate; where trials are measured, None until those that run have ended."""
        if not self._is_measured:
            return self._asked(trials - len(self._flying))
        if not self._flying and not self._ready:
            self._measure(trials, workers)
        return self._ready.popleft() if self._ready else None

    def _measure(self, trials: int, workers: int) -> None:
        """Ask for a trial for each worker, and measure one after the other: nothing else runs meanwhile."""
        while len(self._ready) < workers and (trial := self._asked(trials - len(self._ready))):
            self._ready.append(trial)
            future = self._executor.submit(self._evaluate, MEASURE, self._space.network_at(trial.point))
            error = future.exception()
            if isinstance(error, ExecutorError):
                raise error
            self._ready.pop()
            if error is None:
                self._ready.append(self._study.measured(trial, future.result()))
            else:
                self._study.tell(trial, failed=words(error))

    def _asked(self, most: int) -> Trial | None:
        """Return a trial to run, None where `most` trials are evaluated or there is no further point."""
        if self._study.evaluated >= most:
            return None
        try:
            return self._study.ask()
        except (Exhausted, Awaited):
            return None

    def _awaited(self, relay: Relay) -> Future[Any]:
        """Return the next future that is done, after relaying what trials report in the meantime."""
        while True:
            try:
                return self._done.get(timeout=relay.seconds)
            except Empty:
                relay.look([trial for trial, _ in self._flying.values()])

    def _submitted(self, trial: Trial) -> Future[Any]:
        study, rule = self._study, self._study.early_stopping
        self._observers.tell("trial_began", trial)
        try:
            given = (
                (self._space.at(trial.point),)
                if rule is None
                else (
                    self._space.at(trial.point),
                    pickled(rule, study.check(trial)),
                )
            )
            step = (EVALUATE,) if self._is_measured else ()
            number = (trial.number,) if self._is_tracked else ()
            with nullcontext() if self._relay is None else self._relay.of(trial):
                return self._executor.submit(self._evaluate, *step, *number, *given)
        except BaseException:  # for instance Ctrl-C, where the executor runs the trial itself
            study.put_back([trial])
            raise

    def _land(self, future: Future[Any]) -> None:
        trial, start = self._flying[future]
        error, seconds = future.exception(), time.perf_counter() - start
        if isinstance(error, ExecutorError):
            raise error
        if error is not None:
            self._study.tell(trial, failed=words(error), seconds=seconds)
            return
        outcome = future.result()
        if outcome is None:
            self._study.tell(trial, failed=NO_METRICS, seconds=seconds)
        elif isinstance(outcome, Reported):
            self._take_in(trial, outcome, seconds)
        else:
            self._study.tell(trial, outcome, seconds=seconds)

    def _take_in(self, trial: Trial, outcome: Reported, seconds: float) -> None:
        if self._relay is not None:
            self._relay.rest(trial, outcome.curve)
        failed = NO_METRICS if outcome.metrics is None and outcome.failed is None else outcome.failed
        # The store keeps curves for the sake of early stopping alone.
        curve = () if self._study.early_stopping is None else outcome.curve
        self._study.tell(trial, outcome.metrics, failed=failed, stopped=outcome.stopped, curve=curve, seconds=seconds)

    def _abandon(self) -> None:
        for future in self._flying:
            future.cancel()
        self._study.put_back([*(trial for trial, _ in self._flying.values()), *self._ready])
