"""Objects for configuration: a parameter that is annotated with a dataclass is written as a mapping."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from fgspace.errors import did_you_mean

Misfit = tuple[tuple[int | str, ...], str]
"""The place inside a value, and the message."""


def record_of(annotation: Any) -> type | None:
    """Return the dataclass that an annotation names, alone or as in `X | None`; None if it names none."""
    bare = _bare(annotation)
    options = get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,)
    return next((one for one in map(_bare, options) if isinstance(one, type) and is_dataclass(one)), None)


def holds_record(annotation: Any) -> bool:
    """Return whether a dataclass stands in an annotation, also as the element of a list or mapping."""
    return record_of(annotation) is not None or any(map(holds_record, _inner(annotation)))


def filled(value: Any, annotation: Any) -> Any:
    """Return a value in which every mapping that is annotated with a dataclass is an object of that class.

    Raises:
        TypeError, ValueError: a class refuses what the mapping holds.
    """
    if not holds_record(annotation):
        return value
    record = record_of(annotation)
    if isinstance(value, Mapping) and record is not None:
        hints = _hints(record)
        return record(**{name: filled(one, hints.get(name, Any)) for name, one in value.items()})
    inner = _inner(annotation)
    if isinstance(value, list) and inner:
        return [filled(one, inner[0]) for one in value]
    if isinstance(value, Mapping) and inner:
        return {key: filled(one, inner[-1]) for key, one in value.items()}
    return value


def record_misfit(value: Mapping[str, Any], record: type, misfit: Callable[[Any, Any], Misfit | None]) -> Misfit | None:
    """Return the place and the message of the first entry of a mapping that does not fit a dataclass."""
    known = {one.name: one for one in fields(record) if one.init}
    hints = _hints(record)
    for key, one in value.items():
        if key not in known:
            near = did_you_mean(str(key), known) or f"; there are {', '.join(known)}"
            return (), f"{record.__name__} has no field {key!r}{near}"
        if wrong := misfit(one, hints.get(key, Any)):
            return (key, *wrong[0]), wrong[1]
    missing = next((name for name, one in known.items() if name not in value and _is_required(one)), None)
    return None if missing is None else ((), f"{record.__name__} needs {missing!r}")


def _is_required(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


@cache
def _hints(record: type) -> Mapping[str, Any]:
    try:
        return get_type_hints(record, include_extras=True)
    except NameError:
        return {}


def _inner(annotation: Any) -> Sequence[Any]:
    """Return the annotations of the elements of a collection."""
    bare = _bare(annotation)
    options = get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,)
    found = next((one for one in map(_bare, options) if isinstance(get_origin(one), type)), None)
    return [one for one in get_args(found) if one is not Ellipsis] if found is not None else []


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
