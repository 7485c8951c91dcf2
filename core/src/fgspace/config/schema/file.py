"""The schema of a whole file: its sections, domains, and the types that they name."""

from typing import Any

from fgspace.config.loading import SECTIONS
from fgspace.config.schema.named_types import SPACE, definitions, reference
from fgspace.config.schema.values import ANYTHING, NUMBER, WHOLE, Schema
from fgspace.config.settings import LONGEST_SECONDS
from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.plugins.versions import __version__

_KINDS: tuple[Kind, ...] = (
    "module",
    "search_space",
    "algorithm",
    "evaluator",
    "dataset",
    "executor",
    "early_stopping",
    "cost",
    "measurement",
    "observer",
)
_NUMBERS = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 3}
_COUNT = {**WHOLE, "minimum": 1}
_BOUND = {
    "type": "object",
    "properties": {"max": NUMBER, "min": NUMBER},
    "additionalProperties": False,
    "minProperties": 1,
}
_OF_DOMAINS: dict[str, dict[str, Schema]] = {
    "choice": {"choice": {"type": "array", "items": {"$ref": "#/definitions/nested"}, "minItems": 1}},
    "int": {"int": {**_NUMBERS, "items": WHOLE}, "log": {"type": "boolean"}},
    "float": {"float": _NUMBERS, "log": {"type": "boolean"}},
    "bits": {"bits": _COUNT, "ones": WHOLE, "at_least": WHOLE},
    "vector": {"vector": {"$ref": "#/definitions/domain"}, "length": _COUNT},
    "tokens": {"tokens": ANYTHING},
}


def file_schema(registry: Registry) -> Schema:
    """Return the JSON Schema (draft 7) of experiment files with the types of a registry."""
    made: dict[str, Schema] = {"domain": _domain(), "nested": _nested()}
    for kind in _KINDS:
        made |= definitions(registry, kind)
    made["part"] = _either("module", "search_space", made)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"An experiment of fgspace {__version__}",
        "type": "object",
        "if": {"anyOf": [{"required": [section]} for section in SECTIONS if section != "definitions"]},
        "then": {"properties": _sections(), "additionalProperties": False, "required": ["search_space"]},
        "else": reference("part"),
        "definitions": made,
    }


def _sections() -> dict[str, Schema]:
    named = {
        "search_algorithm": "algorithm",
        "evaluator": "evaluator",
        "early_stopping": "early_stopping",
        "executor": "executor",
    }
    directions = {"type": "object", "additionalProperties": {"enum": ["max", "min"]}}
    budget = {"trials": _COUNT, "trial_seconds": {**NUMBER, "exclusiveMinimum": 0, "maximum": LONGEST_SECONDS}}
    written: dict[str, Schema] = {
        "search_space": {
            "description": "What is searched: a description with domains, a named space, or a list of these.",
            "if": {"type": "object"},
            "then": _space(),
            "else": {"type": "array"},
        },
        **{section: reference(kind) for section, kind in named.items()},
        "objectives": {"description": "Metrics, each with max or min.", **directions},
        "constraints": {
            "description": "Metrics, each with a max, a min or both.",
            "type": "object",
            "additionalProperties": _BOUND,
        },
        "costs": {
            "description": "Names, each with a cost of networks: a mapping with type.",
            "type": "object",
            "additionalProperties": reference("cost"),
        },
        "measure": {
            "description": "Names, each with what is measured of every trial: a mapping with type.",
            "type": "object",
            "additionalProperties": reference("measurement"),
        },
        "budget": {"type": "object", "properties": budget, "additionalProperties": False},
        "seed": {"description": "The seed of all random draws.", "type": "integer", "minimum": 0},
        "deterministic": _COUNT,
    }
    return {section: written.get(section, ANYTHING) for section in SECTIONS}


def _space() -> Schema:
    """Return the schema of the section `search_space`, which needs no `type` where it only names values."""
    named = {"required": ["type"]}
    return {"if": named, "then": reference("part"), "else": {"properties": SPACE}}


def _domain() -> Schema:
    options = [
        {"type": "object", "properties": keys, "required": [head], "additionalProperties": False}
        for head, keys in _OF_DOMAINS.items()
    ]
    return {"description": "A domain: the values that a search may choose from.", "anyOf": options}


def _nested() -> Schema:
    """Return the schema of any value in a description: a mapping with `type` is a part."""
    named = {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}
    return {"if": named, "then": reference("part")}


def _either(first: str, second: str, made: dict[str, Any]) -> Schema:
    """Return the schema of a mapping that names a type of either of two kinds."""
    one, other = made[first], made[second]
    names = [name for name in other["properties"]["type"]["enum"] if name not in one["properties"]["type"]["enum"]]
    chosen = {
        key: [*one["properties"]["type"][key], *_of(other, key, names)] for key in ("enum", "markdownEnumDescriptions")
    }
    shown = {**chosen, "description": "A module type, or a search space."}
    cases = [*one["allOf"], *({"if": _names(case, names), "then": case["then"]} for case in other["allOf"])]
    return {"type": "object", "required": ["type"], "properties": {"type": shown}, "allOf": cases}


def _of(kind: Schema, key: str, names: list[str]) -> list[str]:
    chosen = kind["properties"]["type"]
    return [value for name, value in zip(chosen["enum"], chosen[key], strict=True) if name in names]


def _names(case: Schema, names: list[str]) -> Schema:
    kept = [name for name in case["if"]["properties"]["type"]["enum"] if name in names]
    return {"properties": {"type": {"enum": kept}}, "required": ["type"]} if kept else {"not": {}}
