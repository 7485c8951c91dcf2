"""Vectors of choices whose options have hyper-parameters of their own: each element is a choice of its own."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from fgspace.spaces.domains.syntax import read_domain
from fgspace.spaces.templates.labels import is_plain

_LONGEST = 1_000
"""The most elements, each of which is a hyper-parameter."""


def is_vector_of_options(raw: Any) -> bool:
    """Return whether a domain is a vector of a choice with options that are no plain values, or of such a vector."""
    if not isinstance(raw, Mapping) or "vector" not in raw:
        return False
    element = raw["vector"]
    options = element.get("choice") if isinstance(element, Mapping) else None
    return is_vector_of_options(element) or (isinstance(options, list) and not all(map(is_plain, options)))


def elements(raw: Mapping[str, Any], data: Mapping[str, Any]) -> list[Any]:
    """Return the domain of each element of such a vector in a document.

    They are copies, so that each is a hyper-parameter of its own; only an alias to what stands elsewhere in the
    document, too, is the same in all.

    Raises:
        ValueError: the domain cannot be read, or the vector is too long.
    """
    length = read_domain(raw).length  # type: ignore[attr-defined]  # a `Vector`, whose options are checked as well
    if length > _LONGEST:
        raise ValueError(
            f"vector: expected a length of at most {_LONGEST:,} where options have mappings or domains, got {length:,}"
        )
    aliases = _aliases(data)
    return [_copy(raw["vector"], aliases, keep=False) for _ in range(length)]


def _aliases(data: Mapping[str, Any]) -> set[int]:
    """Return the ids of the mappings and lists that stand in several places, apart from the section `definitions`."""
    places = Counter(map(id, _below({name: one for name, one in data.items() if name != "definitions"}, set())))
    return {one for one, count in places.items() if count > 1}


def _below(node: Any, seen: set[int]) -> Iterator[Any]:
    """Yield each mapping and list below a node as often as another one holds it."""
    if id(node) in seen:
        return
    seen.add(id(node))
    for child in node.values() if isinstance(node, Mapping) else node:
        if isinstance(child, Mapping | list):
            yield child
            yield from _below(child, seen)


def _copy(node: Any, aliases: set[int], *, keep: bool = True) -> Any:
    if keep and id(node) in aliases:
        return node
    if isinstance(node, Mapping):
        return {key: _copy(child, aliases) for key, child in node.items()}
    return [_copy(child, aliases) for child in node] if isinstance(node, list) else node
