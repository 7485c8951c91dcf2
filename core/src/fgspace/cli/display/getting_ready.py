"""Shows the progress of what happens before the first trial, such as reading the data: minutes without a word else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fgspace.cli.display.widths import columns, cut
from fgspace.cli.printing import in_line
from fgspace.study.progress.progress import Progress, heard_by

_ON_TERMINAL, _IN_PIPE = 0.1, 60.0
"""Seconds between two lines; in a pipe, they also pass before the first."""


@contextmanager
def getting_ready(tell: Callable[[str], None] | None = None) -> Iterator[None]:
    """Show on stderr the progress that is told inside: in one line on a terminal, in a line now and then elsewhere.

    With `tell`, it is told now and then by that.
    """
    shown = _OnTerminal() if sys.stderr.isatty() and tell is None else _InPipe(tell or _say)
    try:
        with heard_by(shown):
            yield
    finally:
        shown.end()


class _OnTerminal:
    def __init__(self) -> None:
        self._due = 0.0
        self._is_shown = False

    def __call__(self, told: Progress) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _ON_TERMINAL
            self._is_shown = True
            print(f"\r\x1b[K{cut(in_line(str(told)), columns() - 1)}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(in_line(text), file=sys.stderr, flush=True)


class _InPipe:
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._due = time.monotonic() + _IN_PIPE

    def __call__(self, told: Progress) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _IN_PIPE
            self._tell(str(told))

    def end(self) -> None:
        pass
