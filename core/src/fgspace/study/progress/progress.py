"""What an evaluator is at: it says so by `progress`, and whoever started it may listen."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from operator import index
from typing import NamedTuple


class Progress(NamedTuple):
    """What is being done, and how many of how many steps of it are; None where that is unknown.

    `metrics` are those that the evaluator reports after this step, if it does.
    """

    what: str
    done: int | None = None
    of: int | None = None
    metrics: Mapping[str, float] | None = None

    def __str__(self) -> str:
        if self.done is None:
            return self.what
        return f"{self.what} {self.done}" + (f" of {self.of}" if self.of is not None else "")


Listener = Callable[[Progress], None]

# One listener in each context: calls pass through code of others, which cannot be asked to hand it on.
listener_of_context: ContextVar[Listener | None] = ContextVar("fgspace_progress", default=None)


def progress(what: str, done: int | None = None, of: int | None = None) -> None:
    """Say what is being done, for whoever watches: `progress("epoch", 3, of=10)`, `progress("reading images")`.

    Costs next to nothing where nobody watches. It reaches whoever watches from the thread that evaluates, not from
    threads of the evaluator's own.

    Raises:
        TypeError: `done` or `of` is no whole number.
    """
    say(Progress(str(what), None if done is None else index(done), None if of is None else index(of)))


def say(told: Progress) -> None:
    """Have the listener of this context hear of it, if there is one."""
    if (listener := listener_of_context.get()) is not None:
        listener(told)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Have the progress that is told inside heard by a listener, and then by the one outside."""
    outside = listener_of_context.get()

    def both(told: Progress) -> None:
        listener(told)
        if outside is not None:
            outside(told)

    token = listener_of_context.set(both)
    try:
        yield
    finally:
        listener_of_context.reset(token)
