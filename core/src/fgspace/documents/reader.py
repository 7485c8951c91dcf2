"""Reads YAML into a document, safely and with the place of everything."""

import re
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.reader import ReaderError

from fgspace.documents.document import Document, Path, shown
from fgspace.errors import DescriptionError, FgspaceError, Place, Problem

_LARGEST = 200_000
"""Values a file may hold once its aliases are written out: more is a mistake, or an attack by nested aliases."""
_DEEPEST = 100
_TOO_DEEP = f"values are nested deeper than {_DEEPEST} levels"
_SEQUENCES = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:python/tuple")
_PLAIN = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))


_PLAINER = {
    "found character '\\t' that cannot start any token": "a tab cannot stand here; write spaces",
    "mapping values are not allowed here": "a colon cannot stand here; look at the indentation, or put text in quotes",
}
"""What the parser says of common mistakes, and how it is said here."""


NUMBER = re.compile(r"^[-+]?(\d[\d_]*)(\.[\d_]*)?[eE][-+]?\d+$")
NUMBER_STARTS = list("-+0123456789")
"""A number with an exponent and no point, which YAML 1.1 takes for text."""


class _Loader(yaml.SafeLoader):
    """The safe loader, except that it reads `1e-3` as a number and dates as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, NUMBER_STARTS)


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
    loader, root = _composed(text, file)
    if not isinstance(root, yaml.MappingNode):
        raise DescriptionError([Problem("", "expected a mapping, for instance search_space: ...", Place(file, 1, 1))])
    walk = _Walk(loader, file)
    data = walk.value(root, ())
    if walk.problems:
        raise DescriptionError(walk.problems)
    return Document(data, walk.keys, walk.values)


def _composed(text: str, file: str) -> tuple[_Loader, yaml.Node | None]:
    try:
        loader = _Loader(text)
        return loader, loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise DescriptionError([_syntax_problem(error, text, file)]) from None
    except ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        message = f"character {chr(error.character)!r} cannot stand in YAML; remove it"
        raise DescriptionError([Problem("", message, Place(file, line, column))]) from None
    except RecursionError:
        raise DescriptionError([Problem("", _TOO_DEEP, Place(file, 1, 1))]) from None


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

    def __init__(self, loader: _Loader, file: str) -> None:
        self.loader = loader
        self.file = file
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self._made: dict[int, Any] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node, at: Path) -> Any:
        self.values[at] = self._place(node)
        if len(self.values) > _LARGEST:
            raise DescriptionError([self._wrong(node, at, f"the file holds more than {_LARGEST:,} values")])
        if len(at) > _DEEPEST:
            raise DescriptionError([self._wrong(node, at[:1], _TOO_DEEP)])
        if id(node) in self._open:
            place = self.keys.get(at, self._place(node))
            self.problems.append(Problem(shown(at), "an alias stands inside what it names", place))
            return None
        self._open.add(id(node))
        made = self._made_once(node, self._make(node, at))
        self._open.discard(id(node))
        return made

    def _made_once(self, node: yaml.Node, made: Any) -> Any:
        # Visited again under each alias so that every path has its place, but one node is one object.
        return self._made.setdefault(id(node), made)

    def _make(self, node: yaml.Node, at: Path) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode) and node.tag in _SEQUENCES:
            return [self.value(child, (*at, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _PLAIN:
            return self._scalar(node, at)
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        self.problems.append(self._wrong(node, at, f"tag {tag!r} is not read; only plain YAML and !!python/tuple are"))
        return None

    def _scalar(self, node: yaml.ScalarNode, at: Path) -> Any:
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            kind = node.tag.rpartition(":")[2]
            self.problems.append(self._wrong(node, at, f"expected {kind}, got {node.value!r}"))
            return None

    def _mapping(self, node: yaml.MappingNode, at: Path) -> dict[str, Any]:
        own = {id(key) for key, _ in node.value}
        try:
            self.loader.flatten_mapping(node)
        except yaml.MarkedYAMLError:
            self.problems.append(self._wrong(node, at, "expected a mapping, or a list of mappings, after <<"))
            return {}
        made: dict[str, Any] = {}
        written: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self.problems.append(self._wrong(key_node, at, "expected a name before the colon"))
                continue
            path = (*at, key)
            if key in written:
                message = f"{key!r} is written twice; the first stands in line {self.keys[path].line}"
                self.problems.append(self._wrong(key_node, path, message))
                continue
            # What a merge (<<) brought in may be written again; what stands here may not.
            if id(key_node) in own:
                written.add(key)
            self.keys[path] = self._place(key_node)
            made[key] = self.value(value_node, path)
        return made

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _wrong(self, node: yaml.Node, at: Path, message: str) -> Problem:
        return Problem(shown(at), message, self._place(node))
