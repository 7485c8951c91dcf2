"""The schema of a mapping that names a type: its parameters, one definition for each type that is installed."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from fgspace.config.schema.values import ANYTHING, Schema, or_domain, schema_of_value
from fgspace.errors import FgspaceError
from fgspace.plugins.hookspecs import KIND_WORDS, Kind
from fgspace.plugins.loading import CORE
from fgspace.plugins.registry import Registry, Type
from fgspace.signatures.parameters import Parameter, parameters
from fgspace.signatures.schemas import schema_of
from fgspace.spaces.templates.checks import GIVEN_BY_THE_STUDY

PLAIN_KINDS: tuple[Kind, ...] = ("algorithm", "executor", "early_stopping", "dataset")
"""Kinds whose parameters have fixed values, so that those without a default have to be written."""
_SPELLINGS = ("num_class", "num_classes")
_APART = {"if": {"type": "object"}, "then": {"$ref": "#/definitions/domain"}, "else": {"type": ["array", "null"]}}
SPACE: Schema = {
    "modules": {"description": "The names of the parts, in order.", "type": "array"},
    "hyper_parameters": {
        "description": "Paths, each with its domain, or with the values to choose from.",
        "type": "object",
        "additionalProperties": _APART,
    },
    "forbidden": {"description": "Points that are no part of the space.", "type": "array"},
    "input_shape": ANYTHING,
    "input": ANYTHING,
}
_ARGUMENT = re.compile(r"^ {4}(\w+): ", re.MULTILINE)


def reference(name: str) -> Schema:
    """Return the schema that stands for a definition."""
    return {"$ref": f"#/definitions/{name}"}


def definitions(registry: Registry, kind: Kind) -> dict[str, Schema]:
    """Return the definitions of a kind: one of a mapping that names any of its types, and one of each type."""
    found = [one for one in registry.types if one.kind == kind]
    named = {f"{kind}:{one.plugin}.{one.short_name}": (one, tuple(_names(one, registry))) for one in found}
    choices = [(name, one.summary) for one, names in named.values() for name in names]
    chosen = {
        "enum": [name for name, _ in choices],
        "markdownEnumDescriptions": [summary for _, summary in choices],
        "description": f"The {KIND_WORDS[kind]}.",
    }
    cases = [
        {
            "if": {"properties": {"type": {"enum": list(names)}}, "required": ["type"]},
            "then": reference(definition),
        }
        for definition, (_, names) in named.items()
    ]
    whole = {"type": "object", "required": ["type"], "properties": {"type": chosen}, "allOf": cases}
    return {kind: whole, **{definition: _of_type(one) for definition, (one, _) in named.items()}}


def _names(one: Type, registry: Registry) -> Iterator[str]:
    """Yield the names by which a file can name a type."""
    for name in (one.short_name, *one.aliases):
        try:
            if registry.get(one.kind, name) is one:
                yield name
        except FgspaceError:  # several plugins have the name
            continue
    yield from (f"{one.plugin}/{name}" for name in (one.short_name, *one.aliases))


def _of_type(one: Type) -> Schema:
    try:
        target = schema_of(one)
        known = {
            name: each for name, each in parameters(target).items() if name not in GIVEN_BY_THE_STUDY.get(one.kind, ())
        }
    except (FgspaceError, TypeError, ValueError):  # a type that cannot be imported takes anything here
        return {"description": one.summary}
    about = _arguments(inspect.getdoc(target) or "")
    free = any(each.starred for each in known.values())
    taken = {name: each for name, each in known.items() if not each.starred}
    properties = {name: _of_parameter(each, about.get(name, ""), one.kind) for name, each in taken.items()}
    for first, second in (_SPELLINGS, _SPELLINGS[::-1]):
        if first in properties:
            properties.setdefault(second, properties[first])
    described = {"description": one.summary, "properties": {"type": ANYTHING, **properties}}
    if one.kind in PLAIN_KINDS:
        described["required"] = [name for name, each in taken.items() if each.required]
    if one.kind in ("module", "search_space"):
        return _of_part(one, described, free)
    return described if free else {**described, "additionalProperties": False}


def _of_part(one: Type, described: Schema, free: bool) -> Schema:
    """Return the schema of a part: where it lists `modules`, the other keys are the names of parts."""
    if free or (one.plugin == CORE and "torch" not in one.tags):
        return {
            **described,
            "properties": {**described["properties"], **SPACE},
            "additionalProperties": reference("nested"),
        }
    space = SPACE if one.kind == "search_space" else {}
    closed = {"properties": {**described["properties"], **space}, "additionalProperties": False}
    listed = {"if": {"required": ["modules"]}, "then": {"additionalProperties": ANYTHING}, "else": closed}
    return {**described, **listed}


def _of_parameter(one: Parameter, about: str, kind: Kind) -> Schema:
    if one.ref is not None:
        value: Schema = _referred(one.ref)
    else:
        value = schema_of_value(one.annotation)
    if one.width == "in" and value != ANYTHING:
        value = {"anyOf": [value, {"const": "auto"}]}
    if not one.required and one.default is None and value != ANYTHING and one.ref is None:
        value = {"anyOf": [value, {"type": "null"}]}
    if kind not in PLAIN_KINDS and one.ref is None:
        value = or_domain(value)
    shown = [about, "" if one.required or one.starred else f"Default: `{one.default!r}`."]
    text = " ".join(filter(None, shown))
    return {"description": text, **value} if text else value


def _referred(kind: Any) -> Schema:
    """Return the schema of a mapping that names a type of a kind; other mappings are domains."""
    named = {"type": "object", "required": ["type"]}
    domain = {"if": {"type": "object"}, "then": reference("domain"), "else": {"type": "null"}}
    return {"if": named, "then": reference(kind), "else": domain}


def _arguments(docstring: str) -> dict[str, str]:
    """Return what the section `Args` of a docstring says of each parameter."""
    section = docstring.partition("Args:\n")[2].partition("\n\n")[0]
    pieces = _ARGUMENT.split(section)
    return {name: " ".join(text.split()) for name, text in zip(pieces[1::2], pieces[2::2], strict=False)}
