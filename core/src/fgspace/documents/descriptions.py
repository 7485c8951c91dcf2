"""Tells composites and networks from other descriptions."""

from collections.abc import Mapping
from typing import Any

COMPOSITE = "FineGrainedSpace"
"""The type whose parts the description itself lists; the type of a space that names none."""


def is_composite(name: Any) -> bool:
    """Return whether a name, short or full, is that of the type whose parts the description itself lists."""
    return name in (COMPOSITE, f"fgspace/{COMPOSITE}")


def is_network(description: Mapping[str, Any]) -> bool:
    """Return whether a description is a network, rather than only named values."""
    return not is_composite(description.get("type")) or bool(description.get("modules"))
