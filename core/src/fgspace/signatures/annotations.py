"""Checks a value against a parameter's annotation, as pydantic reads JSON in strict mode."""

import json
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from inspect import formatannotation
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from fgspace.errors import brief
from fgspace.signatures.records import record_misfit, record_of

_NAME = re.compile(r"[^\W\d][\w./-]*")


def misfit(value: Any, annotation: Any) -> tuple[tuple[int | str, ...], str] | None:
    """Return the place inside a value and the message of its first misfit with an annotation; None if it fits."""
    record = record_of(annotation)
    if record is not None and isinstance(value, Mapping):
        return record_misfit(value, record, misfit)
    adapter = _adapter(annotation)
    if adapter is None:
        return None
    from pydantic import ValidationError

    try:
        adapter.validate_json(_as_json(value), strict=True)
    except ValidationError as error:
        inside, words = _words(value, _bare(annotation), error.errors(include_url=False))
        return inside, words + meant_mapping(value, annotation)
    except TypeError:
        return (), f"expected {in_words(annotation)}, got {brief(value)}"
    return None


def _as_json(value: Any) -> bytes:
    """Return a value as JSON, with a question mark for half a character, such as file names hold that are not UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def meant_mapping(value: Any, annotation: Any) -> str:
    """Return the end of a message about names where a mapping is expected: how to write it; "" if it is not that."""
    names = value if isinstance(value, list) else [value]
    if not _takes_mapping(annotation) or not all(isinstance(one, str) and _NAME.fullmatch(one) for one in names):
        return ""
    written = [f"{{type: {name}}}" for name in names]
    if len(written) == 1:
        return f"; write {written[0]}"
    return f"; to search among them, write {{choice: [{', '.join(written)}]}}" if written else ""


def in_words(annotation: Any) -> str:
    """Return an annotation as text for a person: "int or tuple[int, int]"."""
    bare = _bare(annotation)
    if get_origin(bare) in (Union, types.UnionType):
        return " or ".join(in_words(option) for option in get_args(bare))
    if get_origin(bare) is Literal:
        return " or ".join(map(repr, get_args(bare)))
    if _is_mapping(bare) or (isinstance(bare, type) and is_dataclass(bare)):
        return "a mapping"
    if get_origin(bare) in (list, dict, tuple) and ... not in get_args(bare):
        return f"{get_origin(bare).__name__}[{', '.join(map(in_words, get_args(bare)))}]"
    return "null" if bare is type(None) else formatannotation(bare)


def _is_mapping(bare: Any) -> bool:
    """Return whether an annotation is that of a mapping with values of any type."""
    return (get_origin(bare) or bare) in (dict, Mapping) and get_args(bare)[1:] in ((), (Any,))


def _takes_mapping(annotation: Any) -> bool:
    bare = _bare(annotation)
    options = get_args(bare) if get_origin(bare) in (Union, types.UnionType) else (bare,)
    return any(_is_mapping(_bare(option)) for option in options)


def _words(value: Any, annotation: Any, errors: Sequence[Any]) -> tuple[tuple[int | str, ...], str]:
    # Inside a list the element is named; of a union, pydantic reports every member, and we the whole.
    first = errors[0]
    if get_origin(annotation) is list and len(first["loc"]) and isinstance(value, list):
        inside = first["loc"][0]
        return (inside,), f"expected {in_words(get_args(annotation)[0])}, got {brief(value[inside])}"
    if isinstance(annotation, type) or get_origin(annotation) is not None:
        return (), f"expected {in_words(annotation)}, got {brief(value)}"
    return (), f"{first['msg'].lower()}, got {brief(value)}"


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


@cache
def _adapter(annotation: Any) -> Any:
    from pydantic import PydanticUserError, TypeAdapter
    from pydantic.errors import PydanticSchemaGenerationError

    try:
        return TypeAdapter(annotation)
    except (PydanticUserError, PydanticSchemaGenerationError):
        return None  # a class that has no JSON: only the type itself can say whether it will take the value
