"""A real cluster on this machine: a head that runs no trials, and nodes, each with a raylet and workers of its own."""

import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

# Ray reads these when its processes start, also those that the searches of these tests start.
os.environ |= {
    # On a busy machine, a process may need minutes to start or to answer; it is not dead. The limits are hours:
    "RAY_raylet_start_wait_time_s": "3600",
    "RAY_gcs_server_port_wait_time_s": "3600",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "3600",
    "RAY_agent_register_timeout_ms": "3600000",
    "RAY_worker_register_timeout_seconds": "3600",
    "RAY_health_check_timeout_ms": "3600000",
    # If other programs fill the memory, Ray kills workers, unless its memory monitor is off.
    "RAY_memory_monitor_refresh_ms": "0",
    # A killed raylet refuses connections at once; the head counts five refusals, by default one every 3 s.
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "100",
    # Workers start when a call needs them, at the priority of the tests.
    "RAY_prestart_worker_first_driver": "0",
    "RAY_worker_niceness": "0",
}
from ray.cluster_utils import Cluster

sys.path.insert(0, str(Path(__file__).parent))
trials = import_module("trials")

SMALL = {"object_store_memory": 80_000_000}


class Machines(Cluster):
    """A cluster whose nodes can be added, and lost with all their processes."""

    def __init__(self) -> None:
        # Without the processes of the autoscaler, the log monitor and the dashboard, which no test needs.
        lean = {"no_monitor": True, "include_log_monitor": False, "include_dashboard": False}
        super().__init__(initialize_head=True, head_node_args={"num_cpus": 0, **lean, **SMALL})

    def add(self, **resources: Any) -> Any:
        """Add a node with these resources, such as `num_cpus` and `num_gpus`."""
        return self.add_node(**resources, **SMALL)

    def lose(self, node: Any) -> None:
        """Kill the processes of a node, its workers first, as if its machine failed; return when the head knows it."""
        (raylet,) = node.all_processes["raylet"]
        for pid in [*_children(raylet.process.pid), raylet.process.pid]:
            os.kill(pid, signal.SIGKILL)
        trials.wait_for(lambda: node.node_id not in self.global_state._live_node_ids())


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    """Start the cluster, with two nodes that stay."""
    machines = Machines()
    for _ in range(2):
        machines.add(num_cpus=2)
    yield machines
    machines.shutdown()


def _children(pid: int) -> list[int]:
    """Return the child processes of a process."""
    with open(f"/proc/{pid}/task/{pid}/children") as text:
        return [int(child) for child in text.read().split()]
