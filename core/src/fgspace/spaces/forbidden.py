"""Points that are taken out of a space: what they agree on, and how many there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from fgspace.documents.document import Document
from fgspace.errors import Problem, brief, did_you_mean
from fgspace.spaces.domains import Domain, in_words
from fgspace.spaces.hyper_parameters import HyperParameter, count

Entry = Mapping[str, Any]
"""Path → value: a point with all of these values is not in the space."""

_COUNTED = 12
"""The most entries whose points are counted together: their number of subsets is 2 to the power of this."""
_SECTION = "forbidden"


def read(document: Document, parameters: Sequence[HyperParameter]) -> tuple[tuple[Entry, ...], list[Problem]]:
    """Return the entries of the section `forbidden` of a document, and their problems."""
    at: tuple[str | int, ...] = ("search_space", _SECTION)
    written = document.data["search_space"].get(_SECTION)
    if written is None:
        return (), []
    if not isinstance(written, list) or not all(isinstance(entry, Mapping) and entry for entry in written):
        message = f"expected a list of mappings from hyper-parameters to values, got {brief(written)}"
        return (), [document.problem(at, _SECTION, message)]
    domains = {one.path: one.domain for one in parameters}
    problems = [
        document.problem((*at, index, path), f"{_SECTION}[{index}].{path}", wrong, key=path not in domains)
        for index, entry in enumerate(written)
        for path, value in entry.items()
        if (wrong := _misfit(domains, path, value)) is not None
    ]
    return tuple(dict(entry) for entry in written), problems


def _misfit(domains: Mapping[str, Domain], path: str, value: Any) -> str | None:
    if path not in domains:
        return f"no such hyper-parameter{did_you_mean(path, domains)}"
    return None if domains[path].contains(value) else f"{brief(value)} is not in {in_words(domains[path])}"


def entry_of(point: Mapping[str, Any], entries: Iterable[Entry]) -> Entry | None:
    """Return the first entry that forbids a point, None if none does."""
    for entry in entries:
        if all(path in point and point[path] == value for path, value in entry.items()):
            return entry
    return None


def in_a_sentence(entry: Entry) -> str:
    """Return an entry in words: "a is 1 and b is 2"."""
    return " and ".join(f"{path} is {value!r}" for path, value in entry.items())


def allowed(parameters: Sequence[HyperParameter], entries: Sequence[Entry]) -> tuple[int | float, bool]:
    """Return the number of points that no entry forbids, and whether it is exact rather than an upper bound."""
    every = count(parameters)
    if every == float("inf") or not entries:
        return every, True
    if len(entries) > _COUNTED:
        return every, False
    return every - sum(_inclusion_exclusion(parameters, entries)), True


def _inclusion_exclusion(parameters: Sequence[HyperParameter], entries: Sequence[Entry]) -> Iterator[int | float]:
    """Yield the terms of inclusion and exclusion: the number of points that each subset of the entries forbids."""
    guards = {one.path: one.guards for one in parameters}
    for size in range(1, len(entries) + 1):
        for subset in combinations(entries, size):
            fixed = _merged(subset, guards)
            if fixed is not None:
                yield count(parameters, fixed) * (1 if size % 2 else -1)


def _merged(entries: Iterable[Entry], guards: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values of the points that all entries forbid, choices that activate them included; None if none."""
    fixed: dict[str, Any] = {}
    waiting = [item for entry in entries for item in entry.items()]
    while waiting:
        path, value = waiting.pop()
        if path in fixed:
            if fixed[path] != value:
                return None
            continue
        fixed[path] = value
        if guards[path] is not None:
            waiting.append(guards[path])
    return fixed
