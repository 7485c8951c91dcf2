"""Mappings of an old file that remember what was taken from them, so that nothing is dropped without a note."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fgspace import ConversionNote

from fgspace_migrate.domains import Choice, Option, Options

Path = tuple[str | int, ...]
"""The keys and indices that lead from a file's root to one of its values."""


class Notes:
    """Collects what is not carried over, each thing once, in the order of the file."""

    def __init__(self, line: Callable[[Path], int]) -> None:
        self._line = line
        self._notes: dict[tuple[int, str], ConversionNote] = {}

    def add(self, at: Path, message: str, to: Path = ()) -> None:
        """Add a note on the value at a path of the old file; it is written at the path `to` of the new one."""
        line = self._line(at)
        self._notes.setdefault((line, message), ConversionNote(message, line, to))

    def in_order(self) -> tuple[ConversionNote, ...]:
        """Return the notes in the order of their lines."""
        return tuple(sorted(self._notes.values(), key=lambda note: note.line))


class Section:
    """A mapping of an old file: every key is either taken, or named in a note by `close`."""

    def __init__(self, data: Mapping[str, Any], at: Path, name: str = "") -> None:
        self.at = at
        self.name = name
        self._values: dict[str, Any] = {}
        self._places: dict[str, Path] = {}
        self._taken: set[str] = set()
        for key, value in data.items():
            self.put(key, value, (*at, key))

    def put(self, key: str, value: Any, at: Path) -> None:
        """Set the value of a key, which stands at a path of the old file; mappings become sections."""
        # Domains are mappings too, of classes of their own.
        self._values[key] = Section(value, at, self.named(key)) if type(value) is dict else value
        self._places[key] = at

    def named(self, key: str) -> str:
        """Return how notes call a key."""
        return f"{self.name}.{key}".lstrip(".")

    def place(self, key: str) -> Path:
        """Return the path of a key in the old file."""
        return self._places.get(key, self.at)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def look(self, key: str) -> Any:
        """Return a value without taking it, None if there is none."""
        return self._values.get(key)

    def take(self, key: str) -> Any:
        """Return a value and mark it as taken, None if there is none."""
        self._taken.add(key)
        return self._values.get(key)

    def skip(self, *keys: str) -> None:
        """Mark keys as taken that need nothing here."""
        self._taken.update(keys)

    def section(self, key: str, notes: Notes) -> "Section":
        """Return a value that should be a mapping, an empty section if there is none; note one that is not."""
        value = self.take(key)
        if isinstance(value, Section):
            return value
        if value is not None:
            notes.add(self.place(key), f"{self.named(key)}: is not carried over, since it is not a mapping")
        return Section({}, self.place(key), self.named(key))

    def copy(self) -> "Section":
        """Return a copy, with the sections and options in it copied too; domains stay the same objects."""
        made = Section({}, self.at, self.name)
        for key, value in self._values.items():
            made._values[key] = _copied(value)
            made._places[key] = self._places[key]
        made._taken = set(self._taken)
        return made

    def remove(self, key: str) -> None:
        """Remove a key."""
        self._values.pop(key, None)

    def plain(self) -> dict[str, Any]:
        """Take everything; return it as it stands in a new file."""
        self._taken.update(self._values)
        return {key: rendered(value) for key, value in self._values.items()}

    def close(self, notes: Notes, to: Path, why: str = "has no counterpart here") -> None:
        """Note every key that was not taken."""
        for key in self._values:
            if key not in self._taken:
                notes.add(self.place(key), f"{self.named(key)}: {why}", to)


def rendered(value: Any) -> Any:
    """Return a value as it stands in a new file: sections become mappings, and options a choice."""
    if isinstance(value, Options):
        return Choice([Option(option.facts, rendered(option.value)) for option in value])
    return value.plain() if isinstance(value, Section) else value


def _copied(value: Any) -> Any:
    if isinstance(value, Options):
        return Options(Option(option.facts, _copied(option.value)) for option in value)
    return value.copy() if isinstance(value, Section) else value
