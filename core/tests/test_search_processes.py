"""Worker processes that die, hang, or return what cannot be read."""

import math
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from fgspace import FgspaceError
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.executors.executor import ExecutorError
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.study.study import Study

sys.path.insert(0, str(Path(__file__).parent))
programs = import_module("search_programs")


UNGUARDED = """
from fgspace.api import space
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.study.study import Study

def evaluate(description):
    return {"loss": 1}

numbers = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 9]}}})
with ProcessExecutor(1) as executor:
    Study(numbers, "RandomSearch", {"loss": "min"}).run(evaluate, 2, executor)
"""


THREADS = """
import torch
from fgspace.study.executors.processes import ProcessExecutor

def threads():
    return torch.get_num_threads()

if __name__ == "__main__":
    with ProcessExecutor(1, threads=3) as executor:
        print(executor.submit(threads).result())
"""


def numbers(most):
    return space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, most]}}})


def test_a_worker_that_dies_hangs_or_raises_costs_its_trial_and_is_replaced():
    study = Study(numbers(13), GridSearch, {"loss": "min"})
    with ProcessExecutor(1, seconds=5) as executor:
        study.run(programs.die, trials=14, executor=executor)
    assert [trial.error for trial in study.trials] == [
        "the worker process died: exit code 3",
        "the worker process died: signal 11 (Segmentation fault)",
        "took longer than 5 seconds",
        "KeyError: 'gone'",
        "SystemExit: 5",
        "AttributeError: Can't pickle local object 'die.<locals>.<lambda>'",
        "the worker process died: signal 9 (Killed), as the system does where memory runs out",
        "Unsayable, whose message cannot be shown",
        "ValueError: invalid literal for int() with base 10: 'not a number'",
        "MemoryError: ",
        *[None] * 4,
    ]
    assert study.evaluated == 14
    assert [trial.metrics["loss"] for trial in study.trials[10:]] == [10, 11, 12, 13]
    assert os.getpid() not in {trial.metrics["pid"] for trial in study.trials[10:]}


@pytest.mark.soak
def test_two_workers_share_the_work_and_the_threads_and_one_death_leaves_the_other():
    study = Study(numbers(40), GridSearch, {"loss": "min"})
    with ProcessExecutor(2, seconds=5) as executor:
        study.run(programs.die, trials=41, executor=executor)
    complete = [trial for trial in study.trials if trial.state == "complete"]
    assert len(complete) == 31
    assert {trial.metrics["threads"] for trial in complete} == {max(1, len(os.sched_getaffinity(0)) // 2)}


def test_a_script_that_imported_torch_before_its_workers_has_its_threads_divided_too(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(THREADS)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=240, check=False)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_what_a_function_loads_is_loaded_once_a_worker(tmp_path):
    study = Study(numbers(11), GridSearch, {"loss": "min"})
    with ProcessExecutor(2) as executor:
        study.run(programs.Loads(tmp_path / "log"), trials=12, executor=executor)
    loaded = (tmp_path / "log").read_text().split()
    assert len(loaded) == 2
    assert set(map(int, loaded)) == {trial.metrics["pid"] for trial in study.trials}


def test_what_is_loaded_does_not_count_as_the_time_of_a_trial():
    with ProcessExecutor(1, seconds=2) as executor:
        assert executor.submit(programs.LoadsLong(2.1), {"a": 1}).result(60) == {"loss": 1}


def test_a_function_that_a_worker_cannot_load_costs_its_calls():
    with ProcessExecutor(1) as executor:
        for _ in range(2):
            error = executor.submit(programs.LoadsLong(None), {"a": 1}).exception(60)
            assert str(error) == "TypeError: 'NoneType' object cannot be interpreted as an integer"
        assert executor.submit(len, "four").result(60) == 4


def test_workers_take_no_notice_of_ctrl_c_and_sigterm_but_what_they_start_does(tmp_path):
    with ProcessExecutor(1) as executor:
        running = executor.submit(programs.signal_itself_and_a_child, tmp_path)
        assert running.result(60) == [-signal.SIGTERM, -signal.SIGTERM]


def test_an_argument_that_a_worker_cannot_read_costs_its_call():
    with ProcessExecutor(1) as executor:
        error = executor.submit(print, programs.Unreadable()).exception(60)
        assert str(error) == "ValueError: invalid literal for int() with base 10: 'not a number'"
        assert executor.submit(len, "four").result(60) == 4


def test_a_function_that_cannot_be_sent_ends_the_study_and_its_trial_is_kept():
    study = Study(numbers(3), GridSearch, {"loss": "min"})
    with ProcessExecutor(1) as executor, pytest.raises(ExecutorError) as error:
        study.run(lambda description: {"loss": 1}, trials=2, executor=executor)
    assert str(error.value).startswith("cannot send <function ")
    assert str(error.value).endswith("; define it at the top level of a module")
    study.run(lambda description: {"loss": 1}, trials=2)
    assert [trial.number for trial in study.trials] == [0, 1]


def test_leaving_the_context_ends_what_still_runs():
    with ProcessExecutor(1) as executor:
        assert executor.submit(len, "four").result(60) == 4
        hanging = executor.submit(programs.die, {"a": 2})
        waiting = executor.submit(programs.die, {"a": 7})
        while not hanging.running():
            pass
    assert str(hanging.exception(0)) == (
        "the worker process died: signal 9 (Killed), as the system does where memory runs out"
    )
    assert waiting.cancelled()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"workers": 1, "threads": 0}, "threads must be at least 1, got 0"),
        ({"workers": 1, "seconds": 0}, "seconds must be above 0 and at most 1,000,000, got 0"),
        ({"workers": 1, "seconds": math.inf}, "seconds must be above 0 and at most 1,000,000, got inf"),
        ({"workers": 1, "seconds": math.nan}, "seconds must be above 0 and at most 1,000,000, got nan"),
    ],
)
def test_an_executor_that_cannot_be_is_refused(options, message):
    with pytest.raises(FgspaceError) as error:
        ProcessExecutor(**options)
    assert str(error.value) == message


def test_a_script_without_a_guard_is_told_to_have_one(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr.splitlines()[-1] == (
        "fgspace.study.executors.executor.ExecutorError: a worker process could not start: exit code 1;"
        " in a script, start the search under if __name__ == '__main__':"
    )


def test_an_executor_of_the_library_serves_too():
    study = Study(numbers(9), GridSearch, {"loss": "min"})
    with ThreadPoolExecutor(2) as executor:
        study.run(lambda description: {"loss": description["a"]}, trials=10, executor=executor)
    assert study.best.point == {"a": 0}
    assert study.evaluated == 10
