"""One call on the cluster: its time limit, its repetition when its process or node is lost, and its errors."""

import asyncio
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import ray
from fgspace import CallOutcome, ExecutorError, TrialError, value_of
from ray.exceptions import NodeDiedError, OutOfMemoryError, RayError, WorkerCrashedError

_LOOK = 5
"""Seconds between the checks of a waiting call that the cluster still has a node for it."""
_LOST: Mapping[type[RayError], str] = MappingProxyType(
    {
        WorkerCrashedError: "the worker process died",
        NodeDiedError: "the node was lost",
        OutOfMemoryError: "the worker process died: its node ran out of memory",
    }
)
"""Ray's errors after which a call is run again, in words."""


@dataclass(frozen=True)
class Limits:
    """The limits of a call: `seconds` for one run, and `retries` more runs if its process or node is lost.

    `check_room` raises an ExecutorError if no node of the cluster can run the call.
    """

    seconds: float | None
    retries: int
    check_room: Callable[[], None]


async def run_call(start: Callable[[], Any], limits: Limits) -> Any:
    """Run a call until it answers, and return its value; `start` starts it on the cluster and returns its answers.

    Raises:
        TrialError: the call raised, took too long, or was lost too often.
        ExecutorError: the cluster cannot run it.
    """
    runs = 0
    while True:
        runs += 1
        try:
            return await _run(start(), limits)
        except tuple(_LOST) as error:
            if runs > limits.retries:
                raise TrialError(_lost(error, runs)) from None
        except RayError as error:
            raise ExecutorError(_refused(error)) from error


async def _run(answers: Any, limits: Limits) -> Any:
    try:
        loaded = asyncio.ensure_future(_next(answers))
        while not (await asyncio.wait((loaded,), timeout=_LOOK))[0]:
            limits.check_room()
        value_of(loaded.result())
        async with asyncio.timeout(limits.seconds):
            answer = await _next(answers)
    except TimeoutError:
        ray.cancel(answers, force=True)
        raise TrialError(f"took longer than {limits.seconds:g} seconds") from None
    except (asyncio.CancelledError, ExecutorError):
        ray.cancel(answers, force=True)
        raise
    return pickle.loads(value_of(answer))


async def _next(answers: Any) -> CallOutcome:
    answer: CallOutcome = pickle.loads(await (await anext(answers)))
    return answer


def _lost(error: BaseException, runs: int) -> str:
    how = next(words for kind, words in _LOST.items() if isinstance(error, kind))
    return how if runs == 1 else f"{how}; it was run {runs} times"


def _refused(error: BaseException) -> str:
    last = str(error).strip().splitlines()[-1]
    return f"a node cannot run trials: {last}; install the same packages in the same versions there as on this machine"
