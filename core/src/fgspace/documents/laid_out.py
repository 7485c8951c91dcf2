"""Writes an experiment as people write it: short values on one line, anchors with names, comments at their places."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

import yaml

from fgspace.documents.document import Path
from fgspace.documents.reader import read_values
from fgspace.documents.writer import Dumper

_WIDEST = 88
"""Characters of a mapping that stands on one line."""
_WIDTH = 120
"""Characters of a line."""

Comment = tuple[Path, str]
"""Where a comment stands, and its text."""


def laid_out(data: Any, comments: Sequence[Comment] = ()) -> str:
    """Return plain JSON as YAML, such that reading it gives the same data.

    Each comment stands above the line of its path, or of the nearest value around it; the comments of the root stand at
    the head. A mapping or list that stands in several places is written once, with an anchor.
    """
    text = _dumped(data, allow_unicode=True)
    if not all(letter.isprintable() or letter == "\n" for letter in text):
        text = _dumped(data, allow_unicode=False)  # what a terminal obeys is written as an escape
    return _with_comments(text, comments) if comments else text


def _dumped(data: Any, *, allow_unicode: bool) -> str:
    # PyYAML breaks a line after the word that passes the width.
    text: str = yaml.dump(data, Dumper=_LaidOut, sort_keys=False, width=_WIDTH - 10, allow_unicode=allow_unicode)
    return text


class _LaidOut(Dumper):
    """Writes short mappings on one line, and names anchors after the keys at which they stand."""

    def serialize(self, node: Any) -> None:
        self._names: dict[int, str] = {}
        for section, name in _children(node):
            self._visit(section, name)
            if not all(isinstance(child, yaml.ScalarNode) for child, _ in _children(section)):
                section.flow_style = False  # its values stand in lines of their own, which comments can name
        super().serialize(node)

    def generate_anchor(self, node: Any) -> str:
        taken = set(self.anchors.values())
        name = self._names[id(node)]
        numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(one for one in numbered if one not in taken)

    def _visit(self, node: Any, name: str) -> int:
        """Choose the style of a node and of what it holds; return how many characters it takes on one line."""
        if isinstance(node, yaml.ScalarNode):
            return len(node.value) + 2
        if id(node) in self._names:
            return len(name) + 2
        self._names[id(node)] = _as_anchor(name)
        children = list(_children(node))
        size = sum(len(key) + 2 + self._visit(child, key or name) for child, key in children)
        of_scalars = isinstance(node, yaml.SequenceNode) and all(isinstance(one, yaml.ScalarNode) for one in node.value)
        node.flow_style = of_scalars or (size <= _WIDEST and all(_on_one_line(child) for child, _ in children))
        return size


def _children(node: Any) -> Iterator[tuple[Any, str]]:
    """Yield what a node holds, each with its key; the elements of a list have none."""
    if isinstance(node, yaml.MappingNode):
        yield from ((value, key.value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((value, "") for value in node.value)


def _on_one_line(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) or bool(node.flow_style)


def _as_anchor(name: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name) or "value"


def _with_comments(text: str, comments: Sequence[Comment]) -> str:
    places = read_values(text, "")[1]
    above: dict[int, list[str]] = {}
    for at, comment in comments:
        while at and at not in places:
            at = at[:-1]
        above.setdefault(places[at].line if at else 0, []).append(comment)
    lines = [line for comment in above.get(0, ()) for line in _commented(comment, "")]
    for number, line in enumerate(text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        lines += [commented for comment in above.get(number, ()) for commented in _commented(comment, indent)]
        lines.append(line)
    return "\n".join(lines) + "\n"


def _commented(comment: str, indent: str) -> list[str]:
    # A line break or a control character would end the comment, or could not stand in YAML.
    plain = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in comment)
    return wrap(plain, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ", break_on_hyphens=False)
