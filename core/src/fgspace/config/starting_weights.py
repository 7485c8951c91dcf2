"""Checks the weights that parts start from before any trial, at the points where their shapes may be others."""

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fgspace.config.places import of_part
from fgspace.documents.descriptions import is_network
from fgspace.documents.document import Document
from fgspace.errors import Problem, brief
from fgspace.network.costs import PartError
from fgspace.network.parts.starts import WEIGHTS
from fgspace.network.resolve.descriptions import Processed
from fgspace.network.resolve.keys import OpaqueError, part_key
from fgspace.spaces.boundary_points import boundary_points
from fgspace.spaces.space import Point, Space
from fgspace.spaces.templates.placeholders import Placeholder

if TYPE_CHECKING:
    from fgspace.network.weights.starts import Starts

_POINTS = 16
"""The most points at which the weights are compared with the network."""
_SHOWN = 4
"""The most values of a point that a message shows."""


def starts_problem(space: Space, document: Document) -> Problem | None:
    """Return why the weights of a part are not those of its network, None if they are.

    They are compared at the initial point, and at points where one hyper-parameter has its first or its last value.
    Networks that differ in their processes only are one.
    """
    if not is_network(space.tree) or not _is_named(space.tree):
        return None
    from fgspace.network.weights.starts import Starts

    known = Starts()
    for point in _points(space):
        try:
            _compare(space, point, known)
        except PartError as error:
            if error.message.startswith(f"{WEIGHTS}: "):
                return of_part(document, space.tree, error, point)
    return None


def _compare(space: Space, point: Point, known: "Starts") -> None:
    """Compare the weights at a point, and say of which point a warning or an error is, unless of the initial one."""
    where = _where(space, point)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            space.network.untrained(space.network_at(point), space.input_shape, known)
    except PartError as error:
        raise PartError(_at(error.message, where), error.path) from error
    for one in told:
        warnings.warn(_at(str(one.message), where), stacklevel=2)


def _at(message: str, where: str) -> str:
    """Return a message on the weights as one on those at a point."""
    start = f"{WEIGHTS}: "
    if not where or not message.startswith(start):
        return message
    told = message.removeprefix(start).replace("give the weights of this network", "search nothing that changes them")
    return f"{start}where {where}, {told}"


def _where(space: Space, point: Point) -> str:
    """Return the values of a point that are not those of the initial one, in words."""
    listed = [
        f"{path} is {value if isinstance(value, str) else brief(value)}"
        for path, value in point.items()
        if space.initial.get(path) != value
    ]
    more = f" and {len(listed) - _SHOWN} more are others" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def _points(space: Space) -> Iterator[Point]:
    """Yield points whose networks differ before their processes, the initial one first."""
    seen = set()
    for point in boundary_points(space, _POINTS):
        try:
            part = space.network.part(space.network_at(point), space.input_shape)
            key = part_key(part.part if isinstance(part, Processed) else part)
        except OpaqueError:
            yield point
        except PartError:
            continue  # the check of the networks reports it
        else:
            if key not in seen:
                seen.add(key)
                yield point


def _is_named(tree: Any) -> bool:
    """Return whether a part of a template, or of an option, has an entry `weights`."""
    if isinstance(tree, Placeholder):
        return any(map(_is_named, tree.branches.values()))
    if isinstance(tree, Mapping):
        return WEIGHTS in tree or any(map(_is_named, tree.values()))
    return isinstance(tree, list) and any(map(_is_named, tree))
