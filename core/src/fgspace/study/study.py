"""A study: asks an algorithm for points, records their trials, and tells it the outcomes."""

import inspect
import os
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fgspace.documents.plain import as_plain, whole_number
from fgspace.errors import FgspaceError, brief
from fgspace.plugins.default_registry import default_registry
from fgspace.signatures.calls import takes
from fgspace.spaces.points import given_points
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm, Exhausted
from fgspace.study.algorithms.auto import Pick, choose_algorithm
from fgspace.study.algorithms.options import algorithm_class, make_algorithm
from fgspace.study.border.arguments import (
    algorithm_argument,
    check_evaluate,
    check_executor,
    check_options,
    points_argument,
    recorded,
    rule_argument,
    space_argument,
)
from fgspace.study.border.values import (
    anything,
    number,
    plain_argument,
    plain_curve,
    plain_metrics,
    text,
)
from fgspace.study.early_stopping.checks import Checks
from fgspace.study.early_stopping.options import make_rule
from fgspace.study.early_stopping.reporting import Reporting
from fgspace.study.early_stopping.rule import Check
from fgspace.study.executors.executor import Executor, SerialExecutor
from fgspace.study.identity import identify
from fgspace.study.judge import Judge, copied, failure
from fgspace.study.ledger import Leaders, Ledger
from fgspace.study.look_back import LookBack
from fgspace.study.loop import Loop
from fgspace.study.measuring.drift import Drift, metric_names
from fgspace.study.measuring.measurement import Measurement, Sample
from fgspace.study.objectives import Direction, Objectives
from fgspace.study.observers.observer import Observer, StudyFacts
from fgspace.study.observers.observers import Observers
from fgspace.study.results import Results, best
from fgspace.study.showing.frame import frame
from fgspace.study.showing.front import Front
from fgspace.study.showing.tables import study_table
from fgspace.study.storage.memory import MemoryStore
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.trial import Curve, Metrics, Trial
from fgspace.study.verdict import NothingFeasibleWarning, nothing_feasible

GIVEN = "given"
"""The operator that the lineage of an initial point names."""
_IN_VAIN = 10_000
"""The number of points in a row without need of evaluation after which `ask` gives up."""
_FAILED = 100
"""The number of points in a row whose costs cannot be computed after which it does."""

Evaluate = Callable[..., Mapping[str, float]]
"""Turns a description into metrics: any callable; an object of an evaluator type is one.

Under early stopping it also takes a keyword `report` and calls it after every epoch: see `Watch`.
"""


