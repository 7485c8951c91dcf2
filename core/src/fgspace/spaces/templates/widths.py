"""Makes the widths of a template `auto`, since the written ones are true at one point only."""

from dataclasses import replace
from typing import Any

from fgspace.plugins.registry import Registry
from fgspace.signatures.parameters import parameters, spelled
from fgspace.signatures.schemas import schema_of
from fgspace.spaces.templates.placeholders import Placeholder


class Following:
    """Replaces every input width of a checked template by `auto`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._made: dict[int, Placeholder] = {}

    def tree(self, node: Any) -> Any:
        """Return a tree with input widths set to `auto` and declared output widths left out."""
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

    def aliases(self, node: Any) -> Any:
        """Return a tree as it is, except that a hyper-parameter that also stands in a tree before is that one."""
        if isinstance(node, Placeholder):
            if id(node) not in self._made:
                branches = {label: self.aliases(branch) for label, branch in node.branches.items()}
                self._made[id(node)] = replace(node, branches=branches)
            return self._made[id(node)]
        if isinstance(node, list):
            return [self.aliases(child) for child in node]
        return {key: self.aliases(value) for key, value in node.items()} if isinstance(node, dict) else node

    def _sides(self, node: dict[str, Any]) -> dict[str, str | None]:
        """Return key → "in" or "out" for the parameters of a part that are widths, None for others."""
        if not isinstance(node.get("type"), str):
            return {}
        found = self.registry.first(("module",), node["type"])
        if found is None:  # the type is not a module: an optimiser, for example
            return {}
        known = parameters(schema_of(found))
        named = {key: known.get(spelled(key, known)) for key in node}
        return {key: parameter.width for key, parameter in named.items() if parameter is not None}
