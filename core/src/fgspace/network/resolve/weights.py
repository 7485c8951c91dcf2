"""Finds the weights that a description names, and leaves them out."""

from collections.abc import Callable, Mapping
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.network.parts.starts import WEIGHTS, Start, read_start
from fgspace.network.resolve.entries import Entry

Entries = Callable[[str], Entry]
"""Returns the entry of a module type."""


def starts(node: Any, entries: Entries, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Start]:
    """Return path → weights of the parts of a description that start from a file."""
    if isinstance(node, list):
        node = {str(index): one for index, one in enumerate(node)}
    if not isinstance(node, Mapping):
        return {}
    found = {}
    if WEIGHTS in node and _is_start(node, entries) and (start := read_start(node[WEIGHTS])) is not None:
        found[path] = start
    for name, inner in node.items():
        found |= starts(inner, entries, (*path, name))
    return found


def without_weights(description: Mapping[str, Any], entries: Entries) -> dict[str, Any]:
    """Return a description whose parts start at random, and whose processes read no weights."""

    def weightless(part: Any) -> Any:
        entry = entries(part["type"]) if isinstance(part, Mapping) and "type" in part else None
        reads = entry is not None and entry.is_process and WEIGHTS in entry.known
        return {**part, WEIGHTS: False} if reads else _random(part, entries)

    parts = {name: weightless(part) for name, part in description.items()}
    if "modules" in parts:
        parts["modules"] = list(map(weightless, parts["modules"]))
    return {name: part for name, part in parts.items() if name != WEIGHTS or not _is_start(description, entries)}


def _random(node: Any, entries: Entries) -> Any:
    if isinstance(node, list):
        return [_random(one, entries) for one in node]
    if not isinstance(node, Mapping):
        return node
    leaves_out = WEIGHTS in node and _is_start(node, entries)
    return {name: _random(one, entries) for name, one in node.items() if not (leaves_out and name == WEIGHTS)}


def _is_start(node: Mapping[str, Any], entries: Entries) -> bool:
    """Return whether what a mapping names `weights` is a file that its part starts from."""
    try:
        entry = entries(node["type"])
    except (FgspaceError, KeyError):
        return False  # no part
    return WEIGHTS not in (*entry.known, *(node.get("modules") or ())) and not entry.is_process
