"""Handles Ctrl-C and SIGTERM during a search: the first ends it with its results, the second ends it at once."""

import os
import signal
import sys
from contextlib import suppress
from multiprocessing import active_children
from types import FrameType
from typing import Self

from fgspace.study.executors.worker import kill_group

INTERRUPTED = 130
_FIRST = b"stopping; once more to stop at once\n"
_SECOND = b"stopped at once; finished trials are kept, continue with --resume\n"
_SHOW_CURSOR = b"\x1b[?25h"


class Interrupts:
    """Handles both signals inside its context: the first raises KeyboardInterrupt, or after `hold` is only noted."""

    def __init__(self) -> None:
        self.heard = False
        self._held = False
        # A signal that the shell ignores, as for a command in the background, stays ignored.
        self._signals = [
            number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN
        ]

    def hold(self) -> None:
        """From here on, only note the first signal."""
        self._held = True

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._hear) for number in self._signals}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.heard:
            _stop_at_once()
        self.heard = True
        _write(2, _FIRST)
        if not self._held:
            raise KeyboardInterrupt


def _stop_at_once() -> None:
    for child in active_children():
        kill_group(child)
    if sys.stdout.isatty():
        _write(1, _SHOW_CURSOR)  # the bar hides it
    _write(2, _SECOND)
    os._exit(INTERRUPTED)


def _write(number: int, text: bytes) -> None:
    """Write to a standard stream by its number, since the signal may have interrupted a print to it."""
    with suppress(OSError):  # nobody reads it, or the disk is full
        os.write(number, text)
