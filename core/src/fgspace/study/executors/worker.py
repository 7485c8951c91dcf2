"""The body of a worker process: takes calls from a pipe, runs them, and sends back their outcomes."""

import io
import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing import connection, parent_process
from typing import Any, Literal, TextIO, cast

from fgspace.study.executors.call_outcome import refusal
from fgspace.study.executors.leftovers import end_marked, put_on
from fgspace.study.executors.streams import Steady

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Request = tuple[Literal["load", "call"], bytes]
"""A pickled function to keep, or the pickled arguments to call it with."""


def work(pipe: Any, threads: int, mark: str) -> None:
    """Serve requests until the other end closes, as the leader of a process group of its own, with a mark of its own.

    The processes that a trial starts are in that group or have that mark, and end with it.
    """
    os.setpgid(0, 0)
    marked = put_on(mark)
    # What a trial prints is no reason to fail it where nobody reads that any more.
    sys.stdout, sys.stderr = (cast(TextIO, Steady(stream)) if stream else stream for stream in (sys.stdout, sys.stderr))
    _print_by_line()
    _ignore_signals()
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    if (torch := sys.modules.get("torch")) is not None:  # the user's script imported it before these variables were set
        torch.set_num_threads(threads)
    threading.Thread(target=_end_with_parent, args=(mark,), daemon=True).start()
    pipe.send_bytes(b"ready")
    kept = _Kept()
    with suppress(EOFError, OSError):  # raised where the other end of the pipe has closed
        while True:
            pipe.send_bytes(kept.outcome(*pickle.loads(pipe.recv_bytes())))
    _end_own(mark)
    del marked  # until here, since the mark is on this process while it lives


def _print_by_line() -> None:
    """Have what a trial prints seen at once, and not lost where this process is killed, whatever it is written to."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


class _Kept:
    """Keeps the last function that was sent, with the data that it has loaded, between calls."""

    def __init__(self) -> None:
        self._fn: Any = None

    def outcome(self, request: Literal["load", "call"], sent: bytes) -> bytes:
        """Load a function or call it, and return the outcome, pickled."""
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


def kill_group(process: Any) -> None:
    """Kill a worker process and all processes of its group."""
    with suppress(ProcessLookupError, PermissionError):  # it leads no group yet, or nobody is left in it
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _end_own(mark: str) -> None:
    """Kill all that the trials of this worker process have started, and the process itself."""
    end_marked([mark])
    os.killpg(0, signal.SIGKILL)


def _ignore_signals() -> None:
    """Ignore Ctrl-C and SIGTERM: a terminal or a batch system sends them to all processes, and the study ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Not SIG_IGN, which the processes that a trial starts would inherit: pools of them are ended by SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: None)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_restore_sigterm)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})  # blocked while this was started


def _restore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_with_parent(mark: str) -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        _end_own(mark)
