"""The suggestions in the messages of the check of a template."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TypeGuard

import yaml

from fgspace.documents.descriptions import is_composite
from fgspace.errors import FgspaceError, brief, nearest
from fgspace.network.parts.starts import WEIGHTS
from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.parameters import Parameter, parameters
from fgspace.spaces.domains.syntax import HEADS
from fgspace.spaces.templates.placeholders import Placeholder

_LONGEST = 100
"""Characters of what a message says to write."""

_ALMOST_EQUAL = 0.85
"""How like a name that is given already another must be to be taken for it."""
_SEARCHED: frozenset[Kind] = frozenset({"module", "search_space", "evaluator", "dataset"})
"""The kinds whose mapping may be a domain."""


def suggestion(near: str | None, names: Sequence[str]) -> str:
    """Return the end of a message about an unknown name: the near one, or all known ones."""
    return f"; did you mean {near!r}?" if near else f"; it takes {', '.join(names) or 'none'}"


def unknown(
    key: str, node: Mapping[str, Any], known: Mapping[str, Parameter], registry: Registry, words: Sequence[str]
) -> tuple[str | None, str]:
    """Return the parameter that an unknown one of a mapping probably means, and the end of a message about it.

    Args:
        key: the name that is no parameter.
        node: the mapping that it stands in.
        known: the parameters of the type of that mapping.
        registry: the types whose parameters it may be.
        words: other names that may stand in the mapping.
    """
    if (hint := _elsewhere(key, node, known, registry)) is not None:
        return None, hint
    names = [parameter.name for parameter in known.values() if not parameter.starred]
    if key == WEIGHTS:  # of a part it would be known
        return None, "; write it in the part that starts from it, as in net: {type: MyNet, weights: mynet.pth}"
    words = (*words, *beside(node, known, registry))
    if given := nearest(key, {*names, *words} & set(node), _ALMOST_EQUAL):
        how = "searched" if isinstance(node[given], Placeholder) else "given"
        return given, f"; {given!r} is {how} already, leave this out"
    near = nearest(key, {*names, *words} - set(node))
    return near, suggestion(near, names)


def beside(node: Mapping[str, Any], known: Mapping[str, Parameter], registry: Registry) -> tuple[str, ...]:
    """Return what a mapping may hold beside the parameters of its type: the weights that a part starts from."""
    found = registry.first(("module",), str(node.get("type")))
    is_part = found is not None and "process" not in found.tags
    is_part = is_part and not (is_composite(node["type"]) and not node.get("modules"))
    return (WEIGHTS,) if is_part and WEIGHTS not in known else ()


def as_mapping(node: Any, kind: Kind, registry: Registry) -> str:
    """Return the end of a message about a value that should be a mapping with type: how to write it, or the types."""
    if isinstance(node, Mapping) and "modules" in node and kind in _SEARCHED:
        return "; write type: FineGrainedSpace"
    if isinstance(node, Mapping) and len(node) == 1 and registry.first((kind,), name := next(iter(node))):
        inner = node[name] if isinstance(node[name], Mapping) else {}
        return f"; write {in_flow({'type': name, **inner})}"
    if is_text(node):
        return f"; write {{type: {node}}}"
    listed = node if isinstance(node, list) else []
    options = [{"type": one} if is_text(one) and registry.first((kind,), one) else one for one in listed]
    if options and all(isinstance(one, Mapping) and "type" in one for one in options):
        if len(options) == 1:
            return f"; write {in_flow(options[0])}"
        if kind in _SEARCHED:
            return f"; to search among them, write {choice_of(options)}"
    return meant_domain(node) if kind in _SEARCHED else registry.there_are(kind)


def choice_of(options: Sequence[Any]) -> str:
    """Return a choice of options as a file writes it."""
    return in_flow({"choice": list(options)})


def in_flow(value: Any) -> str:
    """Return plain data as a file writes it in one line, shortened if it is long."""
    text = yaml.safe_dump(_plain(value), default_flow_style=True, sort_keys=False, width=math.inf)
    text = text.removesuffix("\n").removesuffix("\n...").replace("'...'", "...")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _plain(value: Any) -> Any:
    """Return a value of a template with three dots for each domain."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return "..." if isinstance(value, Placeholder) else value


def _elsewhere(key: str, node: Mapping[str, Any], known: Mapping[str, Parameter], registry: Registry) -> str | None:
    """Return the end of a message about a parameter that belongs elsewhere: where to write it; None if unknown."""
    value = node[key]
    for parameter in known.values():
        entry = parameter.holds.entry(key) if parameter.holds else _entry_of_reference(key, node, parameter, registry)
        if entry is not None:
            given, start = node.get(parameter.name), dict(parameter.holds.start) if parameter.holds else {"type": "..."}
            inner = {**(given if isinstance(given, Mapping) else start), entry: value}
            return f"; write {parameter.name}: {in_flow(inner)}"
    if key in _TOP_LEVEL and "type" in node:
        return f"; write {in_flow(_TOP_LEVEL[key](value))[1:-1]} at the top level of the file"
    return None


def _entry_of_reference(key: str, node: Mapping[str, Any], parameter: Parameter, registry: Registry) -> str | None:
    """Return the name if it is a parameter of the type that is given for another one, or of any that may be."""
    kind: Any = parameter.ref
    if kind in (None, "module"):
        return None
    given = node.get(parameter.name)
    name = given.get("type") if isinstance(given, Mapping) else None
    types = [one for one in registry.types if one.kind == kind and name in (None, one.short_name, one.name)]
    with suppress(FgspaceError):
        return key if any(key in parameters(one.load()) for one in types) else None
    return None


_TOP_LEVEL: Mapping[str, Callable[[Any], Mapping[str, Any]]] = MappingProxyType(
    {
        "seed": lambda value: {"seed": value},
        "trials": lambda value: {"budget": {"trials": value}},
        "trial_seconds": lambda value: {"budget": {"trial_seconds": value}},
        "workers": lambda value: {"executor": {"type": "ProcessExecutor", "workers": value}},
    }
)
"""Words that stand in sections of their own → what to write there."""


def meant_domain(value: Any) -> str:
    """Return the end of a message about a mapping that looks like a misspelt domain."""
    near = nearest(next(iter(value)), HEADS) if isinstance(value, Mapping) and len(value) == 1 else None
    return f"; did you mean {{{near}: ...}}?" if near else ""


def is_text(value: Any) -> TypeGuard[str]:
    """Return whether a value is text."""
    return isinstance(value, str)


def brief_node(value: Any) -> str:
    """Return a value of a template as messages show it, shortened if it is long."""
    return "a domain" if isinstance(value, Placeholder) else brief(value)


def joined(shown: str, key: Any) -> str:
    """Return a dotted path with one more step."""
    return f"{shown}.{key}" if shown else str(key)
