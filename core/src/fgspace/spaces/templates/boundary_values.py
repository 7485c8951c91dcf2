"""The boundary values of a domain, by which a template is checked."""

from collections.abc import Iterator, Mapping
from typing import Any

from fgspace.spaces.domains import Domain, Float, Int, Tokens, Vector
from fgspace.spaces.templates.placeholders import Placeholder


def boundary_values(placeholder: Placeholder) -> Iterator[Any]:
    """Yield the values to check a parameter with: every option of a choice, both ends of a range."""
    if placeholder.branches:
        for option in placeholder.domain.enumerate():
            yield from filled(placeholder.branch(option))
    else:
        yield from _ends(placeholder.domain)


def _ends(domain: Domain) -> Iterator[Any]:
    if isinstance(domain, Int):
        yield from (domain.low, domain.decode([domain.size - 1]))
    elif isinstance(domain, Float):
        yield from (domain.low, domain.high)
    elif isinstance(domain, Vector):
        yield from ([end] * domain.length for end in _ends(domain.element))
    elif isinstance(domain, Tokens):
        yield from (domain.initial, [bound - 1 for bound in domain.ranges])
    else:
        yield from domain.enumerate()


def filled(node: Any) -> Iterator[Any]:
    """Yield a tree at its initial values, then with each placeholder in turn at its boundary values."""
    found: list[Placeholder] = []

    def fill(tree: Any, chosen: Mapping[int, Any]) -> Any:
        if isinstance(tree, Placeholder):
            found.append(tree)
            return fill(chosen.get(id(tree), tree.branch(tree.initial)), chosen)
        if isinstance(tree, dict):
            return {key: fill(value, chosen) for key, value in tree.items()}
        return [fill(value, chosen) for value in tree] if isinstance(tree, list) else tree

    yield fill(node, {})
    for placeholder in list(found):
        yield from (fill(node, {id(placeholder): value}) for value in boundary_values(placeholder))
