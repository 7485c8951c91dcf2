"""The functions that the tests run on nodes, and the waiting for their effects."""

import ctypes
import os
import time
from pathlib import Path

import ray

PATIENCE = 600
"""Seconds after which a test fails that waits for something; on any machine, it comes much sooner."""


class HoldTheInterpreter:
    """Hangs without letting another thread of its process run; leaves its process id in a file when it is loaded."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def prepare(self):
        self.file.write_text(str(os.getpid()))

    def __call__(self):
        ctypes.PyDLL(None).sleep(3600)


def wait_on_a_node(folder: Path):
    """Leave a file with the name of the node, wait for the file `go`, and return the node."""
    node = ray.get_runtime_context().get_node_id()
    (folder / f"{node}-{os.getpid()}").touch()
    wait_for((folder / "go").exists)
    return node


def threads():
    """Return the number of threads of torch."""
    import torch

    return torch.get_num_threads()


def is_alive(pid: int) -> bool:
    """Say whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition):
    """Return the value of the condition as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} seconds"
        time.sleep(0.02)
    return value