class Study:
    """A space, an algorithm and objectives, and the trials made so far.

    A trial is evaluated once: a point that resolves to the description of an earlier trial has that one's outcome, and
    a point whose costs break a constraint is not evaluated. Both are recorded and told like any other trial.

    With `store`, every event is on disk before the call returns. The study continues a store that exists: its trials
    are told to the algorithm again, in order, and trials that were running are run again first. So a study that was
    killed proposes the same points as one that was not (with one worker).

    Args:
        space: the space that is searched, or what `fgspace.space` makes one of.
        algorithm: the name of an algorithm type, its class, or a mapping of that as `type` and of its options; left
            out, the one that `Auto` picks.
        objectives: metric → "max" or "min".
        constraints: metric → `{"max": most}`, `{"min": least}` or both. One on a cost (params, macs) is checked before
            a trial is evaluated, any other after.
        seed: the seed of the algorithm's randomness.
        store: the study's folder, or a file that ends in .db; without it, the study is kept in memory.
        origins: type → distribution and version it came from, recorded with the study.
        evaluator: the evaluator as plain JSON, recorded with the study; a store with another one is refused.
        deterministic: the number of trials that the algorithm looks back. Before trial n is proposed, the algorithm is
            told the trials up to n - deterministic, in order of their numbers, and no others: so the points depend
            neither on the number of trials that run at a time, which is at most `deterministic`, nor on which ends
            first. Without it, every trial is told as soon as it ends.
        early_stopping: a rule that stops poor trials, `{"type": name or class, **its options}` or its name. A stopped
            trial keeps the metrics of its last report and is told like any other; it is never on the front.
        data: the digest of the evaluator's data, recorded with the study; a store with other data is refused.
        measure: what `run` is to measure of every trial, as a file has it; recorded with the study.
        initial_points: the points to evaluate first, in order: path → value, where omitted paths have the values that
            the space describes, or tokens; or a mapping of names to points. The algorithm is told of them as of its
            own. A store that exists keeps its own, which must begin with these.
        options: the options of the algorithm.

    Raises:
        FgspaceError: the algorithm, an option, an objective or a constraint is not understood, or the store is that of
            another study.
    """

    def __init__(
        self,
        space: Space | Any,
        algorithm: str | type[Algorithm] | Mapping[str, Any] | None = "Auto",
        objectives: Mapping[str, Direction] = MappingProxyType({}),
        constraints: Mapping[str, Mapping[Direction, float]] | None = None,
        seed: int = 0,
        store: str | os.PathLike[str] | None = None,
        *,
        origins: Mapping[str, str] | None = None,
        evaluator: Mapping[str, Any] | None = None,
        deterministic: int | None = None,
        early_stopping: Mapping[str, Any] | str | None = None,
        data: str | None = None,
        measure: Mapping[str, Any] | None = None,
        initial_points: Sequence[Any] | Mapping[str, Any] = (),
        **options: Any,
    ) -> None:
        space = space_argument(space)
        algorithm, options = algorithm_argument(algorithm, options)
        check_options(algorithm_class(algorithm), options, _ARGUMENTS)
        options = {name: plain_argument(name, value, anything) for name, value in options.items()}
        seed = whole_number("seed", seed)
        deterministic = None if deterministic is None else whole_number("deterministic", deterministic, 1)
        early_stopping = rule_argument(early_stopping)
        data = None if data is None else text("data", data)
        origins, evaluator = recorded("origins", origins), recorded("evaluator", evaluator)
        measure = recorded("measure", measure)
        self.space = space
        self._space = space.trusting  # what comes here is plain JSON
        self.objectives = Objectives(objectives, as_plain(constraints or {}, "constraints"))
        chosen = choose_algorithm(algorithm, space, self.objectives, options, store, default_registry())
        self.picked: Pick | None = chosen.picked
        """The pick of `Auto`, with its reason; None where an algorithm was named."""
        self.algorithm = make_algorithm(chosen.kind, space, self.objectives, seed, chosen.options)
        self.early_stopping, rule = make_rule(early_stopping, self.objectives)
        points = given_points(space, points_argument(initial_points, space))
        self.identity = identify(
            self.algorithm,
            chosen.name,
            chosen.options,
            origins=origins,
            evaluator=evaluator,
            data=data,
            deterministic=deterministic,
            early_stopping=rule,
            measure=measure,
            initial_points=tuple(points.values()),
            sources=tuple(points),
            renamed=default_registry().renamed,
        )
        self._judge = Judge(self._space, self.objectives)
        self._checks = None if self.early_stopping is None else Checks(self.early_stopping, self._judge)
        self._arguments = {
            "space": space,
            "algorithm": chosen.kind,
            "objectives": objectives,
            "constraints": constraints,
            "seed": seed,
            "origins": origins,
            "evaluator": evaluator,
            "deterministic": deterministic,
            "early_stopping": early_stopping,
            "data": data,
            "measure": measure,
            "initial_points": points,
            **chosen.options,
        }
        kept = MemoryStore() if store is None else SqliteStore(store, self.identity)
        if isinstance(kept, SqliteStore):
            self.identity = self.identity.with_points_of(kept.identity)
        self._on_trial: Callable[[Trial], None] = _ignore
        self._observers = Observers()
        self._go_on(kept)

    def _go_on(self, kept: MemoryStore | SqliteStore) -> None:
        """Continue from the trials of a store."""
        self._ledger = Ledger(kept, self.objectives)
        self._again: deque[Trial] = deque()
        self._drift = Drift()
        behind = self.identity.deterministic
        self._look_back = None if behind is None else LookBack(self._learn, self._ledger, behind)
        self._replay()

    def __repr__(self) -> str:
        aims = ", ".join(f"{name} {direction}" for name, direction in self.objectives.directions.items())
        trials = f"{self._ledger.count} trials, {len(self.leading)} on the front"
        return f"<Study of space {self.space.digest}: {type(self.algorithm).__name__}, {aims}; {trials}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make the study again: from its arguments, and its trials or the place of its store."""
        store = self._ledger.store
        if isinstance(store, MemoryStore):
            return _remade, (self._arguments, store)
        return _reopened, (self._arguments, store.path)

    @staticmethod
    def open(place: str | os.PathLike[str]) -> Results:
        """Open the results of the study in a folder; it may be running.

        Raises:
            FgspaceError: there is no study at that place.
        """
        return Results(place)

    @property
    def trials(self) -> Sequence[Trial]:
        """The trials by number; those of a study on disk are read when they are accessed."""
        return self._ledger.store

    @property
    def evaluated(self) -> int:
        """The number of trials that count for the budget: those that were evaluated, with or without success."""
        return self._ledger.evaluated

    @property
    def leading(self) -> list[int]:
        """The numbers of the trials on the front, in order: what `front` returns, without reading the store."""
        return self._ledger.leaders.numbers()

    @property
    def leaders(self) -> Leaders:
        """The front by numbers and values, for who looks at it while the study runs."""
        return self._ledger.leaders

    def _repr_html_(self) -> str:
        return study_table(self.objectives.directions, self.trials, self.front())

    def frame(self) -> Any:
        """Return the trials, a row each: a `pandas.DataFrame`; a mapping of columns where pandas is not installed."""
        return frame(self.trials)

    def front(self) -> Front:
        """Return the feasible trials that no other dominates, by number, each description once."""
        return Front(self._ledger.front())

    @property
    def best(self) -> Trial | None:
        """The best feasible trial, the earliest of equals; None before there is one.

        Raises:
            FgspaceError: there are several objectives, and so a front but no best.
        """
        return best(self.objectives, self.front())

    def ask(self) -> Trial:
        """Return a trial to evaluate and tell; points without need of evaluation are recorded and told on the way.

        Raises:
            Exhausted: the algorithm has no further point.
            Awaited: the study is deterministic, and a trial must be told first.
            FgspaceError: 10,000 points in a row break a constraint, or the costs of 100 in a row cannot be computed.
        """
        if self._again:
            return self._again.popleft()
        failed = 0
        for _ in range(_IN_VAIN):
            if self._look_back is not None:
                self._look_back.before(self._ledger.count)
            trial = self._judged(self._proposed(self._ledger.count))
            self._ledger.add(trial)
            failed = failed + 1 if trial.state == "failed" else 0
            if trial.state != "running":
                self._tell(trial)
                if failed == _FAILED:
                    raise FgspaceError(
                        f"the costs of {_FAILED} points in a row cannot be computed, the last one: {trial.error};"
                        " mend the space, or drop the constraints on costs"
                    )
            elif trial.duplicate_of is None:
                if self._checks is not None:
                    self._checks.add(trial)
                return trial
        if trial.state == "infeasible":
            raise FgspaceError(f"{_IN_VAIN} points in a row break a constraint, the last one: {trial.error}; loosen it")
        raise Exhausted

    def check(self, trial: Trial) -> Check:
        """Return the check of a running trial: a function of its reports so far that decides whether to stop it.

        Raises:
            FgspaceError: the study has no `early_stopping`, or the trial is not running.
        """
        if self._checks is None:
            raise FgspaceError("this study stops no trials; make it with early_stopping={'type': ...}")
        return self._checks.of(_a_trial(trial))

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
        """Record the outcome of a running trial, its metrics or why it failed, and return the finished trial.

        A trial also fails where its metrics are no mapping of numbers, or one that an objective or constraint names is
        not finite. `stopped` says why a trial was stopped early: its metrics are then those of its last report. `curve`
        holds all its reports.

        Raises:
            FgspaceError: the trial is not running, or an objective or constraint is not among the metrics.
        """
        running = self._ledger.running.get(_a_trial(trial).number)
        if running is None:
            raise FgspaceError(f"trial {trial.number} is not running: it was told before, or never asked for")
        if (metrics is None) == (failed is None):
            raise FgspaceError(f"tell trial {trial.number} either its metrics or failed='why'")
        reports = plain_curve(curve) if curve else ()
        if reports:
            self._judge.check_curve(running, reports)
        if seconds is not None:
            seconds = number("seconds", seconds)
        if failed is not None:
            finished = failure(running, text("failed", failed), seconds)
        else:
            why = None if stopped is None else text("stopped", stopped)
            finished = self._judge.after(running, metrics, seconds, why)
        return self._finish(replace(finished, curve=reports) if reports else finished)

    def run(
        self,
        evaluate: Evaluate,
        trials: int,
        executor: Executor | None = None,
        on_trial: Callable[[Trial], None] | None = None,
        *,
        warn: bool = True,
        observers: Sequence[Observer] | Observers = (),
        progress: Path | None = None,
        measurements: Mapping[str, Measurement] = MappingProxyType({}),
    ) -> None:
        """Go on until the study has this number of evaluated trials, or the algorithm has no further point.

        Args:
            evaluate: turns the description of a point into metrics. An exception, `sys.exit`, or a result that is not
                metrics fails the trial only. Where it has an attribute `metrics`, the names of its metrics, the
                objectives are checked against them first.
            trials: the number of evaluated trials that the study has in the end, the present ones included.
            executor: where trials run, at most its `workers` at a time; in this process where left out.
            on_trial: called with every finished trial, in the order of telling.
            warn: warn, by a `NothingFeasibleWarning` with the most frequent reason, where no trial is feasible.
            observers: told that the study begins, of every trial as it begins, reports and ends, and that the study
                ends; of `Observers`, the caller tells them of the study itself.
            progress: a folder in which every trial that runs keeps a file that says what it is at.
            measurements: name → what is measured of every trial, before it is evaluated and while no other runs.

        Raises:
            FgspaceError: an objective or constraint is not among the metrics, or the store or executor cannot go on.
        """
        check_evaluate(evaluate)
        trials = whole_number("trials", trials, 0)
        check_executor(executor)
        if not (on_trial is None or callable(on_trial)):
            raise FgspaceError(f"on_trial: expected a function of a trial, got {brief(on_trial)}")
        if metrics := getattr(evaluate, "metrics", None):
            self._judge.check_names((*metrics, *metric_names(measurements)))
        if self.early_stopping is not None and not takes(evaluate, "report"):
            raise FgspaceError("early stopping needs an evaluator that reports: its call takes a keyword 'report'")
        self._on_trial = on_trial or _ignore
        self._observers = observers if isinstance(observers, Observers) else Observers(observers)
        reports = self._observers.want_reports and takes(evaluate, "report")
        called = evaluate if self.early_stopping is None and not reports else Reporting(evaluate)
        if self._observers is not observers:
            self._observers.tell("study_began", self.facts(trials))
        try:
            loop = Loop(self, called, executor or SerialExecutor(), self._observers, progress, measurements)
            loop.run(trials)
        finally:
            if self._observers is not observers:
                self._observers.tell("study_ended", self.front(), None)
            self._on_trial, self._observers = _ignore, Observers()
        if warn and (why := self.nothing_feasible()):
            warnings.warn(why, NothingFeasibleWarning, stacklevel=2)

    def facts(self, trials: int) -> StudyFacts:
        """Return what observers are told of the study, which is to have this number of evaluated trials."""
        store, known = self._ledger.store, self.identity
        folder = None if isinstance(store, MemoryStore) else store.path.absolute().parent
        return StudyFacts(
            name="study" if folder is None else folder.name,
            folder=folder,
            trials=trials,
            told=self._ledger.count - len(self._ledger.running),
            algorithm=known.algorithm,
            objectives=known.objectives,
            constraints=known.constraints,
            seed=known.seed,
            options=known.options,
            evaluator=known.evaluator,
            origins=known.origins,
            space=known.digest,
        )

    def nothing_feasible(self) -> str | None:
        """Return why no trial is feasible, with the most frequent reason; None where one is, or none is finished."""
        return None if self.leading else nothing_feasible(self.trials, self.objectives)

    def measured(self, trial: Trial, samples: Mapping[str, Sample]) -> Trial:
        """Take in what was measured of a running trial, before it is evaluated, and return it with its metrics."""
        self._drift.learn(self.trials, samples)
        found = replace(trial, metrics={**trial.metrics, **self._drift.metrics(samples)})
        self._ledger.running[trial.number] = found
        if self._checks is not None:
            self._checks.add(found)
        return found

    def put_back(self, trials: Sequence[Trial]) -> None:
        """Have `ask` return these trials again, in this order and before others; those that were told are left out."""
        self._again.extendleft(trial for trial in reversed(trials) if trial.number in self._ledger.running)

    def keep_held_out(self, trial: Trial, metrics: Mapping[str, float]) -> None:
        """Record the metrics of a trial on held-out data, which the algorithm is not told."""
        self._ledger.store.keep_held_out(trial.number, plain_metrics(metrics))

    def held_out(self, number: int) -> Metrics | None:
        """Return the metrics of a trial on held-out data, None where they were not measured."""
        return self._ledger.store.held_out(number)

    def close(self) -> None:
        """Close the store: until then, no other process may write it."""
        self._ledger.store.close()

    def _proposed(self, number: int) -> Trial:
        if number < len(self.identity.initial_points):
            point = dict(self.identity.initial_points[number])
            self.algorithm.expect(number, point)
            return Trial(number, point, lineage={"operator": GIVEN, "parents": []})
        return Trial(number, self.algorithm.ask(), lineage=self.algorithm.lineage)

    def _judged(self, trial: Trial) -> Trial:
        earlier = self._ledger.earlier(trial, self.algorithm.identity(trial.point))
        if earlier is None or self._space.key(earlier.point) != self._space.key(trial.point):
            return self._judge.before(trial)
        return copied(trial, earlier)

    def _finish(self, trial: Trial) -> Trial:
        if self._checks is not None:
            self._checks.drop(trial)
        copies = self._ledger.finish(trial)
        self._tell(trial)
        for copy in copies:
            self._finish(copied(copy, trial))
        return trial

    def _tell(self, trial: Trial) -> None:
        if self._look_back is None:
            self._learn(trial)
        self._on_trial(trial)
        self._observers.tell("trial_ended", trial)

    def _learn(self, trial: Trial) -> None:
        """Tell the algorithm, and the rule of early stopping, of a finished trial."""
        self.algorithm.tell(trial)
        if self._checks is not None:
            self._checks.learn(trial)

    def _replay(self) -> None:
        """Tell the algorithm the trials of the store again, and prepare to run those again that were running."""
        for trial in self._ledger.store.told():
            self._ledger.earlier(trial, self.algorithm.identity(trial.point))
            self._ledger.note(trial)
            if self._look_back is None:
                self._learn(trial)
        left = list(self._ledger.left_running())
        for trial in left if self.identity.deterministic is None else self.trials:
            self._expect(trial)
        for trial in left:
            self._ledger.earlier(trial, self.algorithm.identity(trial.point))
            if trial.duplicate_of is None:
                self._again.append(trial)
            elif trial.duplicate_of not in self._ledger.running:
                self._finish(copied(trial, self.trials[trial.duplicate_of]))

    def _expect(self, trial: Trial) -> None:
        """Tell the algorithm, and the rule of early stopping, that a trial was asked for."""
        if self._look_back is not None:
            self._look_back.before(trial.number)
        self.algorithm.expect(trial.number, trial.point)
        if self._checks is not None and trial.state == "running" and trial.duplicate_of is None:
            self._checks.add(trial)


_ARGUMENTS = [name for name in inspect.signature(Study).parameters if name != "options"]


def _a_trial(given: Any) -> Trial:
    if not isinstance(given, Trial):
        raise FgspaceError(f"expected a trial, as study.ask() returns it; got {brief(given)}")
    return given


def _ignore(trial: Trial) -> None:
    """Do nothing with a finished trial."""


def _remade(arguments: Mapping[str, Any], store: MemoryStore) -> Study:
    study = Study(**arguments)
    study._go_on(store)
    return study


def _reopened(arguments: Mapping[str, Any], place: os.PathLike[str]) -> Study:
    return Study(**arguments, store=place)
