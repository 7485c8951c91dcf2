"""Trials as tasks of a Ray cluster, on this machine or on many."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from functools import partial
from typing import Any, Self

import ray
from fgspace import LONGEST_SECONDS, ExecutorError
from fgspace.errors import FgspaceError
from ray import cloudpickle

from fgspace_ray import cluster
from fgspace_ray.flight import Limits, fly
from fgspace_ray.modules import files, names_there
from fgspace_ray.node import Shipped, work

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PASSED_ON = ("FGSPACE_", "OMP_WAIT_POLICY")
_FRESH = 1.0
"""Seconds for which what the nodes have is taken to stay as it is."""


class RayExecutor:
    """Runs calls on the machines of a Ray cluster; only this process tells their outcomes, and writes a study's store.

    A node runs as many at a time as its processors and GPUs allow. The function goes to a node once and stays in its
    worker processes, so what it loads is loaded once a worker; where trials have GPUs, Ray gives each a process of its
    own. A call whose process or node is lost is run again.

    Args:
        address: HOST:PORT of the cluster's head, or auto for the one that this machine is part of; where it is left
            out, a cluster begins on this machine and ends with the search.
        cpus: the processors of one trial; a whole number, or a share of one.
        gpus: the GPUs of one trial: a whole number, or a share of one.
        workers: how many trials run at the same time; as many as the nodes that there are can run, where left out.
        seconds: how long a trial may take before its process is ended; None sets no limit. That it waits for a node, or
            loads what it needs, does not count.
        retries: how many more times a trial is run whose process or node is lost, before it fails.
        threads: how many threads a trial computes with; as many as it has cpus, where left out.
        modules: modules that are brought to the nodes: a module's name, or the path of a Python file.

    Raises:
        FgspaceError: an option cannot be, the cluster does not answer, or none of its nodes can run a trial.
    """

    def __init__(
        self,
        address: str | None = None,
        cpus: float = 1,
        gpus: float = 0,
        workers: int | None = None,
        seconds: float | None = None,
        retries: int = 3,
        threads: int | None = None,
        modules: Sequence[str] = (),
    ) -> None:
        _check(cpus, gpus)
        _check_least(workers=(workers, 1), retries=(retries, 0), threads=(threads, 1))
        if seconds is not None and not 0 < seconds <= LONGEST_SECONDS:
            raise FgspaceError(f"seconds must be above 0 and at most {LONGEST_SECONDS:,}, got {seconds}")
        self._needs = (cpus, gpus)
        self._wanted = workers
        self._threads = threads or max(1, int(cpus))
        self._counted: tuple[float, int] | None = None
        self._shipped: tuple[bytes, Any] | None = None
        self.modules = names_there(modules)
        cluster.connect(address, files(modules))
        try:
            cluster.check_room(*self._needs)
        except FgspaceError:
            cluster.leave()
            raise
        self._limits = Limits(seconds, retries, self._check_room)
        self._task = ray.remote(
            num_cpus=cpus, num_gpus=gpus, num_returns="streaming", max_retries=0, scheduling_strategy="SPREAD"
        )(work)
        self._gate: Any = asyncio.Semaphore(workers) if workers else nullcontext()  # else the nodes are the bound
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def workers(self) -> int:
        """How many trials run at the same time; it follows the nodes that come and go, where it was left out."""
        if self._wanted is not None:
            return self._wanted
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > _FRESH:
            self._counted = now, max(1, cluster.capacity(*self._needs))
        return self._counted[1]

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call on the cluster, or let it wait there for a node, and return its future.

        Raises:
            ExecutorError: the function or an argument cannot be sent to another process.
        """
        try:
            function, arguments = cloudpickle.dumps(fn), cloudpickle.dumps(args)
        except Exception as error:  # pickling runs code of whatever is pickled
            raise ExecutorError(
                f"cannot send {fn!r} to a node: {error}; define it at the top level of a module"
            ) from error
        start = partial(self._task.remote, self._reference(function), arguments)
        return asyncio.run_coroutine_threadsafe(self._flight(start), self._loop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End every call, whatever it is at, and leave the cluster."""
        asyncio.run_coroutine_threadsafe(_end_flights(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        cluster.leave()

    async def _flight(self, start: Callable[[], Any]) -> Any:
        async with self._gate:
            return await fly(start, self._limits)

    def _reference(self, function: bytes) -> Any:
        """Return Ray's reference to the function, which is put into its store when it is another than before."""
        if self._shipped is None or self._shipped[0] != function:
            self._shipped = function, ray.put(self._packed(function))
        return self._shipped[1]

    def _packed(self, function: bytes) -> Shipped:
        passed_on = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
        environment = passed_on | dict.fromkeys(_THREADS, str(self._threads))
        return Shipped(function, os.getcwd(), tuple(sys.path), environment)

    def _check_room(self) -> None:
        try:
            cluster.check_room(*self._needs)
        except FgspaceError as error:
            raise ExecutorError(str(error)) from error


def _check(cpus: float, gpus: float) -> None:
    for name, value in (("cpus", cpus), ("gpus", gpus)):
        if value < 0 or (value > 1 and value != int(value)):
            raise FgspaceError(f"{name} must be a whole number or a share of one, got {value:g}")
    if not cpus and not gpus:
        raise FgspaceError("a trial must have cpus or gpus, got 0 of both")


def _check_least(**given: tuple[int | None, int]) -> None:
    for name, (value, least) in given.items():
        if value is not None and value < least:
            raise FgspaceError(f"{name} must be at least {least}, got {value}")


async def _end_flights() -> None:
    flights = asyncio.all_tasks() - {asyncio.current_task()}
    for flight in flights:
        flight.cancel()
    await asyncio.gather(*flights, return_exceptions=True)
