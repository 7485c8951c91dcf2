"""Writes commands as a shell reads them."""

import os
import shlex
from pathlib import Path


def command(*words: str | Path) -> str:
    """Return a command in one line, with what needs it quoted; a `Path` is never taken for an option."""
    return " ".join(map(quoted, words))


def quoted(word: str | Path) -> str:
    """Return a word of a command as a shell reads it; with escapes where it holds what cannot be printed."""
    text = f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)
    if text.isprintable():
        return shlex.quote(text)
    return f"$'{''.join(map(_escaped, os.fsencode(text)))}'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    if character in "\\'":
        return f"\\{character}"
    return character if character.isascii() and character.isprintable() else f"\\x{byte:02x}"
