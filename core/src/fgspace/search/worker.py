"""The body of a worker process: take a call from the pipe, run it, send back what it gave."""

import os
import pickle
import signal
import threading
from contextlib import suppress
from multiprocessing import connection, parent_process
from typing import Any

from fgspace.search.outcome import words

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def work(pipe: Any, threads: int) -> None:
    """Serve calls until the other end closes; nothing has imported torch yet, so `threads` counts for it too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the study's to handle: it ends its workers
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe.send_bytes(b"ready")
    kept = _Kept()
    with suppress(EOFError, OSError):  # so the pipe says that the other end has closed
        while True:
            fn, args = pickle.loads(pipe.recv_bytes())
            pipe.send_bytes(kept.answer(fn, args))


class _Kept:
    """Keeps the last function that was sent, and what it has loaded, between calls."""

    def __init__(self) -> None:
        self._fn: Any = None

    def answer(self, fn: bytes | None, args: bytes) -> bytes:
        """Call the function, a new one if one was sent, and return (True, value) or (False, what it raised) pickled."""
        try:
            if fn is not None:
                self._fn = pickle.loads(fn)
            return pickle.dumps((True, self._fn(*pickle.loads(args))))
        except BaseException as error:
            return pickle.dumps((False, words(error)))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
