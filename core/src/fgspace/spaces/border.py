"""The border of a space: points and tokens that programs give become plain JSON, or an error."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import Any

from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError, brief
from fgspace.spaces.domains import Choice, Domain, Float, Int, Vector
from fgspace.spaces.hyper_parameters import HyperParameter

_are_plain = frozenset({bool, int, float, str, NoneType}).issuperset
"""Returns whether classes are those of plain values that are no collections."""
_are_text = frozenset({str}).issuperset

Own = Callable[[Any], Any]
"""Returns a value that equals a value of a domain as the domain has it: 1.0 for 1 among floats."""


class PointError(FgspaceError, ValueError):
    """What a program gives is not a point of the space, or are not the tokens of one."""


def plain_point(given: Any) -> Mapping[str, Any]:
    """Return a point as plain JSON; one that is plain already is returned itself, in 40 ns for each of its values.

    Raises:
        PointError: it is not a mapping, or holds something that is not plain data.
    """
    if given.__class__ is dict and _are_text(map(type, given)):
        values = given.values()
        if _are_plain(map(type, values)) or all(map(_is_plain, values)):
            return given
    written = _plain(given)
    if not isinstance(written, dict):
        raise PointError(f"expected a mapping from hyper-parameters to values, got {brief(written)}")
    return written


def plain_tokens(given: Any) -> list[int]:
    """Return tokens as plain JSON.

    Raises:
        PointError: they are not a list of whole numbers.
    """
    tokens = _plain(given)
    if not isinstance(tokens, list) or not all(type(token) is int for token in tokens):
        raise PointError(f"expected tokens, which are whole numbers; got {brief(tokens)}")
    return tokens


class Membership:
    """Holds the whole points of some hyper-parameters, each value in plain JSON and as its domain has it.

    `point in membership` takes about 100 ns for each value.
    """

    def __init__(self, parameters: Sequence[HyperParameter]) -> None:
        self._holders = [(one.path, _holder(one.domain), one.guards) for one in parameters]

    def __contains__(self, point: dict[str, Any]) -> bool:
        active: dict[str, Any] = {}
        try:
            for path, holds, guard in self._holders:
                if guard is None or (guard[0] in active and active[guard[0]] == guard[1]):
                    active[path] = value = point[path]
                    if not holds(value):
                        return False
        except KeyError:
            return False
        return len(point) == len(active)


def _holder(domain: Domain) -> Callable[[Any], bool]:
    """Return the function that says whether a value is one of a domain as it has it, quickly for the common domains."""
    if isinstance(domain, Int | Float):
        kind = int if isinstance(domain, Int) else float
        return lambda value: value.__class__ is kind and domain.contains(value)
    if isinstance(domain, Choice) and _are_plain(map(type, domain.options)):
        options = frozenset((option.__class__, option) for option in domain.options)
        return lambda value: _are_plain((value.__class__,)) and (value.__class__, value) in options
    if isinstance(domain, Vector) and domain.is_binary:
        return lambda value: value.__class__ is list and domain.contains(value)  # which looks at the classes too
    own = owner(domain)
    return lambda value: _is_plain(value) and domain.contains(value) and (own is None or own(value) is value)


def owner(domain: Domain) -> Own | None:
    """Return the function from a plain value to the equal value of a domain; None where equal values are the same.

    1, 1.0 and true are equal, but different in JSON.
    """
    if isinstance(domain, Float):
        return lambda value: float(value) if domain.contains(value) else value
    if isinstance(domain, Choice) and not all(isinstance(option, str) for option in domain.options):
        options = domain.options
        return lambda value: _unless_same(value, options[options.index(value)]) if value in options else value
    if isinstance(domain, Vector) and (own := owner(domain.element)) is not None:
        return lambda value: _unless_same(value, list(map(own, value))) if isinstance(value, list) else value
    return None


def has_floats(domain: Domain) -> bool:
    """Return whether the values of a domain are floats, or lists of them."""
    return has_floats(domain.element) if isinstance(domain, Vector) else isinstance(domain, Float)


def floated(point: Mapping[str, Any], paths: Iterable[str]) -> Mapping[str, Any]:
    """Return a point with floats in place of integers in the values of some paths, which are numbers or lists."""
    found = {path: _floated(point[path]) for path in paths if path in point and point[path].__class__ is not float}
    return {**point, **found} if found else point


def _unless_same(value: Any, own: Any) -> Any:
    """Return the value itself if it is written as the other one is, so that what is right already is not copied."""
    return value if repr(value) == repr(own) else own


def _floated(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_floated, value))
    return float(value) if value.__class__ is int else value


def _plain(given: Any) -> Any:
    try:
        return plain(given)
    except ValueError as error:
        raise PointError(str(error)) from None


def _is_plain(value: Any) -> bool:
    kind = value.__class__
    return _are_plain((kind,)) or (kind is list and (_are_plain(map(type, value)) or all(map(_is_plain, value))))
