"""A call without a cluster: what counts towards its time, and how it is lost."""

import asyncio
import pickle
from contextlib import closing

import pytest
from fgspace.study.failure import TrialError
from fgspace_ray.calls import Limits, run_call
from ray.exceptions import NodeDiedError, OutOfMemoryError, WorkerCrashedError


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until a test moves it."""

    now = 0.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock():
    with closing(Clock()) as clock:
        yield clock


def answer(value):
    """Return an answer as Ray does: something to await."""
    return asyncio.sleep(0, pickle.dumps(("gave", value)))


def stay() -> None:
    """Find that the cluster still has a node for a call."""


def test_the_time_in_which_a_call_waits_for_a_node_does_not_count(clock):
    async def answers():
        clock.now += 3600
        yield answer(None)
        await asyncio.sleep(0)  # where a timer that ran meanwhile would end the call
        await asyncio.sleep(0)
        yield answer(pickle.dumps(4))

    assert clock.run_until_complete(run_call(answers, Limits(seconds=1, retries=0, check_room=stay))) == 4


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (WorkerCrashedError(), "the worker process died"),
        (NodeDiedError("gone"), "the node was lost"),
        (OutOfMemoryError("full"), "the worker process died: its node ran out of memory"),
    ],
)
def test_a_call_is_run_again_when_it_is_lost_and_fails_when_it_is_lost_too_often(clock, error, message):
    starts = []

    async def lost():
        starts.append(len(starts))
        raise error
        yield

    for retries, runs in ((0, ""), (2, "; it was run 3 times")):
        starts.clear()
        with pytest.raises(TrialError) as failed:
            clock.run_until_complete(run_call(lost, Limits(None, retries, stay)))
        assert str(failed.value) == message + runs
        assert len(starts) == retries + 1
