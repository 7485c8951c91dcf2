"""Domains that remember which hyper-parameters of the old file they come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]
"""Hyper-parameter of the old file → the value that an option stands for."""

_MOST_VALUES = 32
"""Integers of a range that may become options."""


class Searched(dict[str, Any]):
    """The domain of one hyper-parameter of the old file, written as in a new one: `{"int": [1, 5]}`.

    `listed` says whether the old file lists its values, rather than giving their range.
    """

    def __init__(self, key: str, written: Mapping[str, Any]) -> None:
        super().__init__(written)
        self.key = key
        self.listed = "choice" in written

    def candidates(self) -> list[Any] | None:
        """Return its values, None if there are too many to write down."""
        if "choice" in self:
            return list(self["choice"])
        if "int" in self and "log" not in self:
            low, high = self["int"]
            return list(range(low, high + 1)) if high - low < _MOST_VALUES else None
        return None


@dataclass(frozen=True)
class Option:
    """One option of a choice that conditions make: what it stands for, and what it holds (a section, or new data)."""

    facts: Facts
    value: Any


class Options(list[Option]):
    """What a mapping of the old file becomes where conditions depend on a value in it: one option for each value."""


class Choice(dict[str, Any]):
    """A choice among mappings in a new file, which remembers what each option stands for."""

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__(choice=[option.value for option in options])
        self.facts = [option.facts for option in options]

    def rotate(self) -> None:
        """Move the first option, which is where a search begins, to the end."""
        self["choice"].append(self["choice"].pop(0))
        self.facts.append(self.facts.pop(0))


def translated(value: Any, translate: Callable[[Any], Any]) -> Any:
    """Return a translated value, None if there is none.

    Each option of options is translated, and they become one choice: without those whose translation is None, and with
    all options of a translation that is a choice itself.
    """
    if value is None or not isinstance(value, Options):
        return None if value is None else translate(value)
    made = [(option, translate(option.value)) for option in value]
    options = [one for option, new in made if new is not None for one in _options(option, new)]
    return Choice(options) if options else None


def _options(option: Option, made: Any) -> list[Option]:
    if isinstance(made, Choice):
        return [Option({**option.facts, **facts}, one) for facts, one in zip(made.facts, made["choice"], strict=True)]
    return [Option(option.facts, made)]


def same(one: Any, other: Any) -> bool:
    """Return whether two values of an old file are the same: 1 and true are not."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def as_written(node: Any, made: dict[int, Any] | None = None) -> Any:
    """Return a new file as plain data, in which only domains stand in several places."""
    made = {} if made is None else made
    if isinstance(node, Searched):
        return made.setdefault(id(node), deepcopy(dict(node)))
    if isinstance(node, Mapping):
        return {key: as_written(value, made) for key, value in node.items()}
    return [as_written(value, made) for value in node] if isinstance(node, list) else node


_Chain = tuple[tuple[int, int], ...]
"""The options around a value, from the outermost: the identity of each choice, and the number of its option."""


def with_own_copies(node: Any) -> None:
    """Give options domains of their own where a shared one would be active although none of its options is chosen.

    A domain that stands in all options of a choice stays shared, as one hyper-parameter: it is always active.
    """
    chains: dict[int, set[_Chain]] = {}
    sizes: dict[int, int] = {}
    for domain, chain, _, _ in _places(node, ()):
        chains.setdefault(id(domain), set()).add(chain)
    for choice in _choices(node):
        sizes[id(choice)] = len(choice["choice"])
    copies: dict[tuple[int, _Chain], Searched] = {}
    for domain, chain, holder, key in list(_places(node, ())):
        if not _may_be_shared(chains[id(domain)], sizes):
            copy = copies.setdefault((id(domain), chain), Searched(domain.key, deepcopy(dict(domain))))
            holder[key] = copy


def _may_be_shared(chains: set[_Chain], sizes: Mapping[int, int]) -> bool:
    if len(chains) == 1 or () in chains:
        return True
    outermost = {chain[0][0] for chain in chains}
    return all(len(chain) == 1 for chain in chains) and len(outermost) == 1 and len(chains) == sizes[outermost.pop()]


def _places(node: Any, chain: _Chain) -> Iterator[tuple[Searched, _Chain, Any, Any]]:
    """Yield every domain in a new file with the options around it, and the mapping or list that holds it at a key."""
    inside = node["choice"] if isinstance(node, Choice) else node
    for key, value in inside.items() if isinstance(inside, Mapping) else enumerate(inside):
        around = (*chain, (id(node), key)) if isinstance(node, Choice) else chain
        if isinstance(value, Searched):
            yield value, around, inside, key
        elif isinstance(value, Mapping | list):
            yield from _places(value, around)


def _choices(node: Any) -> Iterator[Choice]:
    if isinstance(node, Choice):
        yield node
    if isinstance(node, Mapping | list) and not isinstance(node, Searched):
        for value in node.values() if isinstance(node, Mapping) else node:
            yield from _choices(value)
