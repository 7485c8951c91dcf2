"""Starts the program that ends what workers leave behind, should this process end without doing so."""

import os
import subprocess
import threading
from contextlib import suppress
from multiprocessing.spawn import get_executable
from typing import Any

from fgspace.study.executors import leftovers


class Watcher:
    """Knows the marks of the workers that run; where it cannot be started, workers look after themselves."""

    def __init__(self) -> None:
        self._process: Any = None
        self._lock = threading.Lock()

    def add(self, mark: str) -> None:
        """Watch over a worker that is about to start; starts the program with the first."""
        with self._lock, suppress(OSError):
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [get_executable(), "-I", "-S", leftovers.__file__, str(os.getpid())],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,  # what ends this process, such as Ctrl-C, must not end it
                )
        self._say(f"+{mark}\n")

    def remove(self, mark: str) -> None:
        """Forget a worker that has ended, with all that it had started."""
        self._say(f"-{mark}\n")

    def close(self) -> None:
        """End the program."""
        if (process := self._process) is not None:
            self._process = None
            with suppress(OSError):
                process.stdin.close()
            process.wait()

    def _say(self, line: str) -> None:
        with self._lock, suppress(OSError, ValueError, AttributeError):
            os.write(self._process.stdin.fileno(), line.encode())
