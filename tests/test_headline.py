"""The script prune_resnet20.py: its messages where it cannot run, and its toy run, killed midway and resumed."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "prune_resnet20.py"
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}


def script(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT)


def told(store: Path) -> int:
    """Return the number of finished trials of a study."""
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        try:
            return connection.execute("select count(*) from trials where state = 'complete'").fetchone()[0]
        except sqlite3.OperationalError:  # the table does not exist yet
            return 0


def test_without_a_gpu_it_says_what_it_needs() -> None:
    out, _ = script().communicate()
    assert out == "not run: it needs a GPU and ../shared/data/cifar10-jpeg; --toy shows the steps on the CPU\n"


@pytest.mark.soak
def test_a_toy_run_that_is_killed_goes_on_where_it_ended(tmp_path: Path) -> None:
    killed = script("--toy", "--out", str(tmp_path))
    deadline = time.monotonic() + 300
    while told(tmp_path / "search" / "study.db") < 3:
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    killed.kill()
    killed.communicate()
    trained = (tmp_path / "full.pt").stat().st_mtime_ns

    out, _ = script("--toy", "--out", str(tmp_path)).communicate()
    assert (tmp_path / "full.pt").stat().st_mtime_ns == trained
    assert told(tmp_path / "search" / "study.db") == 16
    lines = out.splitlines()
    assert lines[0] == "ours: scikit-learn's digits, a toy; published: CIFAR-10 itself"
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:]]
    assert [row[3:] for row in rows] == [["40.81", "91.45"], ["30.11", "91.22"], ["19.14", "90.90"], ["6.14", "87.61"]]
    macs = [float(row[1]) for row in rows]
    assert macs[0] == pytest.approx(2.53)
    assert macs == sorted(macs, reverse=True)
    assert all(re.fullmatch(r"full|trial \d+", row[0]) for row in rows)
    for row in rows:
        kept = json.loads((tmp_path / f"{row[0].replace(' ', '')}.json").read_text("utf-8"))
        assert row[2] == f"{100 * kept['test_accuracy']:.2f}"

    files = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.*")}
    again, _ = script("--toy", "--out", str(tmp_path)).communicate()
    assert again == out
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.*")} == files
