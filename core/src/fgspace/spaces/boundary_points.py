"""The points of a space at which hyper-parameters have the first or the last of their values."""

from collections.abc import Hashable, Iterator
from contextlib import suppress
from itertools import chain, islice, zip_longest
from typing import Any

from fgspace.spaces.domains import Choice, Domain
from fgspace.spaces.space import Point, Space

_TOKENS = 100_000
"""The most tokens, of all values of a domain together, that are changed one at a time."""
_FEW = 8
"""The most values of a token that are all tried; of more, only the first and the last are."""


def boundary_points(space: Space, most: int) -> list[Point]:
    """Return at most `most` points, each once, the initial one first.

    Then come those that differ from it in one value, where each hyper-parameter has its turn before one has its second,
    and at last the two where all values are the first and the last.
    """
    tried = {path: ends(domain, _start(space, path), max(2, most)) for path, domain in space.hyper_parameters.items()}
    both = {path: values for path, values in tried.items() if len(values) > 1}
    extremes = [space.complete({path: values[index] for path, values in both.items()}) for index in (0, 1)]
    turns = zip_longest(*([(path, value) for value in values] for path, values in tried.items()))
    changed = (_changed(space, *one) for turn in turns for one in turn if one is not None)
    found: dict[Hashable, Point] = {}
    for points, enough in ((chain([space.initial], changed), most - len(extremes)), (extremes, most)):
        for point in points:
            if len(found) >= max(1, enough):
                break
            if not space.forbids(point):
                found.setdefault(space.key(point), point)
    return list(found.values())


def ends(domain: Domain, start: Any, most: int) -> list[Any]:
    """Return at most `most` values of a domain: the first and the last, and those that differ from `start` in a token.

    The order of values is that of their tokens. With a fixed number of ones, the first value has them at its end. Of a
    long list, few tokens are tried.
    """
    tokens, table = domain.encode(start), domain.range_table
    outer = ([0] * len(table), [bound - 1 for bound in table])
    if any(_decoded(domain, one) is None for one in outer):
        outer = sorted(tokens), sorted(tokens, reverse=True)
    single = ([*tokens[:at], token, *tokens[at + 1 :]] for at, token in _tokens(domain))
    values = (_decoded(domain, one) for one in chain(outer, islice(single, _TOKENS // len(table))))
    return [value for (value,) in islice(filter(None, values), most)]


def _tokens(domain: Domain) -> Iterator[tuple[int, int]]:
    """Yield position and value of each token that is tried."""
    for at, bound in enumerate(domain.range_table):
        every = bound <= _FEW or isinstance(domain, Choice)
        yield from ((at, token) for token in (range(bound) if every else (0, bound - 1)))


def _decoded(domain: Domain, tokens: list[int]) -> tuple[Any] | None:
    """Return the value with these tokens, in a tuple; None if there is none."""
    with suppress(ValueError):
        return (domain.decode(tokens),)
    return None


def _start(space: Space, path: str) -> Any:
    return space.initial.get(path, space.hyper_parameters[path].initial)


def _changed(space: Space, path: str, value: Any) -> Point:
    """Return the initial point with one other value, and the options that make its hyper-parameter active."""
    values = {path: value}
    guard = space.guard(path)
    while guard is not None:
        values[guard[0]] = guard[1]
        guard = space.guard(guard[0])
    return space.complete(values)
