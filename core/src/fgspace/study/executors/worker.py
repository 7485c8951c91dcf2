"""The body of a worker process: take a call from the pipe, run it, send back what it gave."""

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing import connection, parent_process
from typing import Any, Literal

from fgspace.study.executors.call_outcome import refusal

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Request = tuple[Literal["load", "call"], bytes]
"""A pickled function to keep, or the pickled arguments to call it with."""


def work(pipe: Any, threads: int) -> None:
    """Serve requests until the other end closes."""
    _leave_ending_to_the_study()
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    if (torch := sys.modules.get("torch")) is not None:  # the user's script has imported it, before this could be read
        torch.set_num_threads(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe.send_bytes(b"ready")
    kept = _Kept()
    with suppress(EOFError, OSError):  # so the pipe says that the other end has closed
        while True:
            pipe.send_bytes(kept.answer(*pickle.loads(pipe.recv_bytes())))


class _Kept:
    """Keeps the last function that was sent, and what it has loaded, between calls."""

    def __init__(self) -> None:
        self._fn: Any = None

    def answer(self, request: Literal["load", "call"], sent: bytes) -> bytes:
        """Do what is asked and return the answer, pickled."""
        try:
            return pickle.dumps(("gave", getattr(self, f"_{request}")(sent)))
        except BaseException as error:
            return pickle.dumps(refusal(error))

    def _call(self, sent: bytes) -> Any:
        return self._fn(*pickle.loads(sent))

    def _load(self, sent: bytes) -> None:
        self._fn = pickle.loads(sent)
        if hasattr(self._fn, "prepare"):
            self._fn.prepare()


def _leave_ending_to_the_study() -> None:
    """Take no notice of Ctrl-C and SIGTERM: a terminal or a batch system sends them to all, and the study ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Not SIG_IGN, which the processes that a trial starts would keep, and pools of them are ended by SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: None)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_hear_sigterm)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})  # blocked while this was started


def _hear_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
