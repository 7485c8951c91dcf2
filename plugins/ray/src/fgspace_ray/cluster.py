"""The cluster that trials run on: begun on this machine or joined, what its nodes have, and what can go wrong."""

import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fgspace.errors import FgspaceError

# Ray reports its use to its makers unless it is told not to, and this is read when a cluster begins.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
import ray._private.worker as ray_worker

_PATIENCE = 5
"""Seconds in which a machine must answer."""
_OBJECTS = 100_000_000
"""Bytes of a local cluster's store of objects: trials exchange a few kilobytes."""
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""How every HTTP/2 connection opens, Ray's too: the preface and an empty SETTINGS frame (RFC 9113, section 3.4)."""
_SETTINGS = 4


def connect(address: str | None, files: Sequence[str]) -> None:
    """Join the cluster at an address, or begin one on this machine; bring files and folders of modules to its nodes.

    Raises:
        FgspaceError: the program has a cluster already, or none answers at the address, or it cannot be joined.
    """
    if ray.is_initialized():
        raise FgspaceError("this program uses a Ray cluster already; leave it by ray.shutdown() first")
    if address is not None and address != "auto":
        _check_answers(address)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        options |= {"include_dashboard": False, "object_store_memory": _OBJECTS}
    if files:
        options["runtime_env"] = {"py_modules": list(files)}
    # Without this, what nodes say of workers that died is printed between the trials.
    ray_worker._worker_logs_enabled = False
    with _signals_kept(), _explained(address):
        ray.init(address or "local", **options)


def leave() -> None:
    """Leave the cluster; one that was begun here ends."""
    ray.shutdown()


def capacity(cpus: float, gpus: float) -> int:
    """Return how many trials the nodes can run at the same time."""
    return sum(_room(node, cpus, gpus) for node in _nodes())


def check_room(cpus: float, gpus: float) -> None:
    """Refuse a trial that no node can run.

    Raises:
        FgspaceError: every node has fewer processors or GPUs than a trial is to have.
    """
    if not capacity(cpus, gpus):
        has = "; ".join(sorted({_offer(node) for node in _nodes()}))
        raise FgspaceError(
            f"a trial is to have {_in_words(cpus, gpus)}, and no node of the cluster has as much (there are nodes of"
            f" {has}); lower cpus or gpus under executor:, or add a node"
        )


def _nodes() -> list[dict[str, float]]:
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _room(node: dict[str, float], cpus: float, gpus: float) -> int:
    needs = {"CPU": cpus, "GPU": gpus}
    # A little more, so that 0.3 goes ten times into 3.
    return min(int(node.get(name, 0) / need + 1e-9) for name, need in needs.items() if need)


def _offer(node: dict[str, float]) -> str:
    return _in_words(node.get("CPU", 0), node.get("GPU", 0))


def _in_words(cpus: float, gpus: float) -> str:
    return f"{cpus:g} cpus" + (f" and {gpus:g} gpus" if gpus else "")


def _check_answers(address: str) -> None:
    """Hold that something like Ray answers at an address; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit():
        raise FgspaceError(f"{address!r} is no address of a Ray cluster; write the head's HOST:PORT, or auto")
    try:
        with socket.create_connection((host, int(port)), _PATIENCE) as connection:
            connection.sendall(_HELLO)
            if connection.recv(9)[3:4] != bytes((_SETTINGS,)):
                raise OSError("what answers is something else")
    except OSError as error:
        raise FgspaceError(
            f"no Ray cluster answers at {address!r}: {error.strerror or error}; begin one there by"
            f" ray start --head --port {port}, or leave the address out for one on this machine"
        ) from error


@contextmanager
def _explained(address: str | None) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        if address is None:
            raise FgspaceError(f"no Ray cluster could begin on this machine: {first}") from error
        raise FgspaceError(
            f"the Ray cluster at {address!r} cannot be joined: {first}; search on one of its machines, with the same"
            " versions of Python and Ray"
        ) from error


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Leave it to the search what SIGTERM does: Ray would exit at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)
