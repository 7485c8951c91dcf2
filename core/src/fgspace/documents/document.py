"""A document: plain data from a file or a program, with the place of everything that was read from a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fgspace.errors import Place, Problem

_WORD = re.compile(r"\w+")

Path = tuple[str | int, ...]
"""The keys and indices that lead from a document's root to one of its values."""


def shown(at: Path) -> str:
    """Return a path as errors show it, dotted; paths in the space are those of its hyper-parameters."""
    return ".".join(map(str, at[1:] if at[:1] == ("search_space",) else at))


@dataclass(frozen=True)
class Document:
    """Plain data (mappings, lists, scalars), and the places of the key and the value of each path in the file."""

    data: Mapping[str, Any]
    keys: Mapping[Path, Place] = field(default_factory=dict)
    values: Mapping[Path, Place] = field(default_factory=dict)

    def option(self, at: Path, message: str) -> Path:
        """Return the path of the option at a path whose name all lines of a message begin with; else the path itself.

        A type begins the message of an error with the name of the option that is wrong.
        """
        word = _WORD.match(message)
        if word is None or any(not line.startswith(word[0]) for line in message.splitlines()):
            return at
        return (*at, word[0]) if (*at, word[0]) in self.values else at

    def problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> Problem:
        """Return a problem at the place of the value at this path, of its key, or of the nearest value around it."""
        if key and at in self.keys:
            return Problem(shown, message, self.keys[at])
        while at and at not in self.values:
            at = at[:-1]
        return Problem(shown, message, self.values.get(at))
