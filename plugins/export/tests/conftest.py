"""Runs the real command in a folder of its own, with this plugin and those whose networks it exports."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def fgspace(tmp_path: Path) -> Command:
    """Return what runs `python -m fgspace` with these arguments, in the folder of the test."""
    environment = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}

    def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "fgspace", *arguments],
            cwd=tmp_path,
            env=os.environ | environment | environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
