"""Values as words, so that a value of a description and a cell of a table are compared as what they mean."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})(?:\.\d*)?(?:[eE][+-]?\d{1,3})?")
_PATH = re.compile(r"\{([^{}]+)\}")
_ABSENT = object()


def word(value: Any) -> str:
    """Return a value as a word: 1, 1.0 and "1" are equal, and so are true, "True" and "true"; null is empty.

    A list is written with brackets, and a mapping with `type` counts as that. The texts "007" and "1_000" stay texts.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(word, value))}]"
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        return _of_text(value["type"].rpartition("/")[2])
    return json.dumps(value, sort_keys=True, default=str)


def _of_text(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return word(float(text))
    if text.lower() in ("true", "false"):
        return text.lower()
    if text.startswith("["):
        try:
            return word(json.loads(text))
        except ValueError:
            return text
    return text


@dataclass(frozen=True)
class Template:
    """What a key column holds, as a description gives it: one path, or a text with paths in braces.

    A path is dotted, and goes through mappings and lists: `network.cell.0`.

    Raises:
        ValueError: a brace stands alone.
    """

    text: str

    def __post_init__(self) -> None:
        if set("{}") & set(_PATH.sub("", self.text)):
            raise ValueError(f"expected a path in each pair of braces, such as {{network.cell.0}}, got {self.text!r}")

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths, in order."""
        return tuple(_PATH.findall(self.text)) or (self.text,)

    def filled(self, description: Mapping[str, Any]) -> str:
        """Return the word of a description; a path that leads nowhere is empty, as where an option is not active."""
        if not _PATH.search(self.text):
            return word(_at(description, self.text))
        return word(_PATH.sub(lambda match: word(_at(description, match[1])), self.text))

    def missing(self, description: Mapping[str, Any]) -> list[str]:
        """Return the paths that lead nowhere."""
        return [path for path in self.paths if _at(description, path, _ABSENT) is _ABSENT]


def _at(description: Mapping[str, Any], path: str, absent: Any = None) -> Any:
    node: Any = description
    for step in path.split("."):
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, list | tuple) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return absent
    return node
