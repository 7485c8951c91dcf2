"""What a process that ran a call sends back: a value, or why there is none."""

from typing import Any, Literal

from fgspace.search.executors import DiskFull
from fgspace.search.outcome import TrialError, no_room, words

Answer = tuple[Literal["gave", "raised", "no room"], Any]
"""A value; or in words why there is none, the disk being full told apart: that is not the call's fault."""


def refusal(error: BaseException) -> Answer:
    """Return the answer of a call that raised."""
    return "no room" if no_room(error) else "raised", words(error)


def value_of(answer: Answer) -> Any:
    """Return the value of an answer.

    Raises:
        DiskFull: the call found no room to write.
        TrialError: the call raised something else.
    """
    became, value = answer
    if became == "no room":
        raise DiskFull(value)
    if became == "raised":
        raise TrialError(value)
    return value
