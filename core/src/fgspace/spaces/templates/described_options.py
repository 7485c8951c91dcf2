"""Finds the option of a choice that is described already: the search starts there, with the values described."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.spaces.domains import Domain
from fgspace.spaces.domains.syntax import is_domain

Start = tuple[Any, Any]
"""A domain as it is written, and the value that is described in its place."""


def start(domain: Domain, described: Any) -> Any:
    """Return the initial value of a hyper-parameter: the value described if it is one of the domain's."""
    return described if domain.contains(described) else domain.initial


def described_option(options: Sequence[Any], described: Any) -> tuple[int, list[Start]] | None:
    """Return the index of the option that a description is, and what its domains start at; None if it is none.

    An option is equal to the description but where it has a domain, of which the description may say the value. If none
    is, the only one of the same type is taken.
    """
    if not isinstance(described, Mapping | list):
        return None
    for index, option in enumerate(options):
        starts = None if is_domain(option) else _starts(option, described)
        if starts is not None:
            return index, starts
    alike = [index for index, option in enumerate(options) if _type(option) and _type(option) == _type(described)]
    return (alike[0], []) if len(alike) == 1 else None


def _starts(option: Any, described: Any) -> list[Start] | None:
    """Return the domains in an option with the values described, None if the two differ in something else."""
    if is_domain(option):
        return [(option, described)]
    if isinstance(option, Mapping) and isinstance(described, Mapping):
        fixed = {key for key, one in option.items() if not is_domain(one)}
        if not fixed <= described.keys() <= option.keys():
            return None
        pairs = [(option[key], value) for key, value in described.items()]
    elif isinstance(option, list) and isinstance(described, list) and len(option) == len(described):
        pairs = list(zip(option, described, strict=True))
    else:
        return [] if type(option) is type(described) and option == described else None
    found = [_starts(*pair) for pair in pairs]
    return None if None in found else [one for starts in found for one in starts or ()]


def _type(node: Any) -> Any:
    return node.get("type") if isinstance(node, Mapping) else None
