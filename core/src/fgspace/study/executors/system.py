"""What worker processes need of the operating system: the processors there are, and signals that wait."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
