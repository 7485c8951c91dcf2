"""The catalogue of plugins: a plain file that lies beside this module, or that the user names."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.plugins.hookspecs import KINDS

_KEYS = {"name": str, "summary": str, "provides": list, "licence": str}
_WORDS = {str: "text", list: "a list of kinds"}


@dataclass(frozen=True)
class Listed:
    """A plugin of the catalogue: its short name, what it is for, the kinds of its types, and its licence."""

    name: str
    summary: str
    provides: tuple[str, ...]
    licence: str

    def matches(self, words: Sequence[str]) -> bool:
        """Return whether every word is in its name, its summary or its kinds, in any case."""
        text = _plain(" ".join((self.name, self.summary, *self.provides)))
        return all(_plain(word) in text for word in words)


def catalogue(file: Path | None = None) -> list[Listed]:
    """Return the plugins of a catalogue, by name; of the one that comes with fgspace where no file is given.

    Raises:
        FgspaceError: the file cannot be read, or is no catalogue.
    """
    shown = "the catalogue of fgspace" if file is None else str(file)
    try:
        text = (file or files("fgspace.cli.publishing").joinpath("files", "catalogue.toml")).read_text(encoding="utf-8")
        tables = tomllib.loads(text).get("plugin", [])
    except OSError as error:
        raise FgspaceError(f"{shown}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FgspaceError(f"{shown}: is no TOML: {error}") from error
    if not isinstance(tables, list) or not tables:
        raise FgspaceError(f"{shown}: has no plugins; expected tables [[plugin]] with {', '.join(_KEYS)}")
    return sorted((_listed(one, f"{shown}: plugin {at}") for at, one in enumerate(tables, 1)), key=lambda one: one.name)


def _listed(table: Any, where: str) -> Listed:
    if not isinstance(table, dict) or (set(table) != set(_KEYS)):
        raise FgspaceError(f"{where}: expected the keys {', '.join(_KEYS)}, got {', '.join(map(str, table)) or 'none'}")
    for key, kind in _KEYS.items():
        if not isinstance(table[key], kind) or not table[key]:
            raise FgspaceError(f"{where}: {key}: expected {_WORDS[kind]}, got {table[key]!r}")
    for kind in table["provides"]:
        if kind not in KINDS and kind != "process":
            raise FgspaceError(f"{where}: provides: there is no kind {kind!r}; there are process, {', '.join(KINDS)}")
    return Listed(table["name"], table["summary"], tuple(table["provides"]), table["licence"])


def _plain(text: str) -> str:
    return re.sub(r"[-_]", " ", text).lower()
