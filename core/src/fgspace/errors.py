"""Errors that a user can correct, and the located problems of a description."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_LONGEST = 80
"""Characters of a value that an error shows."""


class FgspaceError(Exception):
    """An error that the user can correct: the command prints it to stderr and exits with 2, without a traceback."""


@dataclass(frozen=True)
class Place:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One error of a description: its path, its message, and its place where it was read from a file."""

    path: str
    message: str
    place: Place | None = None

    def __str__(self) -> str:
        # A message of several lines is what a type found wrong in several ways: each line says where.
        lines = self.message.splitlines() or [""]
        return "\n".join(": ".join(str(part) for part in (self.place, self.path, line) if part) for line in lines)


class DescriptionError(FgspaceError):
    """All problems of one description, in the order of the file, without repetition."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        # An alias is one place of the file, whatever paths lead there.
        once = {(problem.place or problem.path, problem.message): problem for problem in reversed(list(problems))}
        self.problems = tuple(sorted(reversed(once.values()), key=_file_order))
        super().__init__("\n".join(map(str, self.problems)))


def _file_order(problem: Problem) -> tuple[int, int]:
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known word that is most like a word, regardless of case; None if none is similar, from 0 to 1."""
    lower = {name.lower(): name for name in sorted(known, reverse=True)}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=likeness)
    return lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" if a known word is similar, else an empty string."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def brief(value: Any) -> str:
    """Return a value that a user wrote as text of at most 80 characters."""
    text = "null" if value is None else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
