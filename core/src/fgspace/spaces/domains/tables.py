"""The values of a small domain as a table."""

from collections.abc import Sequence
from typing import Any

from fgspace.spaces.domains.choice import Choice
from fgspace.spaces.domains.contract import Domain
from fgspace.spaces.domains.draws import SHORT
from fgspace.spaces.domains.integer import Int
from fgspace.spaces.domains.real import Float
from fgspace.spaces.domains.vector import Vector


def table(domain: Domain) -> Sequence[Any] | None:
    """Return the values of a domain whose values are few and equally likely, in order; None for any other domain."""
    values = _values(domain)
    return values if values is not None and len(values) < SHORT else None


def _values(domain: Domain) -> Sequence[Any] | None:
    if isinstance(domain, Choice):
        return domain.options
    if isinstance(domain, Int):
        return None if domain.log else domain.values
    return domain.values if isinstance(domain, Float) else None


def may_be_list(domain: Domain) -> bool:
    """Return whether a value of the domain may be a list."""
    if isinstance(domain, Choice):
        return any(isinstance(option, list) for option in domain.options)
    return not isinstance(domain, Int | Float)


def may_nest(domain: Domain) -> bool:
    """Return whether a value may be a list that holds lists."""
    if isinstance(domain, Vector):
        return may_be_list(domain.element)
    options = domain.options if isinstance(domain, Choice) else ()
    return any(isinstance(one, list) for option in options if isinstance(option, list) for one in option)


def as_tuples(value: Any) -> Any:
    """Return a value with tuples in place of lists, those inside of lists too."""
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value
