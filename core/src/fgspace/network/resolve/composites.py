"""The parts that the description of a composite lists."""

from collections.abc import Mapping
from typing import Any

from fgspace.network.costs import PartError
from fgspace.network.parts.combinators import class_name


def listed(description: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the parts that `modules` lists, each a name or a description, by name.

    Raises:
        PartError: a name has no part.
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
