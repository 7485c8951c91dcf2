"""Runs the real command in a folder of its own, with this plugin and no other."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

MINE = '''
"""An evaluator that reports after every epoch, and fails for one depth."""

import fgspace


@fgspace.register(kind="evaluator")
class Climb:
    metrics = ("score",)
    input_shape = None

    def __init__(self, seed: int = 0):
        pass

    def __call__(self, description, report=None):
        for epoch in (1, 2, 3):
            if report is not None:
                report(epoch, {"score": description["depth"] * epoch}, of=3)
        if description["depth"] == 3:
            raise ValueError("no room")
        return {"score": description["depth"] * 3.5}
'''
FILE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters: {depth: {int: [1, 4]}, mask: {vector: {choice: [1]}, length: 2}}
search_algorithm: {type: GridSearch}
evaluator: {type: Climb}
objectives: {score: max}
budget: {trials: 4}
"""


@pytest.fixture
def fgspace(tmp_path: Path) -> Command:
    """Return what runs `python -m fgspace` with these arguments, in a folder with an experiment."""
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "file.yaml").write_text(FILE)
    environment = {"FGSPACE_PLUGINS": "tracking", "OMP_NUM_THREADS": "1"}

    def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "fgspace", *arguments, "-p", "./mine.py"],
            cwd=tmp_path,
            env=os.environ | environment | environ,
            capture_output=True,
            text=True,
            timeout=200,
        )

    return run


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have MLflow, where nothing else is said, write to the folder of the test."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setenv("MLFLOW_ARTIFACT_ROOT", str(tmp_path / "artefacts"))
