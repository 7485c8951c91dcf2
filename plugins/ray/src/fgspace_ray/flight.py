"""One call on its way through the cluster: until it has ended, has taken too long, or was lost too often."""

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
"""Seconds after which a call that has not begun asks whether the cluster still has a node for it."""
_LOST: Mapping[type[RayError], str] = MappingProxyType(
    {
        WorkerCrashedError: "the worker process died",
        NodeDiedError: "the node went away",
        OutOfMemoryError: "the worker process died: its node ran out of memory",
    }
)
"""How a call can end without an answer."""


@dataclass(frozen=True)
class Limits:
    """What a call may cost: `seconds` for one run, `retries` more runs where it was lost.

    `check_room` raises where the cluster has no node that could run it.
    """

    seconds: float | None
    retries: int
    check_room: Callable[[], None]


async def fly(start: Callable[[], Any], limits: Limits) -> Any:
    """Run a call until it answers, and return that; `start` starts it on the cluster and returns its answers to come.

    Raises:
        TrialError: what the call raised, that it took too long, or how it was lost.
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
    return f"a node cannot run trials: {last}; install there what this machine has, in the same versions"
