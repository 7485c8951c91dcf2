"""Prints text that others wrote (names, paths, error texts) so that it cannot command the terminal."""

import re
import sys
from typing import TextIO

# All control characters but tab and line feed; line separators; what turns the direction of text; lone surrogates.
_COMMANDS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
COMMANDS, IN_LINE = re.compile(f"[{_COMMANDS}]"), re.compile(f"[\t\n{_COMMANDS}]")
"""What a terminal obeys; and what a text that stands in one line must not hold either."""


def escape(found: re.Match[str]) -> str:
    r"""Return the escape of a character that `COMMANDS` found: `\x1b`, `\ud800`."""
    return found[0].encode("unicode_escape").decode()


def escaped(text: str) -> str:
    r"""Return text with each character that a terminal obeys, or that is none, as an escape: `\x1b`, `\ud800`."""
    return COMMANDS.sub(escape, text)


def in_line(text: str) -> str:
    r"""Return text for a place in a line or a table, where a line feed and a tab are escaped too."""
    return IN_LINE.sub(escape, text)


def say(*values: object, sep: str = " ", end: str = "\n", file: TextIO | None = None, flush: bool = False) -> None:
    """Print as `print` does, with what the values hold escaped; every command prints through it."""
    print(escaped(sep.join(map(str, values))), end=end, file=sys.stdout if file is None else file, flush=flush)
