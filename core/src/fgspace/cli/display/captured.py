"""Takes what this process and those that it starts print on the terminal, so that it can be shown above a display."""

import os
import select
import sys
import threading
from collections import deque
from typing import Self

_BACK = "\r"
_PATIENCE = 0.2
"""Seconds between two looks at whether to go on."""


class Captured:
    """Has the standard streams that are a terminal write to a pipe, whose whole lines can be taken.

    It works by the numbers of the streams, so that it holds for worker processes and libraries in C too. `terminal` is
    a file descriptor of the terminal itself.
    """

    def __enter__(self) -> Self:
        _flush()
        self._kept = {number: os.dup(number) for number in (1, 2) if os.isatty(number)}
        self.terminal = self._kept[1] if 1 in self._kept else os.dup(1)
        self._reader, writer = os.pipe()
        for number in self._kept:
            os.dup2(writer, number)
        os.close(writer)
        self._pieces: deque[bytes] = deque()
        self._rest = b""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the streams back; what was written is still to be taken."""
        _flush()
        for number, kept in self._kept.items():
            os.dup2(kept, number)
        self._ended.set()
        self._thread.join()
        self._drain()
        os.close(self._reader)

    def taken(self, *, all_of_it: bool = False) -> str:
        """Return the whole lines that were written since the last call; what a line was written over with is left."""
        written = self._rest + b"".join(self._pieces.popleft() for _ in range(len(self._pieces)))
        if all_of_it and written and not written.endswith(b"\n"):
            written += b"\n"
        whole, end, self._rest = written.rpartition(b"\n")
        lines = whole.decode("utf-8", "backslashreplace").split("\n") if end else []
        return "".join(f"{line.rstrip(_BACK).rpartition(_BACK)[2]}\n" for line in lines)

    def _read(self) -> None:
        while not self._ended.is_set():
            if select.select([self._reader], [], [], _PATIENCE)[0]:
                piece = os.read(self._reader, 65536)
                if not piece:
                    return
                self._pieces.append(piece)

    def _drain(self) -> None:
        os.set_blocking(self._reader, False)
        try:
            while piece := os.read(self._reader, 65536):
                self._pieces.append(piece)
        except BlockingIOError:
            pass  # somebody who was left behind still has it open


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
