"""What worker processes need of the operating system: processors, how and when a process ends, signals that wait."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ending_of(process: Any) -> int:
    """Return a descriptor that is ready when a process has ended.

    That of `multiprocessing` is not before all that the process has forked has ended, too.
    """
    with suppress(AttributeError, OSError):
        return os.pidfd_open(process.pid)
    sentinel: int = process.sentinel
    return sentinel


def ended(code: int) -> str:
    """Return in words how a process has ended, by its exit code."""
    if code >= 0:
        return f"exit code {code}"
    hint = ", as the system does where memory runs out" if code == -signal.SIGKILL else ""
    return f"signal {-code} ({signal.strsignal(-code)}){hint}"


@contextmanager
def blocked(*signals: signal.Signals) -> Iterator[None]:
    """Block signals for processes that are started inside, until they unblock them; other threads get them."""
    resource_tracker.ensure_running()  # it is started with the first process otherwise, and unblocks signals then
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
