"""Calls a type that a mapping names with the mapping's parameters."""

from collections.abc import Mapping
from typing import Any

from fgspace.description.signature import Reference, parameters, spelled
from fgspace.hookspecs import Kind
from fgspace.registry import Registry


def make(registry: Registry, kind: Kind, written: Mapping[str, Any], **given: Any) -> Any:
    """Call the type that a mapping names, with the mapping's parameters and what is given beside them."""
    target = registry.get(kind, written["type"]).load()
    known = parameters(target)
    options = {spelled(key, known): value for key, value in written.items() if key != "type"}
    for key, value in options.items():
        ref: Any = known[key].ref if key in known else None
        if ref is not None and isinstance(value, Mapping):
            options[key] = reference(registry, ref, value)
    return target(**options, **given)


def reference(registry: Registry, kind: Kind, written: Mapping[str, Any]) -> Reference:
    """Return the type that a mapping names, with the mapping's other entries bound."""
    bound = {key: value for key, value in written.items() if key != "type"}
    return Reference(registry.get(kind, written["type"]).load(), bound)
