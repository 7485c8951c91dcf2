"""What kind of description plain data is."""

from collections.abc import Mapping
from typing import Any

COMPOSITE = "FineGrainedSpace"
"""The type whose parts the description itself lists; a space that names no type is of this one."""


def is_composite(name: Any) -> bool:
    """Say whether this is the name, short or full, of the type whose parts the description itself lists."""
    return name in (COMPOSITE, f"fgspace/{COMPOSITE}")


def is_network(description: Mapping[str, Any]) -> bool:
    """Say whether a description is a network, and not only named values."""
    return not is_composite(description.get("type")) or bool(description.get("modules"))
