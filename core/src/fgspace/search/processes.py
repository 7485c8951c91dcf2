"""Trials in worker processes: one that dies, hangs or cannot be understood costs its trial and is replaced."""

import atexit
import os
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing import connection, get_context
from queue import SimpleQueue
from typing import Any, Self

from fgspace.errors import FgspaceError
from fgspace.search.executors import ExecutorError
from fgspace.search.outcome import TrialError
from fgspace.search.worker import work

_SPAWN = get_context("spawn")
_UNGUARDED = "a worker process could not start: {error}; in a script, start the search under if __name__ == '__main__':"
_Job = tuple[Future[Any], bytes, bytes]


class ProcessExecutor:
    """Runs calls in `workers` spawned processes, the processor's threads divided among them.

    The function goes to a worker once and is kept there, so what it loads is loaded once a worker. Functions and
    arguments must be picklable. In a script, the call stands under `if __name__ == "__main__":`.

    Args:
        workers: how many processes.
        seconds: how long a call may take before its worker is ended; None sets no limit.

    Raises:
        FgspaceError: workers is below 1.
    """

    def __init__(self, workers: int, seconds: float | None = None) -> None:
        if workers < 1:
            raise FgspaceError(f"workers must be at least 1, got {workers}")
        self.workers = workers
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        threads = max(1, (os.cpu_count() or 1) // workers)
        self._slots = [_Slot(self._jobs, threads, seconds) for _ in range(workers)]
        atexit.register(self.__exit__)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call for the next free worker and return its future.

        Raises:
            ExecutorError: the function or an argument cannot be sent to another process.
        """
        future: Future[Any] = Future()
        try:
            self._jobs.put((future, pickle.dumps(fn), pickle.dumps(args)))
        except Exception as error:  # pickling runs code of whatever is pickled
            raise ExecutorError(
                f"cannot send {fn!r} to a worker process: {error}; define it at the top level of a module"
            ) from error
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End every worker, whatever it is at."""
        atexit.unregister(self.__exit__)
        for slot in self._slots:
            slot.stop()
            self._jobs.put(None)
        for slot in self._slots:
            slot.join()


class _Slot:
    """One place for a worker: a thread that hands jobs to its process, and starts another when that is gone."""

    def __init__(self, jobs: "SimpleQueue[_Job | None]", threads: int, seconds: float | None) -> None:
        self._jobs = jobs
        self._threads = threads
        self._seconds = seconds
        self._process: Any = None
        self._pipe: Any = None
        self._sent = b""
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process and take no more jobs."""
        self._stopped = True
        if (process := self._process) is not None:
            process.kill()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, fn, args = job
            if self._stopped:
                future.cancel()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._call(fn, args))
                except Exception as error:
                    future.set_exception(error)
        self._end()

    def _call(self, fn: bytes, args: bytes) -> Any:
        if self._process is None or not self._process.is_alive():
            self._end()
            self._start()
        try:
            done, value = self._exchange(None if fn == self._sent else fn, args)
        except (EOFError, OSError):
            raise TrialError(f"the worker process died: {self._end(grace=1)}") from None
        self._sent = fn
        if not done:
            raise TrialError(value)
        return value

    def _exchange(self, fn: bytes | None, args: bytes) -> tuple[bool, Any]:
        """Send a call and wait for its answer; raises EOFError where the process ends instead."""
        self._pipe.send_bytes(pickle.dumps((fn, args)))
        ready = connection.wait([self._pipe, self._process.sentinel], self._seconds)
        if not ready:
            self._end()
            raise TrialError(f"took longer than {self._seconds:g} seconds")
        if self._pipe not in ready:  # a process that it started may still hold the pipe open
            raise EOFError
        answer: tuple[bool, Any] = pickle.loads(self._pipe.recv_bytes())
        return answer

    def _start(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        # Not a daemon, which could not start the processes that load data.
        self._process = _SPAWN.Process(target=work, args=(theirs, self._threads))
        try:
            self._process.start()
        except RuntimeError as error:  # this is itself a worker, which runs a script's search while importing it
            self._process = None
            raise ExecutorError(_UNGUARDED.format(error="it was to start others itself")) from error
        theirs.close()
        if self._stopped:
            self._process.kill()
        try:
            self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise ExecutorError(_UNGUARDED.format(error=self._end(grace=1))) from None

    def _end(self, grace: float = 0) -> str:
        """End the process unless it does so within the grace, and say how it ended."""
        process, self._process, self._sent = self._process, None, b""
        if process is None:
            return "it never ran"
        process.join(grace)
        process.kill()
        process.join()
        self._pipe.close()
        return _ending(process.exitcode)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"
