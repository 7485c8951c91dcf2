"""Calls a type that a mapping names with the mapping's parameters."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.markers import Reference
from fgspace.signatures.parameters import parameters, spelled
from fgspace.signatures.records import filled


def make(registry: Registry, kind: Kind, written: Mapping[str, Any], **given: Any) -> Any:
    """Call the type that a mapping names with the mapping's entries, and with those of `given` that it takes."""
    target = registry.get(kind, written["type"]).load()
    known = parameters(target)
    options = {spelled(key, known): value for key, value in written.items() if key != "type"}
    for key, value in options.items():
        ref: Any = known[key].ref if key in known else None
        if ref is not None and isinstance(value, Mapping):
            options[key] = reference(registry, ref, value)
        elif key in known:
            options[key] = filled(value, known[key].annotation)
    return target(**options, **{name: value for name, value in given.items() if takes(target, name)})


def reference(registry: Registry, kind: Kind, written: Mapping[str, Any]) -> Reference:
    """Return the type that a mapping names, with the mapping's other entries bound."""
    bound = {key: value for key, value in written.items() if key != "type"}
    return Reference(registry.get(kind, written["type"]).load(), bound)


def takes(call: Callable[..., Any], name: str) -> bool:
    """Return whether a callable takes a keyword argument of this name."""
    try:
        known = inspect.signature(call).parameters
    except (TypeError, ValueError):
        return False
    return name in known or any(one.kind == one.VAR_KEYWORD for one in known.values())
