"""Runs trials in worker processes; one that dies, hangs or sends nothing readable fails its trial and is replaced."""

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
from uuid import uuid4

from fgspace.config.settings import LONGEST_SECONDS
from fgspace.documents.plain import whole_number
from fgspace.errors import FgspaceError
from fgspace.study.executors.call_outcome import CallOutcome, value_of
from fgspace.study.executors.executor import ExecutorError
from fgspace.study.executors.leftovers import end_marked
from fgspace.study.executors.system import blocked, ended, ending_of, processors
from fgspace.study.executors.watcher import Watcher
from fgspace.study.executors.worker import Request, kill_group, work
from fgspace.study.failure import TrialError

_SPAWN = get_context("spawn")
_WAITS = (0.1, 0.3, 1.0, 3.0)
"""Seconds between the attempts to start a worker process where the system lacks something for it."""
_NOT_STARTED = "a worker process could not start: {error}; use fewer --workers or free memory, and resume"
_UNGUARDED = "a worker process could not start: {error}; in a script, start the search under if __name__ == '__main__':"
_Job = tuple[Future[Any], bytes, bytes]


class ProcessExecutor:
    """Runs calls in `workers` spawned processes, which share the threads of the processor.

    A function is sent to a worker once and is kept there, so it loads its data once in each worker. Functions and
    arguments must be picklable. In a script, the call stands under `if __name__ == "__main__":`.

    Args:
        workers: the number of processes.
        seconds: the time after which a call and its worker are ended; None sets no limit. The method `prepare` of a
            function, called once in each worker, does not count.
        threads: the number of threads that each process computes with; where it is left out, those of the processor
            divided by the workers.

    Raises:
        FgspaceError: workers or threads is below 1, or seconds not between 0 and 1,000,000.
    """

    def __init__(self, workers: int, seconds: float | None = None, threads: int | None = None) -> None:
        workers = whole_number("workers", workers)
        if workers < 1:
            raise FgspaceError(f"workers must be at least 1, got {workers}")
        if threads is not None and whole_number("threads", threads) < 1:
            raise FgspaceError(f"threads must be at least 1, got {threads}")
        if seconds is not None and not (isinstance(seconds, int | float) and 0 < seconds <= LONGEST_SECONDS):
            raise FgspaceError(f"seconds must be above 0 and at most {LONGEST_SECONDS:,}, got {seconds}")
        self.workers = workers
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        threads = threads or max(1, processors() // workers)
        self._watcher = Watcher()
        self._slots: list[_Slot] = []
        atexit.register(self.__exit__)
        try:
            for _ in range(workers):
                self._slots.append(_Slot(self._jobs, threads, seconds, self._watcher))
        except RuntimeError as error:
            self.__exit__()
            raise FgspaceError(f"{workers} workers are more than this machine can start: {error}; use fewer") from error

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Queue a call for the next free worker and return its future.

        Raises:
            ExecutorError: the function or an argument cannot be sent to another process.
        """
        future: Future[Any] = Future()
        try:
            self._jobs.put((future, pickle.dumps(fn), pickle.dumps(args)))
        except Exception as error:  # pickling runs code of the function's own
            raise ExecutorError(
                f"cannot send {fn!r} to a worker process: {error}; define it at the top level of a module"
            ) from error
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End every worker, and all that its trials have started, at once."""
        for slot in self._slots:
            slot.stopped.set()
        end_marked(slot.mark for slot in self._slots)
        for slot in self._slots:
            slot.kill()
            self._jobs.put(None)
        for slot in self._slots:
            slot.join()
        end_marked(slot.mark for slot in self._slots)  # of those that were just starting
        self._watcher.close()
        atexit.unregister(self.__exit__)  # last, since Ctrl-C can come before this has ended


class _Slot:
    """A thread that hands jobs to its worker process, and starts another process when that has ended.

    Once it is `stopped`, it takes no more jobs. `mark` is that of the last process.
    """

    def __init__(self, jobs: "SimpleQueue[_Job | None]", threads: int, seconds: float | None, watcher: Watcher) -> None:
        self._jobs = jobs
        self._threads = threads
        self._seconds = seconds
        self._watcher = watcher
        self.mark = ""
        self._process: Any = None
        self._ending = 0
        self._pipe: Any = None
        self._sent = b""
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """Kill the process and its group."""
        if (process := self._process) is not None:
            kill_group(process)

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, fn, args = job
            if self.stopped.is_set():
                future.cancel()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._call(fn, args))
                except Exception as error:
                    future.set_exception(error)
        self._end()

    def _call(self, fn: bytes, args: bytes) -> Any:
        # Not by `is_alive`, which would free the number of a process that has ended, and with it that of its group.
        if self._process is None or connection.wait([self._ending], 0):
            self._end()
            self._start()
        if fn != self._sent:
            self._exchange(("load", fn))
            self._sent = fn
        return self._exchange(("call", args), self._seconds)

    def _exchange(self, request: Request, seconds: float | None = None) -> Any:
        """Send a request and return the value of its outcome.

        Raises:
            TrialError: the call failed, took too long, or ended the process.
            DiskFull: the call found no room to write.
        """
        try:
            outcome = self._outcome(request, seconds)
        except (EOFError, OSError):
            raise TrialError(f"the worker process died: {self._end(grace=1)}") from None
        if outcome is None:
            self._end()
            raise TrialError(f"took longer than {seconds:g} seconds")
        return value_of(outcome)

    def _outcome(self, request: Request, seconds: float | None) -> CallOutcome | None:
        """Return the outcome of a request, None where it takes too long; raises EOFError where the process ends."""
        self._pipe.send_bytes(pickle.dumps(request))
        ready = connection.wait([self._pipe, self._ending], seconds)
        if not ready:
            return None
        if self._pipe not in ready:  # a process that it started may still hold the pipe open
            raise EOFError
        outcome: CallOutcome = pickle.loads(self._pipe.recv_bytes())
        return outcome

    def _start(self) -> None:
        """Start a process; an attempt that the machine is to blame for is repeated.

        Raises:
            ExecutorError: no attempt succeeds, or the process cannot run at all.
        """
        for wait in (*_WAITS, None):
            try:
                return self._attempt()
            except (OSError, TrialError) as error:
                if self.stopped.is_set():
                    raise TrialError(str(error)) from None
                if wait is None:
                    why = error.strerror if isinstance(error, OSError) else error
                    raise ExecutorError(_NOT_STARTED.format(error=why)) from error
                self.stopped.wait(wait)

    def _attempt(self) -> None:
        """Start a process.

        Raises:
            OSError: the system has no memory, process or file descriptor left for it.
            TrialError: it was killed before it was ready.
            ExecutorError: it ended by itself before it was ready.
        """
        pipe, theirs = _SPAWN.Pipe()
        # Not a daemon, which could not start the processes that load data.
        mark = uuid4().hex
        process = _SPAWN.Process(target=work, args=(theirs, self._threads, mark))
        self._watcher.add(mark)
        try:
            with blocked(signal.SIGINT, signal.SIGTERM):  # until it can ignore them
                process.start()
        except BaseException as error:
            pipe.close()
            if isinstance(error, RuntimeError):  # this is itself a worker, which runs a script's search on importing it
                raise ExecutorError(_UNGUARDED.format(error="it is itself a worker process")) from error
            raise
        finally:
            theirs.close()
        self._pipe, self._process, self.mark, self._ending = pipe, process, mark, ending_of(process)
        if self.stopped.is_set():
            process.kill()
        try:
            pipe.recv_bytes()
        except (EOFError, OSError):
            ending = self._end(grace=1)
            if (process.exitcode or 0) < 0:
                raise TrialError(f"it was ended by {ending}") from None
            raise ExecutorError(_UNGUARDED.format(error=ending)) from None

    def _end(self, grace: float = 0) -> str:
        """End the process, unless it ends within the grace, and all that it has started; return how it ended."""
        process, self._process, self._sent = self._process, None, b""
        if process is None:
            return "it never ran"
        # Not joined yet: the number of a process that was, and with it that of its group, can be given to another.
        connection.wait([self._ending], grace)
        if not self.stopped.is_set():  # else the executor ends all of its workers in one go
            end_marked([self.mark])
        kill_group(process)
        process.join()
        self._watcher.remove(self.mark)
        self._pipe.close()
        if self._ending != process.sentinel:
            os.close(self._ending)
        return ended(process.exitcode)
