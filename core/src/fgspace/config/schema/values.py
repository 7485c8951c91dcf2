"""The schema of a value, from the annotation of the parameter that takes it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

ANYTHING: Schema = {}
# Editors read YAML 1.2, where 8_000_000 is text.
_UNDERSCORED = r"^[-+]?[0-9][0-9.e_]*_[0-9.e_]*$"
WHOLE: Schema = {
    "type": ["integer", "string"],
    "pattern": _UNDERSCORED,
    "patternErrorMessage": "expected a whole number",
}
NUMBER: Schema = {"type": ["number", "string"], "pattern": _UNDERSCORED, "patternErrorMessage": "expected a number"}
_PLAIN: Mapping[Any, Schema] = {
    bool: {"type": "boolean"},
    int: WHOLE,
    float: NUMBER,
    str: {"type": "string"},
    NoneType: {"type": "null"},
}
_LISTS = (list, tuple, set, frozenset, Sequence, AbstractSet)


def schema_of_value(annotation: Any) -> Schema:
    """Return what a file may write for an annotation; of one that says nothing of that, anything."""
    if annotation in _PLAIN:
        return dict(_PLAIN[annotation])
    origin, given = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return schema_of_value(given[0])
    if origin is Literal:
        return {"enum": list(given)}
    if origin in (Union, UnionType):
        return _any_of([schema_of_value(one) for one in given])
    if (origin or annotation) in _LISTS:
        return _list(origin or annotation, given)
    if origin is Mapping or (origin or annotation) is dict:
        return {"type": "object"}
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _record(annotation)
    return ANYTHING


def or_domain(value: Schema) -> Schema:
    """Return the schema of a value, or of a domain in its place.

    A mapping is taken for a domain where it cannot be the value, so that messages are on what was meant.
    """
    if value == ANYTHING:
        return value
    domain = {"$ref": "#/definitions/domain"}
    if _may_be_mapping(value):
        return {"anyOf": [value, domain]}
    return {"if": {"type": "object"}, "then": domain, "else": value}


def _may_be_mapping(value: Schema) -> bool:
    if "anyOf" in value:
        return any(map(_may_be_mapping, value["anyOf"]))
    return value.get("type") == "object" or "if" in value or value == ANYTHING


def _any_of(options: list[Schema]) -> Schema:
    if ANYTHING in options:
        return ANYTHING
    return {"anyOf": options}


def _list(of: Any, given: tuple[Any, ...]) -> Schema:
    """Return the schema of a list; one number may stand for a tuple of that number, as in torch."""
    elements = [one for one in given if one is not Ellipsis]
    same = len({*map(repr, elements)}) == 1
    return {"type": "array", "items": or_domain(schema_of_value(elements[0]))} if same else {"type": "array"}


def _record(annotation: type) -> Schema:
    hints = get_type_hints(annotation, include_extras=True)
    properties = {one.name: schema_of_value(hints[one.name]) for one in fields(annotation) if one.init}
    return {"type": "object", "properties": properties, "additionalProperties": False}
