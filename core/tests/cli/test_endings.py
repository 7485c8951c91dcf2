"""How a search ends: without a reader, without room for its messages, without a feasible trial, with edited results."""

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

MINE = ("-p", "./my_blocks.py")
TRIALS = 12


@pytest.fixture
def shell(folder, environment):
    """Return what runs the search in a shell, with redirections, and returns what came of it."""

    def run(redirected, *arguments):
        command = f"{sys.executable} -m fgspace search hill.yaml --out out -p ./my_blocks.py {' '.join(arguments)}"
        return subprocess.run(
            ["bash", "-c", f"{command} {redirected}"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def states(folder):
    with (folder / "out" / "trials.csv").open(newline="") as file:
        return [row["state"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("redirected", "status", "errors"),
    [
        ("| head -1; exit ${PIPESTATUS[0]}", 0, ""),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("2>/dev/full", 0, ""),
        (">/dev/full", 2, "the output cannot be written: No space left on device; make room\n"),
        (">/dev/full 2>&1", 2, ""),
    ],
)
def test_a_search_that_nobody_reads_goes_on_to_its_end(shell, folder, redirected, status, errors):
    done = shell(redirected)
    assert (done.returncode, done.stderr) == (status, errors)
    assert len([state for state in states(folder) if state in ("complete", "failed")]) >= TRIALS
    assert (folder / "out" / "front").is_dir()


@pytest.mark.parametrize("redirected", [">&- 2>&-", "2>/dev/full"])
def test_an_error_that_nobody_reads_keeps_its_status(shell, redirected):
    assert shell(redirected, "--resume").returncode == 2


def test_no_message_is_printed_into_a_file_of_the_search(shell, folder):
    assert shell("<&- >&- 2>&-").returncode == 0
    for file in (folder / "out").rglob("*"):
        assert file.is_dir() or b"trial    0" not in file.read_bytes()


def test_a_search_whose_every_trial_fails_ends_with_status_3_and_the_most_frequent_reason(fgspace, folder):
    file = folder / "hill.yaml"
    file.write_text(file.read_text().replace("{int: [1, 9]}", "{int: [3, 4]}").replace("mask: {bits: 4}", "mask: [0]"))
    file.write_text(file.read_text().replace("depth: {int: [3, 4]}", "depth: {choice: [3, 4]}"))
    done = fgspace("search", "hill.yaml", "--out", "out", *MINE)
    assert done.returncode == 3
    said = "no trial is feasible: 4 failed of 4; most often (2 times): "
    assert done.stderr in (
        f"{said}{why}\n" for why in ("ValueError: depth 3 does not converge", "MemoryError: no room for depth 4")
    )
    assert "\nfront: none of 4 trials; 4 failed, 0 infeasible\n" in done.stdout
    assert states(folder) == ["failed"] * 4


def test_a_search_without_a_feasible_point_ends_with_status_3(fgspace, folder):
    file = folder / "hill.yaml"
    file.write_text(file.read_text() + "constraints: {size: {max: -1}}\n")
    done = fgspace("search", "hill.yaml", "--out", "out", "--trials", "5", *MINE)
    assert done.returncode == 3
    assert done.stderr.startswith("no trial is feasible: ")
    assert done.stderr.endswith(", above the most allowed, -1\n")
    assert fgspace("search", "hill.yaml", "--out", "out", "--trials", "5", "--resume", *MINE).returncode == 3


@pytest.fixture
def searched(fgspace, folder):
    """Return the folder of a search whose front has weights and held-out metrics."""
    done = fgspace("search", "network.yaml", "--out", "out", "--test", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out"


def contents(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in (*out.glob("front/*/*"), out / "trials.csv", out / "pareto_front.csv")
    }


@pytest.mark.soak
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"weight": ', '"weight": 1'),
        lambda text: text.replace('"test_weight": 1.0', '"test_weight": 9.0'),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "\udcff",
    ],
)
def test_the_store_is_right_where_the_metrics_of_the_front_were_edited_or_cut(fgspace, searched, damage):
    before = contents(searched)
    for file in searched.glob("front/*/metrics.json"):
        file.write_text(damage(file.read_text()), errors="surrogateescape")
    assert contents(searched) != before
    done = fgspace("search", "network.yaml", "--out", "out", "--test", "--resume", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(searched) == before
    assert not (searched / "weights").exists()


@pytest.mark.parametrize("name", ["metrics.json", "description.yaml"])
@pytest.mark.soak
def test_a_file_of_the_front_that_is_missing_or_edited_is_written_again(fgspace, searched, name):
    before = contents(searched)
    first, *others = searched.glob(f"front/*/{name}")
    first.unlink()
    for other in others:
        other.write_text("{}")
    assert fgspace("search", "network.yaml", "--out", "out", "--test", "--resume", *MINE).returncode == 0
    assert contents(searched) == before


def test_held_out_metrics_that_an_earlier_version_left_in_files_alone_are_measured_again(fgspace, searched):
    before = contents(searched)
    with closing(sqlite3.connect(searched / "study.db", isolation_level=None)) as connection:
        connection.execute("DELETE FROM held_out")
    assert fgspace("search", "network.yaml", "--out", "out", "--test", "--resume", *MINE).returncode == 0
    assert contents(searched) == before
    for file in searched.glob("front/*/metrics.json"):
        assert json.loads(file.read_text())["test_weight"] == 1.0


def test_the_front_is_measured_on_held_out_data_only_where_that_is_asked_for(fgspace, searched):
    asked = contents(searched)
    done = fgspace("search", "network.yaml", "--out", "out", "--resume", *MINE)
    assert (done.returncode, "TEST_WEIGHT" in done.stdout) == (0, False)
    assert all("test_weight" not in json.loads(one.read_text()) for one in searched.glob("front/*/metrics.json"))
    done = fgspace("search", "network.yaml", "--out", "out", "--test", "--resume", *MINE)
    assert (done.returncode, "TEST_WEIGHT" in done.stdout) == (0, True)
    assert contents(searched) == asked


def test_a_folder_that_is_removed_ends_the_search_with_a_sentence(folder, environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "fgspace", "search", "hill.yaml", "--out", "out", "--trials", "200", *MINE],
        cwd=folder,
        env=environment | {"HILL_SECONDS": "0.05"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    while (folder / "out").exists():  # the search may write a file into it meanwhile
        shutil.rmtree(folder / "out", ignore_errors=True)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        2,
        "'out/study.db' was removed or replaced while its search ran, and its trials are in the old one;"
        " put that back and resume, or start anew\n",
    )
    assert not Path(folder / "out" / "trials.csv").exists()
