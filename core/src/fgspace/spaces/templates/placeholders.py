"""Placeholders: the searched values of a template."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fgspace.documents.document import Path
from fgspace.spaces.domains import Domain, in_words


@dataclass(frozen=True, eq=False, repr=False)
class Placeholder:
    """A place of a description whose value is searched.

    `branches` maps the label of an option of a choice, as a point has it, to the template of the option; the label of
    a module is its type. `at` is the path of the domain in the document, `form` tells how it was read.
    """

    path: str
    domain: Domain
    initial: Any
    at: Path
    form: str
    branches: Mapping[str, Any] = field(default_factory=dict)

    def branch(self, option: Any) -> Any:
        """Return what an option of the choice stands for: a branch, or the option itself."""
        # A label is text; an option that is a list has no hash.
        return self.branches.get(option, option) if isinstance(option, str) else option

    def __repr__(self) -> str:
        return in_words(self.domain)


@dataclass(frozen=True, eq=False)
class Later:
    """A hyper-parameter whose domain follows from the network, and which is put in when the network is known."""

    holder: dict[str, Any]
    key: str
    follows: Callable[[Sequence[Any], Any], Any]
    path: str
    at: Path


def has_placeholder(node: Any) -> bool:
    """Return whether a tree has a placeholder."""
    return next(placeholders(node), None) is not None


def placeholders(node: Any) -> Iterator[Placeholder]:
    """Yield the placeholders of a tree, each before those of its branches, and as often as it occurs."""
    if isinstance(node, Placeholder):
        yield node
        children: Any = node.branches.values()
    else:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from placeholders(child)


def fill_at_start(node: Any) -> Any:
    """Return a tree with every placeholder replaced by its initial value."""
    if isinstance(node, Placeholder):
        start = node.branch(node.initial)
        return start if start is node.initial else fill_at_start(start)
    if isinstance(node, dict):
        return {key: fill_at_start(value) for key, value in node.items()}
    return [fill_at_start(value) for value in node] if isinstance(node, list) else node


def document_path(tree: Any, path: Sequence[str | int], point: Mapping[str, Any] | None = None) -> Path:
    """Return the path in the document of a path in the tree as filled at a point (by default the initial one)."""
    at: Path = ("search_space",)
    node = tree
    for step in path:
        if isinstance(node, Placeholder):
            at, node = _option(node, point)
        at = (*at, step)
        node = node.get(step) if isinstance(node, dict) else None
    return _option(node, point)[0] if isinstance(node, Placeholder) and node.branches else at


def _option(placeholder: Placeholder, point: Mapping[str, Any] | None) -> tuple[Path, Any]:
    """Return the option chosen at a point (by default the initial one): its path in the document, and its template."""
    chosen = placeholder.initial if point is None else point[placeholder.path]
    index = list(placeholder.domain.enumerate()).index(chosen)
    branch = placeholder.branch(chosen)
    return (*placeholder.at, "choice", index), None if branch is chosen else branch
