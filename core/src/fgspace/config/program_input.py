"""Takes what a program gives in place of a file: plain data, in which domains and types may be objects."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from fgspace.documents.document import Document
from fgspace.documents.plain import as_plain
from fgspace.documents.reader import read
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Registry
from fgspace.spaces.domains import Choice, Float, Int, Tokens, Vector

_DOMAINS = (Choice, Float, Int, Tokens, Vector)


def document_of(source: Any, registry: Registry) -> Document:
    """Return the document of a file's path, of the mapping that a file would hold, or of its section `search_space`.

    Raises:
        FgspaceError: the file cannot be read, or something in the mapping is no plain data.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, str) and registry.first(("module",), source) and not FilePath(source).exists():
        source = {"type": source}
    if isinstance(source, str | FilePath):
        return read(_path(source))
    data = source if isinstance(source, Mapping) and "search_space" in source else {"search_space": source}
    return Document(as_plain(data, written=lambda value, at: _written(value, at, registry)))


def _path(source: str | FilePath) -> str | FilePath:
    if isinstance(source, str) and "\n" in source:
        cure = "give what yaml.safe_load makes of it"
        raise FgspaceError(f"expected the path of a file, or a mapping; got text of several lines: {cure}")
    return source


def _written(value: Any, at: str, registry: Registry) -> Any:
    """Return an object as a file would write it: the long form of a domain, the name of a type."""
    if isinstance(value, _DOMAINS):
        return value.to_json()
    if at.rpartition(".")[2] != "type" or not callable(value):
        return value
    name = getattr(value, "__qualname__", repr(value))
    place = f"{getattr(value, '__module__', '')}:{name}"
    for found in registry.types:
        if found.target is value or found.target == place:
            return found.name
    raise FgspaceError(f"{at}: {name!r} has no name yet; register it with @fgspace.register")
