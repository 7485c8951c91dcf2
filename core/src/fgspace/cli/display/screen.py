"""A block of lines at the bottom of a terminal, which is drawn again in place, with text that scrolls above it."""

import os
import sys
from collections.abc import Sequence

from fgspace.cli.display.widths import size, width
from fgspace.study.executors.streams import Steady

_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """Draws a block of lines; the cursor waits, hidden, at the beginning of the line below.

    With `NO_COLOR` the lines are plain. It draws as long as the output can be written: `error` is the error that it
    broke with.

    Args:
        terminal: a file descriptor of the terminal.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        encoding = sys.stdout.encoding or "utf-8"
        self._output = Steady(open(terminal, "w", encoding=encoding, errors="backslashreplace", closefd=False))  # noqa: SIM115
        self._drawn: list[int] = []
        self._is_plain = bool(os.environ.get("NO_COLOR"))

    @property
    def error(self) -> OSError | None:
        """The error that the output broke with, None while it works."""
        return self._output.error

    @property
    def size(self) -> tuple[int, int]:
        """The present number of columns and of lines."""
        return size(self._terminal)

    def draw(self, above: str, block: Sequence[str], *, last: bool = False) -> None:
        """Write text above the block, whole lines of it, and draw the block anew; the last one stays as it is."""
        lines = [self._styled(line, index) for index, line in enumerate(block)]
        text = "".join([self._erased(), above, *(f"{line}\n" for line in lines), _SHOW if last else _HIDE])
        self._output.write(text)
        self._output.flush()
        self._drawn = [] if last else [width(line) for line in block]

    def _erased(self) -> str:
        """Return what erases the block, which takes more rows where the terminal has become narrower since."""
        wide = self.size[0]
        rows = sum(max(1, -(-taken // wide)) for taken in self._drawn)
        return f"\r\x1b[{rows}A\x1b[J" if rows else "\r\x1b[J"

    def _styled(self, line: str, index: int) -> str:
        if self._is_plain:
            return line
        return f"{_BOLD}{line}{_PLAIN}" if index == 0 else f"{_DIM}{line}{_PLAIN}" if ":" in line else line
