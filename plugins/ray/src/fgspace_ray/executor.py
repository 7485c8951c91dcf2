"""The executor that runs trials as tasks of a Ray cluster."""

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
from fgspace_ray.calls import Limits, run_call
from fgspace_ray.modules import files, import_names
from fgspace_ray.node import Shipped, work

_pickled: Callable[[object], bytes] = cloudpickle.dumps  # which has no annotations
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PASSED_ON = ("FGSPACE_", "OMP_WAIT_POLICY")
_FRESH = 1.0
"""Seconds for which the counted capacity of the nodes is used again."""


class RayExecutor:
    """Runs calls on the machines of a Ray cluster; the results come back to this process, which writes the store.

    A node runs as many calls at a time as its processors and GPUs allow. The function is sent to a node once and stays
    in its worker processes, so each worker loads its data once; calls with GPUs get a new process each from Ray. A call
    whose process or node is lost is run again.

    Args:
        address: HOST:PORT of the head of the cluster, or auto for the cluster that this machine is part of; by default,
            a cluster is started on this machine and ends with the search.
        cpus: the processors of one trial: a whole number, or a fraction below 1.
        gpus: the GPUs of one trial: a whole number, or a fraction below 1.
        workers: the number of trials that run at the same time; by default, as many as the nodes can run.
        seconds: the time limit of a trial, after which its process is killed; None sets no limit. The time in which it
            waits for a node or loads its data does not count.
        retries: the number of further runs of a trial whose process or node is lost.
        threads: the number of threads of a trial; by default, its cpus.
        modules: modules to copy to the nodes, each by its name or the path of a Python file.

    Raises:
        FgspaceError: an option is out of range, no cluster answers, or none of its nodes can run a trial.
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
        self.modules = import_names(modules)
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
        self._slots: Any = (
            asyncio.Semaphore(workers) if workers else nullcontext()
        )  # by default, the nodes set the limit
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def workers(self) -> int:
        """The number of trials that run at the same time; by default, it follows the nodes that join and leave."""
        if self._wanted is not None:
            return self._wanted
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > _FRESH:
            self._counted = now, max(1, cluster.capacity(*self._needs))
        return self._counted[1]

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call on the cluster and return its future.

        Raises:
            ExecutorError: the function or an argument cannot be sent to another process.
        """
        try:
            function, arguments = _pickled(fn), _pickled(args)
        except Exception as error:  # pickling runs code of the pickled object, which can raise anything
            raise ExecutorError(
                f"cannot send {fn!r} to a node: {error}; define it at the top level of a module"
            ) from error
        start = partial(self._task.remote, self._reference(function), arguments)
        return asyncio.run_coroutine_threadsafe(self._run(start), self._loop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End every call and leave the cluster."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        cluster.leave()

    async def _run(self, start: Callable[[], Any]) -> Any:
        async with self._slots:
            return await run_call(start, self._limits)

    def _reference(self, function: bytes) -> Any:
        """Return Ray's reference to the function, put into the object store if it differs from the last one."""
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
            raise FgspaceError(f"{name} must be a whole number or a fraction below 1, got {value:g}")
    if not cpus and not gpus:
        raise FgspaceError("a trial needs cpus or gpus, got 0 of both")


def _check_least(**given: tuple[int | None, int]) -> None:
    for name, (value, least) in given.items():
        if value is not None and value < least:
            raise FgspaceError(f"{name} must be at least {least}, got {value}")


async def _cancel_all() -> None:
    calls = asyncio.all_tasks() - {asyncio.current_task()}
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
