"""What the tests have nodes do."""

import ctypes
import os
import time
from pathlib import Path

import ray

PATIENCE = 120


def hold_everything():
    """Hang without letting another thread of the process run."""
    ctypes.PyDLL(None).sleep(600)


def where():
    """Return the node and the process."""
    return ray.get_runtime_context().get_node_id(), os.getpid()


def come_and_wait(folder: Path):
    """Leave word of the node, wait to be let go, and return the node."""
    node, pid = where()
    (folder / f"{node}-{pid}").touch()
    wait_for((folder / "go").exists)
    return node


def threads():
    """Return how many threads torch computes with."""
    import torch

    return torch.get_num_threads()


def wait_for(told):
    """Return what is told, once it is something."""
    deadline = time.monotonic() + PATIENCE
    while not (value := told()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value
