"""The conformance suite of observers."""

import copy
from collections.abc import Callable, Mapping
from contextlib import chdir, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import fgspace
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Type
from fgspace.study.observers.observer import Observer, StudyFacts
from fgspace.study.trial import Report, Trial
from fgspace.testing.kit.examples import Example

_POINT: Mapping[str, Any] = {
    "depth": 3,
    "width.ü": [1, 0],
    "rate": 0.1,
    "head": "Linear",
    "bias": True,
    "gone": None,
}

_STATES = ("complete", "failed", "stopped", "infeasible")


class ObserverSuite:
    """What every observer must do: subclass it in a test module, with `make` as a method.

    Attributes:
        make: returns the observer, made anew.
    """

    make: Callable[[], Observer]
    promises: ClassVar[int] = 5

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.make = partial(found.load(), **example.options)
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no more than a folder."""
        raise NotImplementedError(name)

    def test_it_takes_a_study_from_its_beginning_to_its_end(self, tmp_path: Path) -> None:
        """Trials of every state, with reports of some of them."""
        _whole(self._made(), _facts(tmp_path))

    def test_it_takes_a_study_that_goes_on(self, tmp_path: Path) -> None:
        """A resumed study begins again in the same folder, with the trials that it had."""
        _whole(self._made(), _facts(tmp_path))
        _whole(self._made(), _facts(tmp_path, told=6), first=6)

    def test_it_takes_a_study_that_ends_at_once(self, tmp_path: Path) -> None:
        """Nothing is proposed, and nothing is on the front."""
        observer = self._made()
        observer.study_began(_facts(tmp_path))
        observer.study_ended([], None)

    def test_it_takes_a_study_in_memory(self, tmp_path: Path) -> None:
        """Such a study has no folder: it takes the present one, or says in an `FgspaceError` what it needs."""
        with chdir(tmp_path), suppress(FgspaceError):
            _whole(self._made(), _facts(None))

    def test_it_leaves_what_it_is_told_as_it_is(self, tmp_path: Path) -> None:
        """Points and metrics are those of the study itself."""
        observer, trial = self._made(), Trial(0, dict(_POINT), "complete", {"loss": 1.0}, None, 2.0)
        before = copy.deepcopy(trial)
        observer.study_began(_facts(tmp_path))
        observer.trial_began(trial)
        observer.reported(trial, Report(1, trial.metrics))
        observer.trial_ended(trial)
        observer.study_ended([trial], None)
        assert trial == before

    def test_a_search_with_it_finds_what_one_without_it_finds(self, tmp_path: Path) -> None:
        """It draws no random numbers of others, and no exception leaves it."""
        space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 30]}}})
        watched, alone = (fgspace.Study(space, "RandomSearch", {"loss": "min"}, store=tmp_path / name) for name in "ab")
        watched.run(_reporting, 8, observers=[self._made()])
        alone.run(_reporting, 8)
        assert [trial.point for trial in watched.trials] == [trial.point for trial in alone.trials]
        watched.close()
        alone.close()

    def _made(self) -> Observer:
        return self.make()


def _whole(observer: Observer, facts: StudyFacts, first: int = 0) -> None:
    """Tell an observer of a study with trials of every state."""
    observer.study_began(facts)
    done = [_outcome(first + index, state) for index, state in enumerate(_STATES)]
    for trial in done:
        if trial.state != "infeasible":
            observer.trial_began(Trial(trial.number, trial.point))
        if trial.state in ("complete", "stopped"):
            for epoch in (1, 2):
                observer.reported(Trial(trial.number, trial.point), _report(epoch))
        observer.trial_ended(trial)
    observer.trial_began(Trial(first + 4, {"depth": 1}))  # is interrupted, and never ends
    copied = Trial(first + 5, dict(_POINT), "complete", {"loss": 1.0, "größe": 3.0}, duplicate_of=first)
    observer.trial_ended(copied)
    observer.study_ended([done[0]], facts.folder)


def _outcome(number: int, state: Any) -> Trial:
    why = None if state == "complete" else "ValueError: no\nreason"
    metrics = {} if state == "failed" else {"loss": 1.0, "größe": 3.0, "odd": float("inf")}
    return Trial(number, dict(_POINT), state, metrics, why, 1.5, lineage={"operator": "mutate", "parents": [0]})


def _report(epoch: int) -> Report:
    return Report(epoch, {"loss": 1 / epoch, "odd": float("nan")})


def _facts(folder: Path | None, told: int = 0) -> StudyFacts:
    objectives: dict[str, Any] = {"loss": "min", "größe": "max"}
    evaluator = {"type": "acme/Train", "epochs": 3, "dataset": {"type": "acme/Cats"}}
    name = "study" if folder is None else folder.name
    return StudyFacts(name, folder, 8, told, "RandomSearch", objectives, {}, 0, {"n": 3}, evaluator)


def _reporting(description: Any, report: Any = None) -> dict[str, float]:
    for epoch in (1, 2):
        if report is not None:
            report(epoch, {"loss": description["a"] / epoch}, of=2)
    return {"loss": float(description["a"])}
