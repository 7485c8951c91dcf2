"""`fgspace search --executor ray`: on this machine, on a cluster that loses a node, and ended by Ctrl-C."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
trials = import_module("trials")

VALLEY = '''
"""A user's own evaluator: it tells where it ran, and with how many threads."""

import os
import time
from pathlib import Path

import fgspace


@fgspace.register(kind="evaluator")
class Valley:
    """Measures the distance to the middle; the first trials leave word of where they run, and wait to be let go."""

    metrics = ("loss", "threads", "brought")
    input_shape = None

    def __init__(self, word: str = "", seed: int = 0, folder: Path | None = None):
        self.word = Path(word)

    def __call__(self, description):
        import ray

        (self.word / f"{ray.get_runtime_context().get_node_id()}-{description['a']}").touch()
        while not (self.word / "go").exists():
            time.sleep(0.02)
        brought, threads = "py_modules_files" in __file__, int(os.environ["OMP_NUM_THREADS"])
        return {"loss": abs(description["a"] - 9), "threads": threads, "brought": brought}
'''
FILE = """\
search_space: {type: FineGrainedSpace, hyper_parameters: {a: {int: [0, 99]}}}
search_algorithm: {type: RandomSearch}
evaluator: {type: Valley, word: WORD}
objectives: {loss: min}
executor: {type: RayExecutor, cpus: 2}
budget: {trials: 8}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "word").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "valley.py").write_text(VALLEY)
    (tmp_path / "valley.yaml").write_text(FILE.replace("WORD", str(tmp_path / "word")))
    return tmp_path


def search(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Begin a search in a session of its own, as a terminal does."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "fgspace",
            "search",
            "valley.yaml",
            "-p",
            "./mine/valley.py",
            "--out",
            "out",
            *arguments,
        ],
        cwd=folder,
        env=os.environ | {"FGSPACE_PLUGINS": "ray", "FOLDER_OF_THE_TEST": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def begun(folder: Path) -> list[str]:
    return [file.name for file in (folder / "word").iterdir()]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "trials.csv").open(newline="") as text:
        return list(csv.DictReader(text))


def left_behind(folder: Path) -> list[str]:
    """Return the processes that the search has begun and that are still there."""
    mark = f"FOLDER_OF_THE_TEST={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_a_study_whose_node_is_killed_on_the_way_ends_with_every_trial(machines, folder):
    node = machines.add(num_cpus=2)
    with search(folder, "--executor", "ray", "--address", machines.address) as process:
        trials.wait_for(lambda: len(begun(folder)) == 3)
        (lost,) = [word for word in begun(folder) if word.startswith(node.node_id)]
        machines.lose(node)
        (folder / "word" / "go").touch()
        out, errors = process.communicate(timeout=trials.PATIENCE)
    assert (process.returncode, errors) == (0, ""), out
    table = rows(folder)
    assert [(row["state"], row["error"]) for row in table] == [("complete", "")] * 8
    assert {(row["threads"], row["brought"]) for row in table} == {("2", "1.0")}
    again = lost.partition("-")[2]
    assert len([word for word in begun(folder) if word.endswith(f"-{again}")]) == 2
    assert [row["a"] for row in table].count(again) == 1


def test_ctrl_c_ends_a_search_on_a_cluster_of_its_own_and_all_that_it_began(folder):
    with search(folder, "--executor", "ray", "--trials", "90") as process:
        trials.wait_for(lambda: begun(folder))
        (folder / "word" / "go").touch()
        lines = [process.stdout.readline() for _ in range(4)]
        os.killpg(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=trials.PATIENCE)
    assert [line.split()[:2] for line in lines] == [["trial", str(number)] for number in range(4)]
    assert (process.returncode, errors) == (130, "stopping; once more to stop at once\nstopped; what is told is kept\n")
    assert "\nfront: " in out
    assert out.splitlines()[-1] == (
        "go on: fgspace search valley.yaml --out out --resume --executor ray --trials 90 -p ./mine/valley.py"
    )
    trials.wait_for(lambda: not left_behind(folder))


RISING = '''
"""A user's own evaluator: its loss falls to where it ends, an epoch a step."""

import fgspace


@fgspace.register(kind="evaluator")
class Rising:
    """Measures after each epoch the distance to the middle, and what is left of the way there."""

    metrics = ("loss",)
    input_shape = None

    def __init__(self, seed: int = 0, folder=None):
        self.epochs = 9

    def __call__(self, description, report=None):
        for epoch in range(1, 10):
            told = {"loss": abs(description["a"] - 50) + 9 - epoch}
            if report:
                report(epoch, told, of=9)
        return told
'''
STOPPED = """\
search_space: {type: FineGrainedSpace, hyper_parameters: {a: {int: [0, 99]}}}
search_algorithm: {type: RandomSearch}
evaluator: {type: Rising}
early_stopping: {type: SuccessiveHalving}
objectives: {loss: min}
budget: {trials: 12}
"""


def test_trials_are_stopped_early_on_a_cluster_as_they_are_in_this_process(folder):
    (folder / "mine" / "valley.py").write_text(RISING)
    tables = []
    for executor in ("executor: {type: RayExecutor, cpus: 1, workers: 1}\n", ""):
        (folder / "valley.yaml").write_text(STOPPED + executor)
        with search(folder) as process:
            out, errors = process.communicate(timeout=trials.PATIENCE)
        assert (process.returncode, errors) == (0, ""), out
        tables.append([(row["a"], row["state"], row["loss"], row["curve"]) for row in rows(folder)])
        shutil.rmtree(folder / "out")
    assert tables[0] == tables[1]
    assert {state for _, state, _, _ in tables[0]} == {"complete", "stopped"}
