"""Chains: turns a list of spaces into the parts of one space."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.document import Document, Path
from fgspace.errors import DescriptionError, Place


def chained(document: Document) -> Document:
    """Return the document, a list of spaces in it replaced by one space with these as parts, named by their types.

    Raises:
        DescriptionError: the list is empty, or an element does not name a space.
    """
    spaces = document.data.get("search_space")
    if not isinstance(spaces, list | tuple):
        return document
    parts = _parts(document, spaces)
    types = [part["type"].rpartition("/")[2] for part in parts]
    names = [name if types.count(name) == 1 else f"{name}_{index}" for index, name in enumerate(types)]
    chain = {"type": "FineGrainedSpace", "modules": names, **dict(zip(names, parts, strict=True))}
    data = {**document.data, "search_space": chain}
    return Document(data, _moved(document.keys, names), _moved(document.values, names))


def _parts(document: Document, spaces: Sequence[Any]) -> list[dict[str, Any]]:
    parts = [_part(space) for space in spaces]
    problems = [
        document.problem(
            ("search_space", index),
            f"search_space.{index}",
            f"expected a space's name, its name with parameters, or a mapping with type; got {space!r}",
        )
        for index, (space, part) in enumerate(zip(spaces, parts, strict=True))
        if not isinstance(part.get("type"), str)
    ]
    if not parts:
        problems = [document.problem(("search_space",), "search_space", "expected at least one space, got none")]
    if problems:
        raise DescriptionError(problems)
    return parts


def _part(space: Any) -> dict[str, Any]:
    """Return the mapping of a space given by name, by name and parameters, or as a mapping; an empty one otherwise."""
    if isinstance(space, str):
        return {"type": space}
    if isinstance(space, list | tuple) and len(space) == 2 and isinstance(space[1], Mapping):
        return {"type": space[0], **space[1]}
    return dict(space) if isinstance(space, Mapping) else {}


def _moved(places: Mapping[Path, Place], names: Sequence[str]) -> dict[Path, Place]:
    return {_named(at, names): place for at, place in places.items()}


def _named(at: Path, names: Sequence[str]) -> Path:
    """Return a path in a list of spaces with the name of the space in place of its index."""
    match at:
        case ("search_space", int(index), *rest):
            return ("search_space", names[index], *rest)
    return at
