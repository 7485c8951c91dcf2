"""Ctrl-C and SIGTERM while a search runs: the first ends it and keeps what it found, the second ends all at once."""

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
_SECOND = b"stopped at once; what is told is kept, go on by --resume\n"
_SHOW_CURSOR = b"\x1b[?25h"


class Interrupts:
    """Hears both signals inside: the first raises KeyboardInterrupt, or is only noted once `hold` was called."""

    def __init__(self) -> None:
        self.heard = False
        self._held = False
        # What the shell had ignored, as of a command in the background, stays so.
        self._signals = [
            number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN
        ]

    def hold(self) -> None:
        """Let the first signal from here on interrupt nothing."""
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
