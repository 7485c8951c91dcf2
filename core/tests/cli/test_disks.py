"""Searches on full and read-only disks, and two searches in one folder."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FILLING = '''
"""An evaluator whose weights take room, and that can leave none while the front is written."""

import os
from pathlib import Path

import fgspace
from fgspace.documents.digest import digest


@fgspace.register(kind="evaluator")
class Fills:
    metrics = ("loss", "size")
    input_shape = None

    def __init__(self, size: int = 0, seed: int = 0, folder: Path | None = None):
        self.size, self.folder = size, folder

    def __call__(self, description):
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{digest(description)}.pt").write_bytes(bytes(self.size))
        if "HOLD" in os.environ:
            Path("held").touch()
            while True:
                pass
        return {"loss": description["a"] % 97, "size": description["a"] % 89}

    def test(self, description):
        if "FILL" in os.environ:
            with open(self.folder.parent.parent / "filler", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass
        return {"test_loss": 1.0}
'''
FILE = """\
search_space: {{type: FineGrainedSpace, hyper_parameters: {{a: {{int: [0, 9999]}}}}}}
evaluator: {{type: Fills, size: {size}}}
objectives: {{loss: min, size: min}}
budget: {{trials: {trials}}}
"""
MINE = ("-p", "./filling.py")
FULL = "make room and resume, no finished trial is lost\n"


def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode == 0


@pytest.fixture
def disk(folder):
    """Mount a disk of 256 KiB in the folder, and yield its path."""
    disk = folder / "disk"
    disk.mkdir()
    if os.geteuid() or not mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", disk):
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def filling(fgspace, folder):
    """Return a function that searches in a folder with an evaluator that writes `size` bytes per trial."""
    (folder / "filling.py").write_text(FILLING)

    def search(out, *arguments, size=0, trials=200, **environ):
        (folder / "filling.yaml").write_text(FILE.format(size=size, trials=trials))
        return fgspace("search", "filling.yaml", "--out", str(out), "--test", *arguments, *MINE, **environ)

    return search


def table(out):
    with (out / "trials.csv").open(newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


def parts(folder):
    return [path for path in folder.rglob("*") if path.name.endswith((".part", ".aside"))]


STORE_FULL = f"'disk/out/study.db' cannot be written: database or disk is full; {FULL}"
WEIGHTS_FULL = f"OSError: [Errno 28] No space left on device; {FULL}"


@pytest.mark.parametrize(
    ("size", "workers", "messages"),
    [
        (0, "1", {STORE_FULL}),
        # Either may come first: the driver, its status and the workers write at the same time.
        (30_000, "1", {WEIGHTS_FULL, STORE_FULL}),
        (30_000, "2", {WEIGHTS_FULL, STORE_FULL}),
    ],
)
def test_a_disk_that_fills_up_ends_the_search_and_with_more_room_it_goes_on(
    filling, folder, disk, size, workers, messages
):
    done = filling("disk/out", "--workers", workers, size=size)
    assert done.returncode == 2
    assert done.stderr in messages
    assert not parts(disk)
    told = done.stdout.count("\ntrial") + done.stdout.startswith("trial")
    assert 3 <= told < 200
    assert mount("-o", "remount,size=64m", disk)
    done = filling("disk/out", "--resume", size=size)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\ntrial") + done.stdout.startswith("trial") == 200 - told
    if workers == "1":
        assert filling("whole", size=size).returncode == 0
        assert table(disk / "out") == table(folder / "whole")


def test_a_disk_without_room_for_the_results_keeps_the_trials_and_with_room_they_are_written(filling, disk):
    done = filling("disk/out", size=10, trials=20, FILL="1")
    assert done.returncode == 2
    assert done.stderr == STORE_FULL
    assert not parts(disk)
    (disk / "filler").unlink()
    done = filling("disk/out", "--resume", size=10, trials=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(table(disk / "out")) == 20


def test_a_disk_that_is_full_from_the_start_is_told(filling, disk):
    (disk / "filler").write_bytes(bytes(256 * 1024 - 4096))
    done = filling("disk/out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"'disk/out/study.db' cannot be written: database or disk is full; {FULL}"
    assert not [path for path in disk.rglob("*") if path.name.startswith("study.db")]
    (disk / "filler").unlink()
    assert filling("disk/out", trials=10).returncode == 0


def test_a_full_disk_under_the_output_of_the_command_is_told(folder, environment, filling):
    filling("out", trials=3)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "fgspace", "search", "filling.yaml", "--out", "other", *MINE],
            cwd=folder,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "the output cannot be written: No space left on device; make room\n")


@pytest.fixture
def read_only(folder):
    """Return a function that makes a folder read-only, for root too."""
    mounted = []

    def make(path):
        if os.geteuid() or not (mount("--bind", path, path) and mount("-o", "remount,ro,bind", path)):
            pytest.skip("only root can mount a folder to be read only")
        mounted.append(path)

    yield make
    for path in mounted:
        subprocess.run(["umount", "--lazy", path], check=True)


def test_a_folder_that_cannot_be_written_is_refused_and_its_results_can_be_read(
    filling, folder, environment, read_only
):
    from fgspace.study.study import Study

    (folder / "runs").mkdir()
    assert filling("runs/out", trials=3).returncode == 0
    before = table(folder / "runs" / "out")
    killed = subprocess.Popen(
        [sys.executable, "-m", "fgspace", "search", "filling.yaml", "--out", "runs/killed", *MINE],
        cwd=folder,
        env=environment | {"HOLD": "1"},
        stdout=subprocess.DEVNULL,
    )
    while not (folder / "held").exists():
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    read_only(folder / "runs")
    refused = "cannot be written; look at its permissions, or name another folder for the study\n"
    for place, arguments, message in (
        ("runs/out", ["--resume"], f"'runs/out' {refused}"),
        ("runs/killed", ["--resume"], f"'runs/killed' {refused}"),
        ("runs/new", [], "'runs/new/study.db' cannot be opened: Read-only file system; name another folder\n"),
    ):
        done = filling(place, *arguments, trials=6)
        assert (done.returncode, done.stderr) == (2, message)
        assert "trial " not in done.stdout
    assert table(folder / "runs" / "out") == before
    assert len(Study.open(folder / "runs" / "out").trials) == 3
    assert [trial.state for trial in Study.open(folder / "runs" / "killed").trials] == ["running"]


def test_a_second_search_in_a_folder_is_refused_and_the_first_is_not_disturbed(filling, folder, environment):
    filling("other", trials=1)
    first = subprocess.Popen(
        [sys.executable, "-m", "fgspace", "search", "filling.yaml", "--out", "out", *MINE],
        cwd=folder,
        env=environment | {"HOLD": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (folder / "held").exists():
        assert first.poll() is None
    done = filling("out", "--resume", trials=3)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "'out/study.db' is being written by another search; wait until that ends or close it, or name another folder\n",
    )
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 130
    assert filling("out", "--resume", trials=3).returncode == 0


@pytest.mark.soak
def test_a_store_that_another_program_has_locked_is_told(filling, folder):
    import sqlite3

    assert filling("out", trials=3).returncode == 0
    with sqlite3.connect(folder / "out" / "study.db", isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        done = filling("out", "--resume", trials=5)
        connection.execute("ROLLBACK")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "'out/study.db' is locked by another program; close that and resume, or name another folder\n",
    )
    assert filling("out", "--resume", trials=5).returncode == 0
