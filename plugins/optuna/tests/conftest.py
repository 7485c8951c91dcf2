"""Runs the real command in a folder with a user's own evaluator, and makes the module of browsers importable."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "tests"))

Command = Callable[..., "subprocess.CompletedProcess[str]"]

HILL = '''
"""An evaluator that needs no training."""

import fgspace


@fgspace.register(kind="evaluator")
class Hill:
    """Scores a point by how near it is to the top; one kernel goes wrong."""

    metrics = ("score", "size")
    input_shape = None

    def __init__(self, seed: int = 0):
        pass

    def __call__(self, description):
        depth, optimizer = description["depth"], description["optimizer"]
        if description["kernel"] == 7 and depth > 6:
            raise ValueError("no such network")
        rate = optimizer.get("rate", 0.05)
        return {"score": sum(description["mask"]) * 0.1 - abs(depth - 5) - abs(rate - 0.01), "size": depth * 3.0}
'''
FILE = """\
search_space:
  kernel: {choice: [1, 3, 7]}
  depth: {int: [1, 9]}
  mask: {bits: 6, ones: 2}
  optimizer:
    choice:
    - {kind: Adam, rate: {float: [1.0e-05, 0.1], log: true}}
    - {kind: SGD, momentum: {float: [0, 0.9, 0.1]}}
  forbidden: [{kernel: 3, depth: 2}]
search_algorithm: {type: optuna/TPESampler, n_startup_trials: 5}
evaluator: {type: Hill}
objectives: {score: max, size: min}
constraints:
  size: {max: 24}
budget: {trials: 14}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a file to search, and its evaluator."""
    folder = tmp_path_factory.mktemp("optuna")
    (folder / "hill.py").write_text(HILL)
    (folder / "hill.yaml").write_text(FILE)
    return folder


@pytest.fixture(scope="module")
def fgspace(folder: Path) -> Command:
    """Return what runs `python -m fgspace` with these arguments, in the folder."""
    environment = {"FGSPACE_PLUGINS": "optuna", "OMP_NUM_THREADS": "1"}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "fgspace", *arguments],
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


@pytest.fixture(scope="module")
def searched(fgspace: Command, folder: Path) -> Path:
    """Return the folder of a search that was run in two parts."""
    for more in ((), ("--resume", "--trials", "16")):
        done = fgspace("search", "hill.yaml", "-p", "./hill.py", "--out", "hill", *more)
        assert (done.returncode, done.stderr) == (0, "")
    return folder / "hill"
