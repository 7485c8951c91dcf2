"""The outcome of a call in another process: a value, or why there is none."""

from typing import Any, Literal

from fgspace.study.executors.executor import DiskFull
from fgspace.study.failure import TrialError, no_room, words

CallOutcome = tuple[Literal["gave", "raised", "no room"], Any]
"""A value, or in words why there is none; a full disk is told apart, since it is no fault of the call."""


def refusal(error: BaseException) -> CallOutcome:
    """Return the outcome of a call that raised."""
    return "no room" if no_room(error) else "raised", words(error)


def value_of(outcome: CallOutcome) -> Any:
    """Return the value of an outcome.

    Raises:
        DiskFull: the call found no room to write.
        TrialError: the call raised something else.
    """
    became, value = outcome
    if became == "no room":
        raise DiskFull(value)
    if became == "raised":
        raise TrialError(value)
    return value
