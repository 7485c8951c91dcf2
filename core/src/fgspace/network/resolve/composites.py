"""The parts in the description of a composite."""

from collections.abc import Mapping
from typing import Any

from fgspace.network.costs import PartError
from fgspace.network.parts.combinators import class_name


def listed(description: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return name and description of the parts in `modules`, which holds names or descriptions.

    Raises:
        PartError: there is no part of a name in `modules`.
    """
    parts = []
    for index, name in enumerate(description["modules"]):
        if isinstance(name, Mapping):
            parts.append((f"{class_name(name)}_{index}", name))
        elif name in description:
            parts.append((name, description[name]))
        else:
            raise PartError(f"modules names {name!r}, but there is no part of that name")
    return parts
