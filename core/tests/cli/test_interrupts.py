"""Ctrl-C and SIGTERM as a terminal and a batch system send them: to the search and to all of its processes."""

import csv
import os
import signal
import subprocess
import sys

import pytest

WAITING = '''
"""An evaluator that waits for a minute at one place, and says in a file that it has come there."""

import os
import time
from pathlib import Path

import fgspace


def wait(place):
    if os.environ.get("WAIT_AT") == place:
        with Path("waits").open("a") as file:
            file.write("waits\\\\n")
        time.sleep(60)


@fgspace.register(kind="evaluator")
class Waits:
    metrics = ("loss",)
    input_shape = None

    def __init__(self, seed: int = 0, folder: Path | None = None):
        self.folder = folder

    def prepare(self):
        wait("prepare")

    def __call__(self, description):
        if description["a"] > 3:
            wait("call")
        self.folder.mkdir(exist_ok=True)
        from fgspace.documents.digest import digest
        (self.folder / f"{digest(description)}.pt").write_text("weights")
        return {"loss": description["a"]}

    def test(self, description):
        wait("test")
        return {"test_loss": 1.0}
'''.replace("\\\\", "\\")
FILE = """\
search_space: {type: FineGrainedSpace, hyper_parameters: {a: {int: [0, 9]}}}
search_algorithm: {type: GridSearch}
evaluator: {type: Waits}
objectives: {loss: min}
budget: {trials: 10}
"""
AT_ONCE = "stopped at once; finished trials are kept, continue with --resume\n"
STOPPING, KEPT = "stopping; once more to stop at once\n", "stopped; finished trials are kept\n"


@pytest.fixture
def waiting(folder, environment):
    """Return a function that starts the search in its own process group, and waits until a place is reached."""
    (folder / "waiting.py").write_text(WAITING)
    (folder / "waiting.yaml").write_text(FILE)

    def start(*arguments, place, times=1):
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "fgspace",
                "search",
                "waiting.yaml",
                "--out",
                "out",
                "-p",
                "./waiting.py",
                *arguments,
            ],
            cwd=folder,
            env=environment | {"WAIT_AT": place},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not (folder / "waits").exists() or len((folder / "waits").read_text().split()) < times:
            assert process.poll() is None
        return process

    return start


def gone(group):
    """Wait until a process group is empty."""
    try:
        while True:
            os.killpg(group, 0)
    except ProcessLookupError:
        return True


def resumed(fgspace, folder):
    """Resume the search, check that it ends properly, and return its trials."""
    done = fgspace("search", "waiting.yaml", "--out", "out", "--resume", "-p", "./waiting.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (folder / "out" / "front" / "0").iterdir()) == [
        "description.yaml",
        "metrics.json",
        "weights.pt",
    ]
    with (folder / "out" / "trials.csv").open(newline="") as file:
        return [(row["a"], row["state"], row["error"]) for row in csv.DictReader(file)]


COMPLETE = [(str(a), "complete", "") for a in range(10)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_ends_the_search_and_prints_the_front(waiting, fgspace, folder, number, workers):
    process = waiting("--workers", str(workers), place="call", times=workers)
    os.killpg(process.pid, number)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, STOPPING + KEPT)
    assert "\nfront: 1 of " in output
    assert output.splitlines()[-1] == (
        f"go on: fgspace search waiting.yaml --out out --resume --workers {workers} -p ./waiting.py"
    )
    assert gone(process.pid)
    assert resumed(fgspace, folder) == COMPLETE


def test_the_second_stops_at_once(waiting, fgspace, folder):
    process = waiting("--workers", "2", "--trials", "4", "--test", place="test")
    os.killpg(process.pid, signal.SIGINT)
    assert process.stderr.readline() == STOPPING
    os.killpg(process.pid, signal.SIGTERM)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, AT_ONCE)
    assert "front: " not in output
    assert gone(process.pid)
    assert not list((folder / "out").glob("front/*"))
    assert resumed(fgspace, folder) == COMPLETE


def test_the_second_stops_trials_that_run_at_once(waiting, fgspace, folder):
    process = waiting("--workers", "2", place="call", times=2)
    os.kill(process.pid, signal.SIGINT)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors in (STOPPING + KEPT, STOPPING + AT_ONCE)
    assert gone(process.pid)
    assert resumed(fgspace, folder) == COMPLETE


def test_before_there_is_a_study_there_is_nothing_to_keep(waiting, folder):
    process = waiting(place="prepare")
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60) == ("", STOPPING)
    assert process.returncode == 130
    assert not (folder / "out").exists()
