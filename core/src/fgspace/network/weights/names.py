"""Finds the names that the tensors of a file have in a network: with or without a prefix, or those of wrappers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

WRAPPERS = frozenset({"module", "_orig_mod"})
"""The names that DataParallel and torch.compile put before those of the network that they wrap."""
_TRIED = 3
"""The number of prefixes that are tried, those that most names ask for."""

Rename = Callable[[str], str]


def names_in_network(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, str]:
    """Return name in a file → name in a network, by the change of prefix that lets most names match.

    Both mappings are from names to shapes; of changes that let equally many names match, the one with which more
    shapes match is taken, and of these the first: names as they are, one prefix less, one more, or another one.
    """
    best = {name: name for name in found}
    most = _matches(best, found, wanted)
    for names in _candidates(list(found), list(wanted)):
        matches = _matches(names, found, wanted)
        if matches > most and len({*names.values()}) == len(names):
            best, most = names, matches
    return best


def _matches(names: Mapping[str, str], found: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[int, int]:
    both = [(found[name], wanted[other]) for name, other in names.items() if other in wanted]
    return len(both), sum(shape == other for shape, other in both)


def _candidates(found: list[str], wanted: list[str]) -> Iterator[dict[str, str]]:
    """Yield the renamings that could fit."""
    plain = [_unwrapped(name) for name in found]
    for names in (found, plain) if plain != found else (found,):
        yield dict(zip(found, names, strict=True))
        for rename in _renames(names, wanted):
            yield dict(zip(found, map(rename, names), strict=True))


def _renames(names: list[str], wanted: list[str]) -> Iterator[Rename]:
    known, inside = set(wanted), _by_ending(wanted)
    fewer = Counter(start for name in names for start, end in _splits(name) if end in known)
    for start, _ in fewer.most_common(_TRIED):
        yield _replaced(start, "")
    for start in ("", *_shared(names)):
        ends = (name.removeprefix(start) for name in names)
        more = Counter(prefix for end in ends for prefix in inside.get(end, ()))
        for prefix, _ in more.most_common(_TRIED):
            yield _replaced(start, prefix)


def _replaced(start: str, prefix: str) -> Rename:
    return lambda name: prefix + name.removeprefix(start) if name.startswith(start) else name


def _unwrapped(name: str) -> str:
    return ".".join(step for step in name.split(".") if step not in WRAPPERS)


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """Yield every prefix of a dotted name, with its dot, and the rest."""
    at = name.find(".")
    while at >= 0:
        yield name[: at + 1], name[at + 1 :]
        at = name.find(".", at + 1)


def _by_ending(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the end of a dotted name → the prefixes that stand before it."""
    found: dict[str, list[str]] = {}
    for name in names:
        for start, end in _splits(name):
            found.setdefault(end, []).append(start)
    return found


def _shared(names: list[str]) -> list[str]:
    """Return the prefixes that all names have."""
    return [start for start, _ in _splits(names[0]) if all(name.startswith(start) for name in names)] if names else []
