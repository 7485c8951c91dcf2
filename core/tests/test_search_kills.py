"""Searches that are killed at 53 random moments or more, and end like one that was never killed."""

import csv
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from fgspace.study.study import Study

PROGRAM = Path(__file__).with_name("search_nursery.py")
KILLS_WHILE_RUNNING, KILLS_WHILE_FINISHING = 45, 8


class Nursery:
    """The process that starts searches."""

    def __init__(self):
        # Read byte by byte, so that the rest stays in the pipe and can be waited for.
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )

    def start(self, folder):
        """Start the search of a folder, and return its process id."""
        folder.mkdir(exist_ok=True)
        self._process.stdin.write(f"{folder}\n".encode())
        return int(self._process.stdout.readline())

    def ends_within(self, seconds):
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def status(self):
        return int(self._process.stdout.readline())

    def close(self):
        self._process.communicate(timeout=60)


@pytest.fixture
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


def outline(trials):
    return [[trial.number, trial.point, trial.state, trial.metrics, trial.error] for trial in trials]


def noted(folder):
    """Return the logged trials of the search, and the number of times it began to write its results."""
    log = folder / "log"
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    told = [entry for entry in entries if entry != "finishing"]
    return told, len(entries) - len(told)


def table(folder):
    with (folder / "trials.csv").open(newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


def files(folder):
    """Return the content of every file of a finished search, except the tables and the store."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.glob("front/*/*")}


def kill(nursery, folder, rng, whole, finishing):
    """Run the search of a folder, kill it at a random moment; return its exit status, and whether it was finishing."""
    told, before = noted(folder)
    child = nursery.start(folder)
    while finishing and not nursery.ends_within(0.005) and noted(folder)[1] == before:
        pass
    longest = whole["finishing"] if finishing else whole["running"] * (1 - len(told) / len(whole["trials"]) / 2) / 2
    if not nursery.ends_within(rng.uniform(0, longest)):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return nursery.status(), noted(folder)[1] > before


def check(folder, whole):
    """Check the files of a killed search: the store opens, holds every finished trial, and every output is complete."""
    told, _ = noted(folder)
    assert len({entry[0] for entry in told}) == len(told)
    out = folder / "out"
    if not (out / "study.db").exists():
        assert not told
        return
    study = Study.open(out)
    trials = outline(study.trials)
    study.close()
    assert [number for number, *_ in trials] == list(range(len(trials)))
    assert [point for _, point, *_ in trials] == [point for _, point, *_ in whole["trials"][: len(trials)]]
    assert all(trials[entry[0]] == entry for entry in told)
    assert sum(trial[2] == "running" for trial in trials) <= 1
    front = {file: content for file, content in files(out).items() if not Path(file).parent.name.startswith(".")}
    members = {Path(file).parent for file in front}
    assert front == {file: content for file, content in whole["files"].items() if Path(file).parent in members}
    for row in table(out) if (out / "trials.csv").exists() else ():
        assert row == whole["table"][int(row["number"])]


@pytest.mark.soak
def test_a_search_killed_at_random_moments_loses_nothing_and_goes_on_as_if_it_had_not_been(nursery, tmp_path):
    rng, start = Random(0), time.perf_counter()
    reference = tmp_path / "whole"
    nursery.start(reference)
    while not noted(reference)[1]:
        assert not nursery.ends_within(0.005)
    running = time.perf_counter() - start
    assert nursery.status() == 0
    whole = {
        "running": running,
        "finishing": time.perf_counter() - start - running,
        "trials": outline(Study.open(reference / "out").trials),
        "table": table(reference / "out"),
        "files": files(reference / "out"),
    }
    assert len(whole["trials"]) >= 60
    assert len(whole["files"]) >= 3 * 5
    while_running = while_finishing = studies = 0
    while while_running < KILLS_WHILE_RUNNING or while_finishing < KILLS_WHILE_FINISHING:
        folder, status = tmp_path / str(studies), -signal.SIGKILL
        while status != 0:
            status, finishing = kill(nursery, folder, rng, whole, finishing=rng.random() < 0.2)
            assert status in (0, -signal.SIGKILL)
            while_running += status != 0 and not finishing
            while_finishing += status != 0 and finishing
            check(folder, whole)
        studies += 1
        assert outline(Study.open(folder / "out").trials) == whole["trials"]
        assert table(folder / "out") == whole["table"]
        assert files(folder / "out") == whole["files"]
        assert sorted(path.name for path in (folder / "out").iterdir()) == [
            "experiment.yaml",
            "front",
            "machines.json",
            "pareto_front.csv",
            "study.db",
            "trials.csv",
        ]
