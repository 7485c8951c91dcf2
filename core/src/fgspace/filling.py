"""Fills the holes of a template from a point."""

from collections.abc import Callable, Mapping
from typing import Any

from fgspace.template import Hole, holes


def filler(node: Any) -> Callable[[Mapping[str, Any]], Any]:
    """Return the function that fills a tree's holes from a point, made once so that filling is quick."""
    if isinstance(node, Hole):
        return _hole_filler(node)
    if next(holes(node), None) is None:
        return lambda _: node
    if isinstance(node, dict):
        fillers = {key: filler(child) for key, child in node.items() if next(holes(child), None) is not None}
        return lambda point: {**node, **{key: fill(point) for key, fill in fillers.items()}}
    elements = [filler(child) for child in node]
    return lambda point: [fill(point) for fill in elements]


def _hole_filler(hole: Hole) -> Callable[[Mapping[str, Any]], Any]:
    path = hole.path
    if not hole.branches:
        return lambda point: point[path]
    fillers = {label: filler(branch) for label, branch in hole.branches.items()}
    return lambda point: fillers[point[path]](point) if point[path] in fillers else point[path]
