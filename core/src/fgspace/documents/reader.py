"""Reads YAML into a document, safely and with the place of everything."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.reader import ReaderError

from fgspace.documents.document import Document, Path, shown
from fgspace.documents.scalars import RESOLVERS, SCALARS, TAG, scalar
from fgspace.errors import DescriptionError, FgspaceError, Place, Problem

_LARGEST = 200_000
"""Values a file may hold once its aliases are written out: more is a mistake, or an attack by nested aliases."""
_DEEPEST = 100
_TOO_DEEP = f"values are nested deeper than {_DEEPEST} levels"
_SEQUENCES = (f"{TAG}seq", f"{TAG}python/tuple")
_IN_ITSELF = "an alias stands inside what it names"
_Entries = Mapping[str, tuple[yaml.ScalarNode, yaml.Node]]


_PLAINER = {
    "found character '\\t' that cannot start any token": "a tab cannot stand here; write spaces",
    "mapping values are not allowed here": "a colon cannot stand here; look at the indentation, or put text in quotes",
}
"""What the parser says of common mistakes, and how it is said here."""


class _Loader(yaml.SafeLoader):
    """The safe loader, except that scalars are what they are in YAML 1.2."""


_Loader.yaml_implicit_resolvers = {}
for _resolver in RESOLVERS:
    _Loader.add_implicit_resolver(*_resolver)


def read(file: str | FilePath) -> Document:
    """Read a YAML file.

    Raises:
        FgspaceError: there is no such file, or it cannot be read.
        DescriptionError: the file is not plain YAML, repeats a key, or is not a mapping.
    """
    try:
        text = FilePath(file).read_text(encoding="utf-8")
    except OSError as error:
        raise FgspaceError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise FgspaceError(f"{file}: expected text in UTF-8") from None
    return read_text(text, str(file))


def read_text(text: str, file: str) -> Document:
    """Read YAML from a string; errors name it `file`."""
    root = _composed(text, file)
    if not isinstance(root, yaml.MappingNode):
        raise DescriptionError([Problem("", "expected a mapping, for instance search_space: ...", Place(file, 1, 1))])
    data, walk = _walked(root, file)
    return Document(data, walk.keys, walk.values)


def read_values(text: str, file: str) -> tuple[Any, Mapping[Path, Place]]:
    """Read YAML or JSON that may hold anything; return its data, and the place of each path: of its key, if it has one.

    Raises:
        DescriptionError: the text is not plain YAML, or repeats a key.
    """
    root = _composed(text, file)
    if root is None:
        return None, {}
    data, walk = _walked(root, file)
    return data, {**walk.values, **walk.keys}


def _walked(root: yaml.Node, file: str) -> tuple[Any, "_Walk"]:
    walk = _Walk(file)
    data = walk.value(root, ())
    if walk.problems:
        raise DescriptionError(walk.problems)
    return data, walk


def _composed(text: str, file: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
    except ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        message = f"character {chr(error.character)!r} cannot stand in YAML; remove it"
        raise DescriptionError([Problem("", message, Place(file, line, column))]) from None
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise DescriptionError([_syntax_problem(error, text, file)]) from None
    except RecursionError:
        raise DescriptionError([Problem("", _TOO_DEEP, Place(file, 1, 1))]) from None
    except (ValueError, OverflowError):  # the scanner asks Python for a character that Unicode lacks
        mark = loader.get_mark()
        message = f"character '\\U{loader.prefix(8)}' does not exist; the last one is '\\U0010FFFF'"
        raise DescriptionError([Problem("", message, Place(file, mark.line + 1, mark.column - 1))]) from None


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    found, started = error.problem_mark, error.context_mark
    if error.context == "while scanning a simple key" and started is not None:
        line = text.splitlines()[started.line].strip()
        place = Place(file, started.line + 1, started.column + 1)
        return Problem("", f"expected a colon and a space after a name, got {line!r}", place)
    place = Place(file, found.line + 1, found.column + 1) if found else Place(file, 1, 1)
    return Problem("", _in_words(error, started.line + 1 if started else None), place)


def _in_words(error: yaml.MarkedYAMLError, started: int | None) -> str:
    """Return the parser's message with its context, or a clearer one where the parser's is known to mislead."""
    message, context = error.problem or str(error), error.context or ""
    if message in _PLAINER:
        return _PLAINER[message]
    if "<block end>" in message:
        return f"is indented unlike the entries that begin in line {started}"
    if context.startswith("expected"):
        return f"{context}, {message}"
    if context.startswith("while") and started is not None:
        return f"{message}, {context} that begins in line {started}"
    return f"{message} ({context} in line {started})" if started is not None else message


class _Walk:
    """Turns YAML nodes into plain data; an alias becomes the object that it names."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self._made: dict[int, Any] = {}
        self._open: set[int] = set()
        self._entries_of: dict[int, _Entries | None] = {}
        self._merged = 0

    def value(self, node: yaml.Node, at: Path) -> Any:
        self.values[at] = self._place(node)
        if len(self.values) > _LARGEST:
            raise DescriptionError([self._wrong(node, at, f"the file holds more than {_LARGEST:,} values")])
        if len(at) > _DEEPEST:
            raise DescriptionError([self._wrong(node, at[:1], _TOO_DEEP)])
        if id(node) in self._open:
            place = self.keys.get(at, self._place(node))
            self.problems.append(Problem(shown(at), _IN_ITSELF, place))
            return None
        self._open.add(id(node))
        made = self._made_once(node, self._make(node, at))
        self._open.discard(id(node))
        return made

    def _made_once(self, node: yaml.Node, made: Any) -> Any:
        # Visited again under each alias so that every path has its place, but one node is one object.
        return self._made.setdefault(id(node), made)

    def _make(self, node: yaml.Node, at: Path) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == f"{TAG}map":
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode) and node.tag in _SEQUENCES:
            return [self.value(child, (*at, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in SCALARS:
            return self._scalar(node, at)
        tag = node.tag.replace(TAG, "!!")
        self.problems.append(self._wrong(node, at, f"tag {tag!r} is not read; only plain YAML and !!python/tuple are"))
        return None

    def _scalar(self, node: yaml.ScalarNode, at: Path) -> Any:
        try:
            return scalar(node.tag, node.value)
        except ValueError as error:
            self.problems.append(self._wrong(node, at, str(error)))
            return None

    def _mapping(self, node: yaml.MappingNode, at: Path) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, (key_node, value_node) in self._entries(node, at).items():
            path = (*at, key)
            self.keys[path] = self._place(key_node)
            made[key] = self.value(value_node, path)
        return made

    def _entries(self, node: yaml.MappingNode, at: Path, depth: int = 0) -> _Entries:
        """Return the entries of a mapping: those that its merges (<<) bring in, then its own, which replace them.

        A node is merged once however often it is named, so that a chain of merges costs what it holds.
        """
        if id(node) in self._entries_of:
            known = self._entries_of[id(node)]
            if known is None:
                self.problems.append(self._wrong(node, at, _IN_ITSELF))
            return known or {}
        if depth > _DEEPEST:
            raise DescriptionError([self._wrong(node, at[:1], _TOO_DEEP)])
        self._entries_of[id(node)] = None
        entries: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        for source in self._sources(node, at):
            entries.update(self._entries(source, at, depth + 1))
            self._merged += len(self._entries_of[id(source)] or ())
            if self._merged > _LARGEST:
                raise DescriptionError([self._wrong(node, at, f"merges (<<) bring in more than {_LARGEST:,} values")])
        entries.update(self._own(node, at))
        self._entries_of[id(node)] = entries
        return entries

    def _sources(self, node: yaml.MappingNode, at: Path) -> list[yaml.MappingNode]:
        """Return the mappings that are merged into one, the one that counts most last."""
        merges = [value for key, value in node.value if key.tag == f"{TAG}merge"]
        sources: list[yaml.MappingNode] = []
        for merge in merges:
            listed = merge.value[::-1] if isinstance(merge, yaml.SequenceNode) else [merge]
            if not all(isinstance(one, yaml.MappingNode) for one in listed):
                self.problems.append(self._wrong(node, at, "expected a mapping, or a list of mappings, after <<"))
            sources += [one for one in listed if isinstance(one, yaml.MappingNode)]
        return sources

    def _own(self, node: yaml.MappingNode, at: Path) -> _Entries:
        own: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(self._wrong(key, at, "expected a name before the colon"))
            elif key.tag != f"{TAG}merge" and key.value in own:
                first = own[key.value][0].start_mark.line + 1
                message = f"{key.value!r} is written twice; the first stands in line {first}"
                self.problems.append(self._wrong(key, (*at, key.value), message))
            elif key.tag != f"{TAG}merge":
                own[key.value] = (key, value)
        return own

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _wrong(self, node: yaml.Node, at: Path, message: str) -> Problem:
        return Problem(shown(at), message, self._place(node))
