"""A real cluster on this machine: a head that runs no trials, and nodes, each with a raylet and workers of its own."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

# A machine may be busy: nodes have time to begin, and their workers the same priority as everything else.
os.environ |= {"RAY_raylet_start_wait_time_s": "120", "RAY_worker_niceness": "0"}
from ray.cluster_utils import Cluster

SMALL = {"object_store_memory": 80_000_000}


class Machines(Cluster):
    """A cluster whose nodes can be added, and lost with all that runs on them."""

    def __init__(self) -> None:
        super().__init__(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **SMALL})

    def add(self, **resources: Any) -> Any:
        """Add a node with so many cpus and gpus."""
        return self.add_node(**resources, **SMALL)

    def lose(self, node: Any) -> None:
        """Kill the processes of a node, those of its trials first, as when its machine goes away."""
        (raylet,) = node.all_processes["raylet"]
        for pid in [*_children(raylet.process.pid), raylet.process.pid]:
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    """Begin the cluster, with two nodes that stay."""
    machines = Machines()
    for _ in range(2):
        machines.add(num_cpus=2)
    yield machines
    machines.shutdown()


def _children(pid: int) -> list[int]:
    """Return the processes that a process has begun."""
    with open(f"/proc/{pid}/task/{pid}/children") as text:
        return [int(child) for child in text.read().split()]
