"""What kind of description plain data is."""

from collections.abc import Mapping
from typing import Any


def is_composite(name: Any) -> bool:
    """Say whether this is the name, short or full, of the type whose parts the description itself lists."""
    return name in ("FineGrainedSpace", "fgspace/FineGrainedSpace")


def is_network(description: Mapping[str, Any]) -> bool:
    """Say whether a description is a network, and not only named values."""
    return not is_composite(description.get("type")) or bool(description.get("modules"))
