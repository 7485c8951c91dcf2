"""Worker processes: what they start ends with them, and a machine that cannot start one fails no trial."""

import errno
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from multiprocessing import popen_spawn_posix
from pathlib import Path

import pytest
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.executors.executor import ExecutorError
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.study.study import Study

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
programs = import_module("search_programs")


def wait_until_gone(process):
    """Wait until a process has ended; a zombie has."""
    status = Path(f"/proc/{process}/stat")
    while True:
        try:
            if status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except OSError:
            return


@pytest.mark.parametrize(
    ("a", "error"), [(0, "took longer than 3 seconds"), (1, "the worker process died: exit code 3"), (2, None)]
)
def test_processes_that_a_trial_started_end_with_its_worker(tmp_path, a, error):
    log = tmp_path / "log"
    with ProcessExecutor(1, seconds=3) as executor:
        found = executor.submit(programs.start_another, {"log": log, "a": a}).exception(60)
        assert (str(found) if found else None) == error
        if error:  # while the executor still runs
            wait_until_gone(int(log.read_text()))
    wait_until_gone(int(log.read_text()))


@pytest.mark.parametrize("a", [0, 2])
def test_processes_that_a_trial_started_end_when_the_search_is_killed(tmp_path, a):
    log = tmp_path / "log"
    program = f"from search_programs import *; main_starting_others({str(log)!r}, {a})"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=TESTS)
    while not log.exists() or not log.read_text().endswith("\n"):
        assert process.poll() is None
    process.kill()
    assert process.wait() == -signal.SIGKILL
    wait_until_gone(int(log.read_text()))


FAR = ("session", "daemon", "daemon that runs a program")
LINUX = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux tells what a process is marked with")


@LINUX
@pytest.mark.parametrize("how", FAR)
@pytest.mark.parametrize(
    ("a", "error"), [(0, "took longer than 3 seconds"), (1, "the worker process died: exit code 3"), (2, None)]
)
def test_processes_that_left_the_group_of_the_worker_end_with_it(tmp_path, how, a, error):
    log = tmp_path / "log"
    with ProcessExecutor(1, seconds=3) as executor:
        found = executor.submit(programs.start_far_away, {"log": log, "a": a, "how": how}).exception(60)
        assert (str(found) if found else None) == error
        if error:  # while the executor still runs
            wait_until_gone(int(log.read_text()))
    wait_until_gone(int(log.read_text()))


@LINUX
@pytest.mark.parametrize("how", FAR)
@pytest.mark.parametrize("a", [0, 2, 3])
@pytest.mark.soak
def test_processes_that_left_the_group_of_the_worker_end_when_the_search_is_killed(tmp_path, how, a):
    log = tmp_path / "log"
    program = f"from search_programs import *; main_starting_others({str(log)!r}, {a}, {how!r})"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=TESTS)
    while not log.exists() or not log.read_text().endswith("\n"):
        assert process.poll() is None
    process.kill()
    assert process.wait() == -signal.SIGKILL
    wait_until_gone(int(log.read_text()))


@LINUX
def test_an_executor_leaves_no_process_or_descriptor_behind_not_even_its_watcher():
    with ProcessExecutor(1) as executor:  # the resource tracker stays
        executor.submit(abs, 1).result(60)
    before = len(os.listdir("/proc/self/fd"))
    with ProcessExecutor(2) as executor:
        assert executor.submit(os.getenv, "FGSPACE_WORKER").result(60)
        watcher = executor._watcher._process
    assert watcher.poll() == 0
    assert len(os.listdir("/proc/self/fd")) == before
    assert "FGSPACE_WORKER" not in os.environ


@LINUX
def test_what_others_have_started_is_left_alone():
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    with ProcessExecutor(1, seconds=0.5) as executor:
        assert str(executor.submit(time.sleep, 60).exception(60)) == "took longer than 0.5 seconds"
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.mark.parametrize("target", ["full", "closed"])
def test_what_a_trial_prints_does_not_fail_it_where_it_cannot_be_written(tmp_path, target):
    log = tmp_path / "log"
    program = f"from search_programs import *; main_printing_much({str(log)!r})"
    reader, writer = os.pipe()
    os.close(reader)
    out = writer if target == "closed" else os.open("/dev/full", os.O_WRONLY)
    subprocess.run([sys.executable, "-c", program], cwd=TESTS, stdout=out, stderr=out, timeout=120, check=False)
    assert log.read_text() == "[0, 1, 2, 3]"


def test_a_worker_leads_a_group_of_its_own():
    with ProcessExecutor(1) as executor:
        worker = executor.submit(os.getpid).result(60)
        assert executor.submit(os.getpgrp).result(60) == worker
        assert os.getpgrp() != worker


def numbers(most):
    return space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, most]}}})


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EMFILE, errno.ENOMEM])
def test_a_start_that_fails_once_is_tried_again_and_fails_no_trial(monkeypatch, number):
    start, failures = popen_spawn_posix.util.spawnv_passfds, [number, number]

    def failing(*arguments):
        if failures:
            raise OSError(failures.pop(), "no more")
        return start(*arguments)

    monkeypatch.setattr(popen_spawn_posix.util, "spawnv_passfds", failing)
    study = Study(numbers(3), GridSearch, {"loss": "min"})
    with ProcessExecutor(1) as executor:
        study.run(programs.loss_of_a, 4, executor)
    assert [trial.error for trial in study.trials] == [None] * 4
    assert not failures


def test_starts_that_always_fail_end_the_study_and_no_trial(monkeypatch):
    def failing(*arguments):
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    study = Study(numbers(3), GridSearch, {"loss": "min"})
    monkeypatch.setattr(popen_spawn_posix.util, "spawnv_passfds", failing)
    with ProcessExecutor(2) as executor, pytest.raises(ExecutorError) as error:
        study.run(programs.loss_of_a, 4, executor)
    assert str(error.value) == (
        "a worker process could not start: Resource temporarily unavailable; use fewer --workers or free memory,"
        " and resume"
    )
    assert {trial.state for trial in study.trials} == {"running"}
    study.run(programs.loss_of_a, 4)
    assert [trial.state for trial in study.trials] == ["complete"] * 4


@pytest.mark.parametrize(
    ("seconds", "came"),
    [
        (0.2, "4"),
        (
            60,
            "ExecutorError: a worker process could not start: Too many open files; use fewer --workers or free memory,"
            " and resume",
        ),
    ],
)
def test_a_process_without_file_descriptors_fails_no_call_and_does_not_hang(tmp_path, seconds, came):
    program = f"from search_programs import *; without_descriptors(Path({str(tmp_path / 'log')!r}), {seconds})"
    subprocess.run([sys.executable, "-c", program], cwd=TESTS, timeout=120, check=True)
    assert (tmp_path / "log").read_text() == came
