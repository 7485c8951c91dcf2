"""Trains members on an executor, each after its teacher, and writes what becomes of them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.errors import FgspaceError
from fgspace.runs.atomic_write import explained_outputs
from fgspace.runs.executor_choice import executor_of
from fgspace.runs.front import described, expected_of
from fgspace.runs.frozen import frozen
from fgspace.runs.training.folder import begin, check_same, finish, is_done, metrics_in, read_log
from fgspace.runs.training.job import Job, train_here
from fgspace.runs.training.members import Member
from fgspace.runs.training.watching import locked, told_of
from fgspace.signatures.calls import make
from fgspace.study.border.values import plain_metrics
from fgspace.study.executors.executor import ExecutorError, SerialExecutor
from fgspace.study.failure import words


@dataclass(frozen=True)
class Outcome:
    """What became of a member: its metrics, or why there are none."""

    member: Member
    metrics: Mapping[str, float] | None
    failed: str | None = None


@dataclass(frozen=True)
class Trainer:
    """Trains members on the executor of an experiment.

    `said` is called with a line of progress; `modules` are those that workers import first.
    """

    experiment: Experiment
    modules: Sequence[str]
    said: Callable[[str], None]

    def run(self, members: Sequence[Member], workers: int | None) -> list[Outcome]:
        """Train the members; a member that is trained already is only told of.

        Raises:
            FgspaceError: a setting is wrong, or a folder holds another training; before anything is trained.
        """
        prepared = [self._prepared(member) for member in members]
        waiting = [one for one in prepared if not is_done(one.member.folder)]
        done = [one for one in prepared if one not in waiting]
        for one in prepared:
            check_same(one.member.folder, one.member.sections)
        for one in done:
            self.said(f"{one.member.name}: is trained already")
        outcomes = [Outcome(one.member, metrics_in(one.member.folder)) for one in done]
        names = [one.member for one in waiting]
        if waiting:
            with locked(names), told_of(names, self.said), self._executor(workers) as executor:
                outcomes += self._all(waiting, executor)
        order = [member.name for member in members]
        return sorted(outcomes, key=lambda outcome: order.index(outcome.member.name))

    def _prepared(self, member: Member) -> "_Prepared":
        loaded = load(member.sections, registry=self.experiment.registry)
        evaluator = loaded.make_evaluator()
        if not hasattr(evaluator, "train"):
            name = type(evaluator).__name__
            raise FgspaceError(f"{name} cannot train in full: it has no method train; see fgspace list evaluator")
        return _Prepared(member, loaded, evaluator)

    def _all(self, waiting: "Sequence[_Prepared]", executor: Any) -> list[Outcome]:
        """Train all, at most the executor's workers at a time; one that waits for its teacher lets others go first."""
        left, flying, outcomes = list(waiting), dict[Future[Any], _Prepared](), list[Outcome]()
        finished: SimpleQueue[Future[Any]] = SimpleQueue()
        while left or flying:
            busy = {one.member.folder.absolute() for one in (*left, *flying.values())}
            ready = [one for one in left if one.waits_for not in busy]
            for one in ready[: max(0, getattr(executor, "workers", 1) - len(flying))]:
                left.remove(one)
                future = self._started(one, executor)
                flying[future] = one
                future.add_done_callback(finished.put)
            future = finished.get()
            outcomes.append(self._landed(future, flying.pop(future)))
        return outcomes

    def _started(self, one: "_Prepared", executor: Any) -> Future[Any]:
        folder = one.member.folder
        with explained_outputs(folder):
            begin(folder, frozen(one.experiment, one.expected), one.described())
        rows = read_log(folder)
        self.said(
            f"{one.member.name}: goes on after epoch {rows[-1]['epoch']}" if rows else f"{one.member.name}: begins"
        )
        here = isinstance(executor, SerialExecutor)
        modules = getattr(executor, "modules", self.modules)
        train = partial(train_here, one.evaluator) if here else Job(one.evaluator, modules)
        future: Future[Any] = executor.submit(train, one.description, str(folder.absolute()))
        return future

    def _landed(self, future: Future[Any], one: "_Prepared") -> Outcome:
        error = future.exception()
        if isinstance(error, ExecutorError):
            raise error
        if error is None:
            metrics = plain_metrics(future.result())
            with explained_outputs(one.member.folder):
                finish(one.member.folder, {**metrics, **one.expected})
            return Outcome(one.member, metrics)
        reason = words(error).removeprefix("ValueError: ").removeprefix("FgspaceError: ")
        self.said(f"{one.member.name}: failed: {reason}")
        return Outcome(one.member, None, reason)

    def _executor(self, workers: int | None) -> Any:
        """Return the executor; the limit of the time of a trial is none of a training in full."""
        written = {name: value for name, value in self.experiment.executor.items() if name != "seconds"}
        experiment = replace(self.experiment, executor=written, budget={}, deterministic=None)
        return make(experiment.registry, "executor", executor_of(experiment, workers, self.modules))


@dataclass(frozen=True, eq=False)
class _Prepared:
    member: Member
    experiment: Experiment
    evaluator: Any

    @property
    def description(self) -> Mapping[str, Any]:
        """The description that the evaluator gets: its own options are all fixed."""
        return self.experiment.space.network_at()

    @property
    def expected(self) -> dict[str, Any]:
        return expected_of(self.evaluator, self.description)

    @property
    def waits_for(self) -> Path | None:
        """The folder of the teacher, which is trained first if it is a member too."""
        teacher = self.member.teacher
        return Path(teacher).parent.absolute() if isinstance(teacher, str) else None

    def described(self) -> dict[str, Any]:
        return described(self.experiment, self.experiment.space.initial, self.expected)
