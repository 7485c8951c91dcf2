"""The conformance suites of executors: one for all, and one for those with worker processes."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from fgspace.api import space
from fgspace.plugins.registry import Type
from fgspace.signatures.calls import takes
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.executors.executor import Executor, ExecutorError
from fgspace.study.failure import words
from fgspace.study.study import Study
from fgspace.testing.kit.examples import Example

_PATIENCE = 120
"""Seconds to wait for an event before the test fails."""


class ExecutorSuite:
    """What every executor must do: subclass it in a test module, with `make`."""

    promises: ClassVar[int] = 3

    @classmethod
    def of(cls, found: Type, example: Example) -> "ExecutorSuite":
        """Return the suite of a type, tried as an example has it; one that takes `workers` has worker processes."""
        make, workers = found.load(), takes(found.load(), "workers")
        suite = WorkersSuite() if workers else cls()
        suite.__dict__["make"] = lambda number: make(**{"workers": number} if workers else {}, **example.options)
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no more than their cases."""
        raise NotImplementedError(name)

    def make(self, workers: int) -> Executor:
        """Make the executor, with this number of workers on this machine if it can have several."""
        raise NotImplementedError("make(workers) returns the executor to test")

    def test_a_future_has_the_value_of_its_call(self) -> None:
        """Each future has the value that its own call returns."""
        with self.make(2) as executor:
            futures = [executor.submit(pow, number, 3) for number in range(5)]
            assert [future.result(_PATIENCE) for future in futures] == [0, 1, 8, 27, 64]

    def test_an_exception_of_a_call_is_that_of_its_future_only(self) -> None:
        """A study records its type and its message; other calls are not affected."""
        with self.make(1) as executor:
            error = executor.submit(fail, "gone").exception(_PATIENCE)
            assert error is not None
            assert words(error) == "KeyError: 'gone'"
            assert executor.submit(len, "four").result(_PATIENCE) == 4

    def test_a_study_measures_the_same_as_in_this_process(self) -> None:
        """The record of a trial does not depend on the executor."""
        here, there = _study(), _study()
        here.run(measure, 8)
        with self.make(2) as executor:
            there.run(measure, 8, executor)
        outcomes = [
            sorted((trial.number, trial.state, trial.error, trial.metrics.get("loss")) for trial in study.trials)
            for study in (here, there)
        ]
        assert outcomes[0] == outcomes[1]


class WorkersSuite(ExecutorSuite):
    """What an executor with worker processes must do; `make` makes one with exactly `workers` of them."""

    promises: ClassVar[int] = 10

    def test_it_has_the_number_of_its_workers(self) -> None:
        """`workers` is the number of trials that a study submits at a time."""
        with self.make(2) as executor:
            assert executor.workers == 2

    def test_a_worker_that_dies_costs_its_call_only(self) -> None:
        """The future has the reason as its exception, and the next call runs."""
        with self.make(1) as executor:
            error = executor.submit(os._exit, 3).exception(_PATIENCE)
            assert error is not None
            assert words(error).startswith("the worker process died")
            assert executor.submit(len, "four").result(_PATIENCE) == 4

    def test_as_many_calls_as_workers_run_at_the_same_time(self, tmp_path: Path) -> None:
        """Each of two calls waits until the other has begun."""
        with self.make(2) as executor:
            futures = [executor.submit(meet, tmp_path, mine, other) for mine, other in (("a", "b"), ("b", "a"))]
            pids = {future.result(_PATIENCE) for future in futures}
        assert len(pids) == 2
        assert os.getpid() not in pids

    def test_no_more_calls_than_workers_run_at_the_same_time(self) -> None:
        """The others wait for a worker."""
        with self.make(2) as executor:
            futures = [executor.submit(stamped) for _ in range(6)]
            spans = [future.result(_PATIENCE) for future in futures]
        for start, _ in spans:
            assert sum(begun <= start < ended for begun, ended in spans) <= 2

    def test_a_function_keeps_its_data_while_its_worker_lives(self) -> None:
        """No worker process loads the data twice."""
        with self.make(2) as executor:
            loads = Loads()
            futures = [executor.submit(loads, number) for number in range(8)]
            assert {future.result(_PATIENCE) for future in futures} == {1}

    def test_a_call_that_cannot_be_pickled_is_refused(self) -> None:
        """The error ends the study, since every trial would fail with it."""
        with self.make(1) as executor:
            for call in ((holds_a_lock(),), (len, threading.Lock())):
                with pytest.raises(ExecutorError, match=r"^cannot send "):
                    executor.submit(*call)

    def test_leaving_the_context_ends_running_calls(self, tmp_path: Path) -> None:
        """The process of a running call has ended, and every future is done."""
        with self.make(1) as executor:
            running = executor.submit(hang, tmp_path / "pid")
            waiting = executor.submit(len, "four")
            pid = int(_wait_for(lambda: _text(tmp_path / "pid")))
        assert running.done()
        assert waiting.done()
        _wait_for(lambda: not _alive(pid))


# The functions of the calls; they are at the top of the module so that they can be pickled.


def fail(key: str) -> None:
    """Raise a KeyError."""
    raise KeyError(key)


def measure(description: Mapping[str, Any]) -> dict[str, float]:
    """Return a loss, or raise ValueError for one description."""
    if description["a"] == 3:
        raise ValueError("odd one out")
    return {"loss": (description["a"] - 5) ** 2}


def meet(folder: Path, mine: str, other: str) -> int:
    """Wait for the file of another call in the same folder, and return the id of this process."""
    (folder / mine).touch()
    _wait_for((folder / other).exists)
    return os.getpid()


def stamped() -> tuple[float, float]:
    """Return the start and the end of the call, by a clock that all processes of a machine share."""
    start = time.monotonic()
    time.sleep(0.1)
    return start, time.monotonic()


class Loads:
    """Counts how often this process has loaded its data."""

    loaded = 0

    def __call__(self, number: int) -> int:
        """Load the data at the first call, and return how often they were loaded."""
        if "data" not in vars(self):
            self.data = list(range(number))
            type(self).loaded += 1
        return self.loaded


def holds_a_lock() -> Callable[[], Any]:
    """Return a function that cannot be pickled."""
    lock = threading.Lock()

    def locked() -> bool:
        return lock.locked()

    return locked


def hang(file: Path) -> None:
    """Write the id of this process to a file, and never return."""
    file.with_suffix(".part").write_text(str(os.getpid()))
    file.with_suffix(".part").rename(file)
    threading.Event().wait()


def _study() -> Study:
    numbers = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 7]}}})
    return Study(numbers, GridSearch, {"loss": "min"})


def _wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "the event did not happen in time"
        time.sleep(0.01)
    return value


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
