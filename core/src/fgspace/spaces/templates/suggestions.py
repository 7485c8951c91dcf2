"""The suggestions in the messages of the check of a template."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from fgspace.errors import brief, nearest
from fgspace.spaces.domains.syntax import HEADS
from fgspace.spaces.templates.placeholders import Placeholder


def suggestion(near: str | None, names: Sequence[str]) -> str:
    """Return the end of a message about an unknown name: the near one, or all known ones."""
    return f"; did you mean {near!r}?" if near else f"; it takes {', '.join(names) or 'none'}"


def as_mapping(node: Any) -> str:
    """Return the end of a message about a value that should be a mapping with type: how to write it."""
    if isinstance(node, Mapping) and "modules" in node:
        return "; write type: FineGrainedSpace"
    return f"; write {{type: {node}}}" if is_text(node) else meant_domain(node)


def meant_domain(value: Any) -> str:
    """Return the end of a message about a mapping that looks like a misspelt domain."""
    near = nearest(next(iter(value)), HEADS) if isinstance(value, Mapping) and len(value) == 1 else None
    return f"; did you mean {{{near}: ...}}?" if near else ""


def is_text(value: Any) -> TypeGuard[str]:
    """Return whether a value is text."""
    return isinstance(value, str)


def brief_node(value: Any) -> str:
    """Return a value of a template as messages show it, shortened if it is long."""
    return "a domain" if isinstance(value, Placeholder) else brief(value)


def joined(shown: str, key: Any) -> str:
    """Return a dotted path with one more step."""
    return f"{shown}.{key}" if shown else str(key)
