"""Lets the widths of a template follow: what is written of them is true at one point only."""

from dataclasses import replace
from typing import Any

from fgspace.plugins.registry import Registry
from fgspace.signatures.parameters import parameters, spelled
from fgspace.spaces.templates.placeholders import Placeholder


class Following:
    """Makes of a checked template the one in which every given input width is `auto`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._made: dict[int, Placeholder] = {}

    def tree(self, node: Any) -> Any:
        """Return the tree with input widths left to follow and declared output widths left out."""
        if isinstance(node, Placeholder):
            if id(node) not in self._made:
                branches = {label: self.tree(branch) for label, branch in node.branches.items()}
                self._made[id(node)] = replace(node, branches=branches)
            return self._made[id(node)]
        if isinstance(node, list):
            return [self.tree(child) for child in node]
        if not isinstance(node, dict):
            return node
        sides = self._sides(node)
        return {
            key: "auto" if sides.get(key) == "in" and not isinstance(value, Placeholder) else self.tree(value)
            for key, value in node.items()
            if sides.get(key) != "out"
        }

    def _sides(self, node: dict[str, Any]) -> dict[str, str | None]:
        """Return key → side of the widths among a part's parameters."""
        if not isinstance(node.get("type"), str):
            return {}
        found = self.registry.first(("module",), node["type"])
        if found is None:  # an option of something that is no module, such as an optimiser
            return {}
        known = parameters(found.load())
        named = {key: known.get(spelled(key, known)) for key in node}
        return {key: parameter.width for key, parameter in named.items() if parameter is not None}
