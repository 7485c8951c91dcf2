"""The Ray cluster of a search: starting or joining it, the resources of its nodes, and the errors of both."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fgspace.errors import FgspaceError

# Ray reports usage statistics to its developers by default; it reads this when a cluster starts.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
import ray._private.worker as ray_worker

_PATIENCE = 5
"""Seconds within which the head of a cluster must answer."""
_OBJECTS = 100_000_000
"""Bytes of the object store of a local cluster: trials exchange a few kilobytes."""
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""The start of every HTTP/2 connection, such as Ray's: the preface and an empty SETTINGS frame (RFC 9113, 3.4)."""
_SETTINGS = 4


def connect(address: str | None, files: Sequence[str]) -> None:
    """Join the cluster at `address`, or start one on this machine; copy files and folders of modules to its nodes.

    Raises:
        FgspaceError: this program is connected to a cluster already, no cluster answers at the address, or it cannot be
            joined.
    """
    if ray.is_initialized():
        raise FgspaceError("this program is connected to a Ray cluster already; call ray.shutdown() first")
    if address is not None and address != "auto":
        check_answers(address)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        options |= {"include_dashboard": False, "object_store_memory": _OBJECTS}
    if files:
        options["runtime_env"] = {"py_modules": list(files)}
    # Otherwise Ray prints messages about dead workers between the lines of the trials.
    ray_worker._worker_logs_enabled = False
    with _signals_kept(), _explained(address):
        ray.init(address or "local", **options)


def leave() -> None:
    """Disconnect from the cluster; a cluster started by `connect` ends."""
    ray.shutdown()


def capacity(cpus: float, gpus: float) -> int:
    """Return the number of trials that the nodes can run at the same time."""
    return sum(_room(node, cpus, gpus) for node in _nodes())


def check_room(cpus: float, gpus: float) -> None:
    """Check that some node can run a trial.

    Raises:
        FgspaceError: every node has fewer processors or GPUs than a trial needs.
    """
    if not capacity(cpus, gpus):
        offers = "; ".join(sorted({_offer(node) for node in _nodes()}))
        raise FgspaceError(
            f"a trial needs {_in_words(cpus, gpus)}, and no node of the cluster has that many (its nodes have"
            f" {offers}); lower cpus or gpus under executor:, or add a node"
        )


def check_answers(address: str, patience: float = _PATIENCE) -> None:
    """Check that a server like Ray's answers at an address within `patience` seconds; Ray itself tries for minutes.

    Raises:
        FgspaceError: the address is not HOST:PORT, nothing answers there in time, or another kind of server does.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        raise FgspaceError(f"address must be the HOST:PORT of the head of a Ray cluster, or auto; got {address!r}")
    try:
        with socket.create_connection((host, int(port)), patience) as connection:
            connection.sendall(_HELLO)
            if connection.recv(9)[3:4] != bytes((_SETTINGS,)):
                raise OSError("the server there is not Ray")
    except OSError as error:
        raise FgspaceError(
            f"no Ray cluster answers at {address!r}: {error.strerror or error}; start one there with"
            f" ray start --head --port {port}, or leave the address out to start one on this machine"
        ) from error


def _nodes() -> list[dict[str, float]]:
    table: Callable[[], list[dict[str, Any]]] = ray.nodes  # which has no annotations
    return [node["Resources"] for node in table() if node["Alive"]]


def _room(node: dict[str, float], cpus: float, gpus: float) -> int:
    needs = {"CPU": cpus, "GPU": gpus}
    # The small addend corrects rounding: 0.3 fits ten times into 3.
    return min(int(node.get(name, 0) / need + 1e-9) for name, need in needs.items() if need)


def _offer(node: dict[str, float]) -> str:
    return _in_words(node.get("CPU", 0), node.get("GPU", 0))


def _in_words(cpus: float, gpus: float) -> str:
    return f"{cpus:g} cpus" + (f" and {gpus:g} gpus" if gpus else "")


@contextmanager
def _explained(address: str | None) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        if address is None:
            raise FgspaceError(f"no Ray cluster could be started on this machine: {first}") from error
        raise FgspaceError(
            f"the Ray cluster at {address!r} cannot be joined: {first}; search on one of its machines, with the same"
            " versions of Python and Ray"
        ) from error


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Restore the search's handler of SIGTERM; that of Ray exits at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)
