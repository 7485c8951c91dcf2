"""Keys of parts: equal for parts with the same class and arguments, so that these are counted once."""

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any

from fgspace.network.parts.part import FineGrainedSpace, Leaf
from fgspace.network.parts.starts import start_of
from fgspace.signatures.markers import Reference

PLAIN = frozenset({int, str, type(None)})
"""The classes of values that are their own key."""
_all_plain = PLAIN.issuperset
_BY_IDENTITY = (type, FunctionType, BuiltinFunctionType)


class OpaqueError(Exception):
    """A part has no key, since it holds a value without equality, such as an `nn.Module`; it is counted each time."""


def freeze(value: Any) -> Hashable:
    """Return a hashable that is equal for equal values of equal types; raise OpaqueError if there is none."""
    kind = value.__class__
    if kind in PLAIN:
        return value  # type: ignore[no-any-return]
    if kind is list or kind is tuple:
        if _all_plain(map(type, value)):
            return (kind, *value)
        return (kind, *[item if item.__class__ in PLAIN else freeze(item) for item in value])
    if kind is dict:
        if _all_plain(map(type, value.values())):
            return (kind, *value.items())
        return (kind, *[(key, item if item.__class__ in PLAIN else freeze(item)) for key, item in value.items()])
    if kind is float or kind is bool:
        return (kind, value)
    return _freeze_other(value)


def part_key(part: Any) -> Hashable:
    """Return the key of a part: its class and arguments, or its join and children if those were set from outside.

    The weights that it starts from belong to it too: a copy of it that is kept is built with them.
    """
    key: Hashable
    if isinstance(part, FineGrainedSpace):
        if part.given:
            named = tuple([(name, freeze(child)) for name, child in part.children().items()])
            key = (part.join, named, tuple([freeze(part.kwargs.get(name)) for name in part.options]))
        else:
            key = (part.__class__, freeze(part.args) if part.args else (), freeze(part.kwargs) if part.kwargs else ())
    elif isinstance(part, Leaf):
        key = (part.target, freeze(part.args), freeze(part.kwargs) if part.kwargs else ())
    else:
        raise OpaqueError
    return key if part._start is None else (start_of(part), key)


def _freeze_other(value: Any) -> Hashable:
    if isinstance(value, Leaf | FineGrainedSpace):
        return part_key(value)
    if isinstance(value, Reference):
        return (Reference, freeze(value.target), freeze(dict(value.bound)))
    if isinstance(value, Mapping):
        return (value.__class__, *[(key, freeze(item)) for key, item in value.items()])
    if isinstance(value, _BY_IDENTITY):
        return value
    if is_dataclass(value):
        return (value.__class__, *[(one.name, freeze(getattr(value, one.name))) for one in fields(value)])
    raise OpaqueError
