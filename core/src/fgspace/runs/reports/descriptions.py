"""Descriptions of trials from the template that a store keeps: no type has to be installed to read them."""

from collections.abc import Mapping
from typing import Any


def description_at(space: Mapping[str, Any], point: Mapping[str, Any]) -> Any:
    """Return the description at a point, all values fixed, without that of the evaluator.

    Args:
        space: the JSON form of the space (`Space.to_json`).
        point: path → value.
    """
    parameters = space["hyper_parameters"]

    def filled(node: Any) -> Any:
        if isinstance(node, Mapping):
            if [*node] == ["hyper_parameter"] and node["hyper_parameter"] in parameters:
                return chosen(node["hyper_parameter"])
            return {key: filled(value) for key, value in node.items()}
        return [filled(value) for value in node] if isinstance(node, list) else node

    def chosen(path: str) -> Any:
        value, branches = point[path], parameters[path].get("branches", {})
        return filled(branches[value]) if isinstance(value, str) and value in branches else value

    return {key: filled(value) for key, value in space["description"].items() if key != "evaluator"}


def template(space: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page needs to fill in descriptions: the template, and the options of choices that are modules."""
    branches = {path: one["branches"] for path, one in space["hyper_parameters"].items() if "branches" in one}
    shape = space["input_shape"]
    return {
        "description": {key: value for key, value in space["description"].items() if key != "evaluator"},
        "branches": branches,
        "paths": list(space["hyper_parameters"]),
        "input": {"input" if isinstance(shape, Mapping) else "input_shape": shape},
    }
