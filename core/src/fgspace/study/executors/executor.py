"""The contract of an executor, and the executor that runs trials in this process."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, Self

from fgspace.errors import FgspaceError
from fgspace.study.failure import no_room, words


class ExecutorError(FgspaceError):
    """The executor itself cannot go on, which ends the study and fails no trial."""


class DiskFull(ExecutorError):
    """A call had no room to write: its trial is run again when the study goes on."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; make room and resume, no finished trial is lost")


class Executor(Protocol):
    """Runs calls, at most `workers` at a time; has the interface of `concurrent.futures`, whose executors serve too.

    A call that raises, and a worker that dies, set an exception of the call's future. Leaving the context ends all
    calls that still run. An executor with a parameter `modules` is given the modules that the search imports, to bring
    them to its workers; its attribute `modules` says how they are imported there.
    """

    @property
    def workers(self) -> int:
        """The number of calls that can run at the same time now; 1 is assumed of an executor without this attribute."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call and return its future."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> object: ...


class SerialExecutor:
    """Runs each call in this process, before `submit` returns."""

    workers = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run the call and return its finished future; only Ctrl-C is raised."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as in a worker process, which `sys.exit` does not end either
            future.set_exception(DiskFull(words(error)) if no_room(error) else error)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass
