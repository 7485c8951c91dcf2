"""Fills the placeholders of a template from a point."""

from collections.abc import Callable, Mapping
from typing import Any

from fgspace.spaces.templates.placeholders import Placeholder, placeholders


def filler(node: Any) -> Callable[[Mapping[str, Any]], Any]:
    """Return a function that fills the placeholders of a tree from a point; it is made once to make filling fast."""
    if isinstance(node, Placeholder):
        return _placeholder_filler(node)
    if next(placeholders(node), None) is None:
        return lambda _: node
    if isinstance(node, dict):
        fillers = {key: filler(child) for key, child in node.items() if next(placeholders(child), None) is not None}
        return lambda point: {**node, **{key: fill(point) for key, fill in fillers.items()}}
    elements = [filler(child) for child in node]
    return lambda point: [fill(point) for fill in elements]


def _placeholder_filler(placeholder: Placeholder) -> Callable[[Mapping[str, Any]], Any]:
    path = placeholder.path
    if not placeholder.branches:
        return lambda point: point[path]
    fillers = {label: filler(branch) for label, branch in placeholder.branches.items()}

    def fill(point: Mapping[str, Any]) -> Any:
        chosen = point[path]
        # A label is text; an option that is a list has no hash.
        return fillers[chosen](point) if chosen.__class__ is str and chosen in fillers else chosen

    return fill


def network_part(description: dict[str, Any]) -> dict[str, Any]:
    """Return a description without that of the evaluator, which stands beside the network if it is searched."""
    if "evaluator" not in description:
        return description
    return {name: value for name, value in description.items() if name != "evaluator"}
