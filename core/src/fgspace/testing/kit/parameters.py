"""Other values of the parameters of a type: points of its default domains, and the listed values of a parameter."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import fgspace
from fgspace.plugins.default_registry import default_registry
from fgspace.signatures.parameters import Parameter, parameters
from fgspace.spaces.space import Space


def searched_space(description: Mapping[str, Any]) -> Space | None:
    """Return the space of a part over the default domains of its parameters, None where it has none."""
    varied = {f"part.{one.name}": value for one in _of(description) if (value := _varied(one, description)) is not None}
    if not varied:
        return None
    source = {"type": "FineGrainedSpace", "modules": ["part"], "part": description, "hyper_parameters": varied}
    return fgspace.space(source)


def alternatives(description: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the description with each other value of a parameter that is true or false, or one of listed values."""
    for one in _of(description):
        present = description.get(one.name, one.default)
        yield from ({**description, one.name: value} for value in _listed(one.annotation) if value != present)


def _of(description: Mapping[str, Any]) -> list[Parameter]:
    return [*parameters(default_registry().part(description["type"]).load()).values()]


def _varied(one: Parameter, description: Mapping[str, Any]) -> Any:
    """Return what a file would write for the default domain of a parameter, None where it has none."""
    value = description.get(one.name, one.default)
    if one.searched is None or (one.required and one.name not in description):
        return None
    # A value in a form of its own, such as the string of a whole cell, is none of the domain's, which is of elements.
    held = one.searched.contains
    if isinstance(value, list | tuple):
        return list(value) if all(map(held, value)) else None
    return one.searched.to_json() if value is None or held(value) else None


def _listed(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return _listed(get_args(annotation)[0])
    if annotation is bool:
        return (False, True)
    return get_args(annotation) if get_origin(annotation) is Literal else ()
