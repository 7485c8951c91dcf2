"""Runs the real command in a folder with a user's own blocks and files, without any plugin."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

BLOCKS = '''
"""A block, a network's evaluator and a table's evaluator of a user's own."""

import os
import time
from pathlib import Path

import fgspace
from fgspace import FineGrainedSpace, InWidth, nn
from fgspace.documents.digest import digest


@fgspace.register
class Pair(FineGrainedSpace):
    """Two convolutions, one upon the other."""

    def constructor(self, inchannel: InWidth, outchannel: int, width: int = 8):
        self.first = nn.Conv2d(inchannel, width, 3, padding=1)
        self.second = nn.Conv2d(width, outchannel, 1)


@fgspace.register(kind="evaluator")
class Hill:
    """Scores a depth by how near it is to the top; some depths go wrong."""

    metrics = ("score", "size")
    input_shape = None

    def __init__(self, top: int = 7, rate: float = 0.1, seed: int = 0, folder: Path | None = None):
        self.top, self.rate = top, rate

    @property
    def data_digest(self):
        return digest(Path("data.txt").read_text()) if Path("data.txt").exists() else None

    def __call__(self, description):
        depth = description["depth"]
        time.sleep(float(os.environ.get("HILL_SECONDS", 0)))
        if depth == 3:
            raise ValueError("depth 3 does not converge")
        if depth == 4:
            raise MemoryError("no room for depth 4")
        if depth == 6 and "HILL_KILLS" in os.environ:
            os._exit(9)
        rate = description.get("evaluator", {}).get("rate", self.rate)
        return {"score": -abs(depth - self.top) - rate, "size": depth**2}


@fgspace.register(kind="evaluator")
class Weigh:
    """Builds the network, saves its weights and adds them up."""

    metrics = ("weight",)
    input_shape = (3, 8, 8)

    def __init__(self, seed: int = 0, folder: Path | None = None):
        self.seed, self.folder = seed, folder

    def __call__(self, description):
        import torch

        torch.manual_seed(self.seed)
        network = fgspace.build(description, input_shape=self.input_shape)
        if self.folder is not None and "WEIGH_ELSEWHERE" not in os.environ:
            self.folder.mkdir(exist_ok=True)
            torch.save(network.state_dict(), self.folder / f"{digest(description)}.pt")
        return {"weight": sum(float(tensor.abs().sum()) for tensor in network.state_dict().values())}

    def test(self, description):
        return {"test_weight": 1.0}
'''
HILL = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    depth: {int: [1, 9]}
    mask: {bits: 4}
    evaluator.rate: [0.1, 0.2]
evaluator: {type: Hill, top: 7}
objectives: {score: max, size: min}
budget: {trials: 12}
seed: 3
"""
NETWORK = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    body.width: [8, 12]
  modules: [body, head]
  body: {type: Pair, outchannel: 6, width: 8}
  head: {choice: [{type: Identity}, {type: Conv2d, out_channels: 4, kernel_size: 1}]}
evaluator: {type: Weigh}
objectives: {weight: min, params: max}
constraints: {params: {max: 400}}
budget: {trials: 4}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"my_blocks.py": BLOCKS, "hill.yaml": HILL, "network.yaml": NETWORK}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def environment() -> dict[str, str]:
    return os.environ | {"FGSPACE_PLUGINS": "", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}


@pytest.fixture
def fgspace(folder: Path, environment: dict[str, str]) -> Command:
    """Return a function that runs `python -m fgspace` in the folder, with the given arguments."""

    def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "fgspace", *arguments],
            cwd=folder,
            env=environment | environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
