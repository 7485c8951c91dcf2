"""`fgspace search --executor ray`: on a cluster that loses a node, ended by Ctrl-C, and with early stopping."""

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
"""A user's own evaluator: it reports where it runs, and with how many threads."""

import os
import time
from pathlib import Path

import fgspace


@fgspace.register(kind="evaluator")
class Valley:
    """Measures the distance to 9; each trial leaves a file with its node and waits until it can remove a permit."""

    metrics = ("loss", "threads", "copied")
    input_shape = None

    def __init__(self, begun: str = "", permits: str = "", seed: int = 0, folder: Path | None = None):
        self.begun, self.permits = Path(begun), Path(permits)

    def __call__(self, description):
        import ray

        (self.begun / f"{ray.get_runtime_context().get_node_id()}-{description['a']}").touch()
        while not self.permitted():
            time.sleep(0.02)
        copied, threads = "py_modules_files" in __file__, int(os.environ["OMP_NUM_THREADS"])
        return {"loss": abs(description["a"] - 9), "threads": threads, "copied": copied}

    def permitted(self):
        for permit in self.permits.iterdir():
            try:
                permit.unlink()
            except FileNotFoundError:  # another trial has it
                continue
            return True
        return False
'''
FILE = """\
search_space: {{type: FineGrainedSpace, hyper_parameters: {{a: {{int: [0, 99]}}}}}}
search_algorithm: {{type: RandomSearch}}
evaluator: {{type: Valley, begun: {folder}/begun, permits: {folder}/permits}}
objectives: {{loss: min}}
executor: {{type: RayExecutor, {options}}}
budget: {{trials: 8}}
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("begun", "permits", "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / "mine" / "valley.py").write_text(VALLEY)
    return tmp_path


def write(folder: Path, options: str) -> None:
    (folder / "valley.yaml").write_text(FILE.format(folder=folder, options=options))


def permit(folder: Path, number: int) -> None:
    for permit in range(number):
        (folder / "permits" / str(permit)).touch()


def search(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start a search in a session of its own, as a terminal does."""
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
    return [file.name for file in (folder / "begun").iterdir()]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "trials.csv").open(newline="") as text:
        return list(csv.DictReader(text))


def left_behind(folder: Path) -> list[str]:
    """Return the command lines of the processes of the search that are still there."""
    mark = f"FOLDER_OF_THE_TEST={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has just ended
            continue
    return found


@pytest.mark.soak
def test_a_search_that_loses_a_node_completes_every_trial(machines, folder):
    write(folder, "cpus: 2")
    node = machines.add(num_cpus=2)
    with search(folder, "--executor", "ray", "--address", machines.address) as process:
        trials.wait_for(lambda: len(begun(folder)) == 3)
        (lost,) = [name for name in begun(folder) if name.startswith(node.node_id)]
        machines.lose(node)
        permit(folder, 8)
        out, errors = process.communicate(timeout=trials.PATIENCE)
    assert (process.returncode, errors) == (0, ""), out
    table = rows(folder)
    assert [(row["state"], row["error"]) for row in table] == [("complete", "")] * 8
    assert {(row["threads"], row["copied"]) for row in table} == {("2", "1.0")}
    again = lost.partition("-")[2]
    assert len([name for name in begun(folder) if name.endswith(f"-{again}")]) == 2
    assert [row["a"] for row in table].count(again) == 1


@pytest.mark.soak
def test_ctrl_c_ends_a_search_on_its_own_cluster_with_all_its_processes(folder):
    write(folder, "cpus: 1, workers: 1")  # every machine has one cpu; one worker, so that trials end in order
    permit(folder, 4)
    with search(folder, "--executor", "ray", "--trials", "90") as process:
        lines = [process.stdout.readline() for _ in range(4)]
        os.killpg(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=trials.PATIENCE)
    assert [line.split()[:2] for line in lines] == [["trial", str(number)] for number in range(4)]
    assert (process.returncode, errors) == (
        130,
        "stopping; once more to stop at once\nstopped; finished trials are kept\n",
    )
    assert "\nfront: " in out
    assert out.splitlines()[-1] == (
        "go on: fgspace search valley.yaml --out out --resume --executor ray --trials 90 -p ./mine/valley.py"
    )
    trials.wait_for(lambda: not left_behind(folder))


RISING = '''
"""A user's own evaluator, whose loss falls by one each epoch, and a rule that stops what is far off."""

import fgspace


@fgspace.register
class FarOff(fgspace.EarlyStopping):
    """Stops trials that are worse than the median of the finished ones at their third epoch."""

    def __init__(self, objectives):
        super().__init__(objectives)
        self.losses = []

    def check(self, trial):
        losses = sorted(self.losses)
        return Worse(losses[len(losses) // 2] if losses else None)

    def learn(self, trial):
        self.losses.append(trial.curve[2].metrics["loss"])


class Worse:
    def __init__(self, bound):
        self.bound = bound

    def __call__(self, curve):
        epoch, metrics = curve[-1]
        if epoch == 3 and self.bound is not None and metrics["loss"] > self.bound:
            return f"loss {metrics['loss']} is above {self.bound}"


@fgspace.register(kind="evaluator")
class Rising:
    """Measures after each epoch the distance to 50, plus the number of epochs that are left."""

    metrics = ("loss",)
    input_shape = None

    def __init__(self, seed: int = 0, folder=None):
        self.epochs = 9

    def __call__(self, description, report=None):
        for epoch in range(1, 10):
            metrics = {"loss": abs(description["a"] - 50) + 9 - epoch}
            if report:
                report(epoch, metrics, of=9)
        return metrics
'''
STOPPED = """\
search_space: {type: FineGrainedSpace, hyper_parameters: {a: {int: [0, 99]}}}
search_algorithm: {type: RandomSearch}
evaluator: {type: Rising}
early_stopping: {type: FarOff}
objectives: {loss: min}
budget: {trials: 12}
"""


@pytest.mark.soak
def test_early_stopping_on_a_cluster_stops_the_same_trials_as_in_this_process(machines, folder):
    (folder / "mine" / "valley.py").write_text(RISING)
    tables = []
    cluster = f"executor: {{type: RayExecutor, address: '{machines.address}', workers: 1}}\n"
    for executor in (cluster, ""):
        (folder / "valley.yaml").write_text(STOPPED + executor)
        with search(folder) as process:
            out, errors = process.communicate(timeout=trials.PATIENCE)
        assert (process.returncode, errors) == (0, ""), out
        tables.append([(row["a"], row["state"], row["loss"], row["curve"]) for row in rows(folder)])
        shutil.rmtree(folder / "out")
    assert tables[0] == tables[1]
    assert {state for _, state, _, _ in tables[0]} == {"complete", "stopped"}
