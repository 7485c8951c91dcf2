"""Where the domains of a new file stand, as its points name them; and the points that are forbidden there."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from fgspace_migrate.domains import Choice, Searched, same
from fgspace_migrate.sections import Notes, Path

Entry = dict[str, Any]
"""Path of a new file → value."""

_MOST = 100
"""Entries of a new file that one of the old file may become."""


class Points:
    """The hyper-parameters of a new file, found by those of the old one.

    Args:
        sections: what holds domains of a new file: the space, and the evaluator under that name.
    """

    def __init__(self, sections: Mapping[str, Any]) -> None:
        self._domains: list[tuple[str, Searched]] = []
        self._choices: list[tuple[str, Choice]] = []
        self._initial: Entry = {}
        self._seen: set[int] = set()
        for path, node in _in_order(sections, ""):
            self._walk(node, path, active=True)

    def entries(self, forbidden: Mapping[str, Any]) -> list[Entry] | None:
        """Return the entries that forbid what an entry of the old file forbids; None if it cannot be said."""
        found = [self._where(key, value) for key, value in forbidden.items()]
        size = 1
        for ways in found:
            size *= len(ways)
        if not 0 < size <= _MOST:
            return None
        merged = [_merged(combination) for combination in product(*found)]
        return [entry for entry in merged if entry is not None] or None

    def begins_at(self, entry: Entry) -> bool:
        """Return whether a search would begin at a point that an entry forbids."""
        return all(path in self._initial and same(self._initial[path], value) for path, value in entry.items())

    def move_on(self, entry: Entry) -> bool:
        """Let the search begin elsewhere than at what an entry forbids; return whether that is possible."""
        for path, choice in self._choices:
            if path in entry and len(choice["choice"]) > 1:
                choice.rotate()
                return True
        for path, domain in self._domains:
            if path in entry and len(domain.get("choice", ())) > 1:
                domain["choice"].append(domain["choice"].pop(0))
                return True
        return False

    def _where(self, key: str, value: Any) -> list[Entry]:
        """Return the ways to say that a hyper-parameter of the old file has a value."""
        return [
            *({path: value} for path, domain in self._domains if domain.key == key and _contains(domain, value)),
            *(
                {path: label}
                for path, choice in self._choices
                for label, facts in zip(_labels(choice["choice"]), choice.facts, strict=True)
                if key in facts and same(facts[key], value)
            ),
        ]

    def _walk(self, node: Any, path: str, active: bool) -> None:
        if isinstance(node, Searched | Choice) and id(node) in self._seen:
            return  # an alias has the path at which it stands first
        if isinstance(node, Searched):
            self._seen.add(id(node))
            self._domains.append((path, node))
            if active:
                self._initial[path] = _first(node)
        elif isinstance(node, Choice):
            self._seen.add(id(node))
            self._choices.append((path, node))
            labels = _labels(node["choice"])
            if active:
                self._initial[path] = labels[0]
            for label, option in zip(labels, node["choice"], strict=True):
                self._walk(option, f"{path}.{label}", active and label == labels[0])
        elif isinstance(node, Mapping):
            for inside, value in _in_order(node, path):
                self._walk(value, inside, active)
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self._walk(value, f"{path}.{index}", active)


def forbidden(written: list[tuple[Path, Mapping[str, Any]]], sections: Mapping[str, Any], notes: Notes) -> list[Entry]:
    """Return the section `forbidden` of a new file, after making sure that its search begins at another point.

    Args:
        written: the entries of the old file, with their places.
        sections: as for `Points`; the options of its choices may be put into another order.
        notes: told of entries that cannot be carried over.
    """
    to: Path = ("search_space",)
    for _ in range(_MOST):
        points = Points(sections)
        found = [(at, points.entries(entry)) for at, entry in written]
        entries = [entry for _, listed in found if listed is not None for entry in listed]
        at_start = [entry for entry in entries if points.begins_at(entry)]
        if not at_start or not any(points.move_on(entry) for entry in at_start):
            break
    for at, listed in found:
        if listed is None:
            notes.add(at, "forbidden: an entry is not carried over, since not all of its values are searched here", to)
    for entry in at_start:
        named = ", ".join(f"{path}: {value}" for path, value in entry.items())
        notes.add(written[0][0], f"forbidden: {{{named}}} is left out, since the search begins there", to)
    return [entry for entry in entries if entry not in at_start]


def _in_order(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values of a mapping with their paths, in the order in which aliases are named."""
    listed = node.get("modules")
    order = {name: index for index, name in enumerate(listed)} if isinstance(listed, list) else {}
    for key in sorted(node, key=lambda key: (order.get(key, len(order)), key)):
        yield f"{path}.{key}".lstrip("."), node[key]


def _labels(options: list[Any]) -> list[Any]:
    """Return how points name the options of a choice: by their types, with a number where several have one."""
    names = [str(option.get("type", "option")).rpartition("/")[2] for option in options]
    return [name if names.count(name) == 1 else f"{name}#{index}" for index, name in enumerate(names)]


def _merged(combination: tuple[Entry, ...]) -> Entry | None:
    made: Entry = {}
    for entry in combination:
        for path, value in entry.items():
            if path in made and not same(made[path], value):
                return None
            made[path] = value
    return made


def _first(domain: Searched) -> Any:
    if "choice" in domain:
        return domain["choice"][0]
    bounds = domain.get("int") or domain.get("float")
    return bounds[0] if bounds else None


def _contains(domain: Searched, value: Any) -> bool:
    if "choice" in domain:
        return any(same(value, one) for one in domain["choice"])
    bounds = domain.get("int") or domain.get("float")
    if bounds is None or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bounds[0] <= value <= bounds[1] and ("float" in domain or float(value).is_integer())
