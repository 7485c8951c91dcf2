"""Handles Ctrl-C and SIGTERM during a search: the first ends it with its results, the second ends it at once."""

import os
import signal
from contextlib import suppress
from multiprocessing import active_children
from types import FrameType
from typing import Protocol, Self

from fgspace.study.executors.worker import kill_group

INTERRUPTED = 130
_FIRST = b"stopping; once more to stop at once\n"
_SECOND = b"stopped at once; finished trials are kept, continue with --resume\n"
_SHOW_CURSOR = b"\x1b[?25h"


class Display(Protocol):
    """What has the terminal during a search."""

    @property
    def terminal(self) -> int:
        """A file descriptor of the terminal."""

    def note(self, text: str) -> None:
        """Show a line, soon."""


class Interrupts:
    """Handles both signals inside its context: the first raises KeyboardInterrupt, or after `hold` is only noted."""

    def __init__(self) -> None:
        self.heard = False
        self.display: Display | None = None
        """What has the terminal, if anything has; else notices go to stderr."""
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
            _stop_at_once(2 if self.display is None else self.display.terminal)
        self.heard = True
        if self.display is None:
            _write(2, _FIRST)
        else:
            self.display.note(_FIRST.decode())
        if not self._held:
            raise KeyboardInterrupt


def _stop_at_once(stream: int) -> None:
    for child in active_children():
        kill_group(child)
    if os.isatty(stream):
        _write(stream, _SHOW_CURSOR)  # the display hides it
    _write(stream, _SECOND)
    os._exit(INTERRUPTED)


def _write(number: int, text: bytes) -> None:
    """Write to a standard stream by its number, since the signal may have interrupted a print to it."""
    with suppress(OSError):  # nobody reads it, or the disk is full
        os.write(number, text)
