"""How many columns of a terminal a text takes, and how it is cut to fit."""

import os
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import combining, east_asian_width


def size(terminal: int) -> tuple[int, int]:
    """Return the columns and lines of a terminal, as `COLUMNS` and `LINES` or it itself says; else 80 and 24."""
    said = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    try:
        found: tuple[int, int] = os.get_terminal_size(terminal)
    except OSError:  # it is none
        found = (0, 0)
    columns, lines = (
        int(written) if written.isdecimal() and int(written) else known or otherwise
        for written, known, otherwise in zip(said, found, (80, 24), strict=True)
    )
    return max(20, columns), max(3, lines)


def columns() -> int:
    """Return the number of columns of standard output; 80 where it is no terminal and `COLUMNS` says nothing."""
    return size(1)[0]


def width(text: str) -> int:
    """Return the number of columns that a text takes, which holds nothing that a terminal obeys."""
    if text.isascii():
        return len(text)
    return sum(map(_width_of, text))


@lru_cache(maxsize=1000)
def _width_of(letter: str) -> int:
    return 0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1


def cut(text: str, most: int) -> str:
    """Return a text that takes at most this number of columns, with "…" in place of what is left out."""
    if width(text) <= most:
        return text
    kept, taken = [], 0
    for letter in text:
        taken += width(letter)
        if taken > most - 1:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def flowed(words: Iterable[str], most: int, gap: str = "   ") -> list[str]:
    """Return texts in as few lines of at most this width as they fit in, in their order; one that is longer is cut."""
    lines: list[str] = []
    for word in words:
        if lines and width(lines[-1]) + len(gap) + width(word) <= most:
            lines[-1] += gap + word
        else:
            lines.append(cut(word, most))
    return lines
