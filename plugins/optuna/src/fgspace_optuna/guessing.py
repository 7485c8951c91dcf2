"""Guesses the space of a study of Optuna from its trials: which domains there are, and which belong to an option."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fgspace import Choice, FgspaceError, Space
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

_RESERVED = frozenset(
    {"choice", "int", "float", "bits", "vector", "tokens", "type", "modules", "hyper_parameters", "name"}
)
"""Names that mean something else in a file."""


_Guard = tuple[str, int] | None
"""A category and the index of the option that a parameter belongs to; None if to none."""


@dataclass(frozen=True)
class Guessed:
    """A space as a file has it, the name and the guard of each parameter of Optuna, and what is not as it was."""

    tree: dict[str, Any]
    names: Mapping[str, str]
    guards: Mapping[str, _Guard]
    choices: Mapping[str, Sequence[Any]]
    notes: tuple[str, ...]

    def paths(self, of: Space) -> dict[str, str]:
        """Return the path of each parameter in the space, which names the options that have hyper-parameters."""
        paths: dict[str, str] = {}
        for name in _in_order(self.names, self.guards):
            guard = self.guards[name]
            above = "" if guard is None else f"{paths[guard[0]]}.{_options(of, paths[guard[0]])[guard[1]]}."
            paths[name] = above + self.names[name]
        return paths

    def point(self, of: Space, paths: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a trial by path."""
        values = {}
        for name, value in parameters.items():
            if name in self.choices:
                at = list(map(repr, self.choices[name])).index(repr(value))
                value = _options(of, paths[name])[at]
            values[paths[name]] = value
        active = of.restrict({**of.starts, **values})
        return {path: value for path, value in values.items() if path in active}


def _options(of: Space, path: str) -> Sequence[Any]:
    domain = of.hyper_parameters[path]
    return domain.options if isinstance(domain, Choice) else ()


def guessed(trials: Sequence[FrozenTrial], place: str) -> Guessed:
    """Return the space that the trials are points of.

    A parameter that exactly the trials with one option of a category have is one of that option, and any other is
    always searched. A range is as wide as that of any trial.

    Raises:
        FgspaceError: no trial has parameters.
    """
    distributions: dict[str, list[BaseDistribution]] = {}
    for trial in trials:
        for name, one in trial.distributions.items():
            distributions.setdefault(name, []).append(one)
    if not distributions:
        raise FgspaceError(f"{place}: no finished trial of the study has parameters, and so there is no space")
    notes: list[str] = []
    guards = _guards(trials, distributions)
    names = {name: _free(name, distributions, notes) for name in distributions}
    for name, seen in distributions.items():
        if guards[name] is None and len(seen) < len(trials):
            notes.append(
                f"{name}: {len(trials) - len(seen)} trials lack it, and no option of a category explains that;"
                " it is always searched here, and these trials have its initial value"
            )
    domains = {name: _domain(name, seen, notes) for name, seen in distributions.items()}
    tree = _tree(domains, guards, names)
    choices = {
        name: seen[0].choices for name, seen in distributions.items() if isinstance(seen[0], CategoricalDistribution)
    }
    return Guessed(tree, names, guards, choices, tuple(notes))


def _guards(
    trials: Sequence[FrozenTrial], distributions: Mapping[str, Sequence[BaseDistribution]]
) -> dict[str, _Guard]:
    """Return for each parameter the category and the index of the option that it belongs to; None if to none."""
    having = {name: frozenset(at for at, trial in enumerate(trials) if name in trial.params) for name in distributions}
    options: dict[frozenset[int], tuple[str, int]] = {}
    for name, seen in distributions.items():
        if isinstance(seen[0], CategoricalDistribution):
            for index, option in enumerate(seen[0].choices):
                chosen = frozenset(at for at in having[name] if repr(trials[at].params[name]) == repr(option))
                if chosen and chosen != having[name]:
                    options.setdefault(chosen, (name, index))
    everywhere = frozenset(range(len(trials)))
    found = {name: None if having[name] == everywhere else options.get(having[name]) for name in distributions}
    return {name: guard if guard is None or guard[0] != name else None for name, guard in found.items()}


def _free(name: str, taken: Collection[str], notes: list[str]) -> str:
    """Return the name of a parameter in the file: without dots, and not a word that a file has."""
    free = name.replace(".", "_") or "parameter"
    free = f"{free}_parameter" if free in _RESERVED else free
    while free != name and free in taken:
        free += "_"
    if free != name:
        notes.append(f"{name!r} has the name {free!r} here")
    return free


def _domain(name: str, seen: Sequence[BaseDistribution], notes: list[str]) -> dict[str, Any]:
    first = seen[0]
    if isinstance(first, CategoricalDistribution):
        written = list(first.choices)
        if any(one in written[:at] for at, one in enumerate(written)):
            notes.append(f"{name}: options that are equal, such as 1 and true, are text here")
            return {"choice": list(map(repr, written))}
        return {"choice": written}
    if not isinstance(first, IntDistribution | FloatDistribution):
        raise FgspaceError(f"{name}: a {type(first).__name__} has no counterpart here")
    ranges = {(one.low, one.high, one.step, one.log) for one in seen if isinstance(one, type(first))}
    low, high = min(one[0] for one in ranges), max(one[1] for one in ranges)
    step, log = (first.step, first.log) if len(ranges) == 1 else (None, all(one[3] for one in ranges))
    if len(ranges) > 1:
        notes.append(f"{name}: trials have {len(ranges)} ranges of it; here it has the range from {low} to {high}")
    kind = "int" if isinstance(first, IntDistribution) else "float"
    ends = [low, high] if step is None or (kind == "int" and step == 1) else [low, high, step]
    return {kind: ends, **({"log": True} if log else {})}


def _tree(
    domains: Mapping[str, dict[str, Any]], guards: Mapping[str, _Guard], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return the tree of the file; an option with hyper-parameters is a mapping with its former value as `name`."""
    tree: dict[str, Any] = {}
    inside: dict[tuple[str, int], dict[str, Any]] = {}
    for name in _in_order(names, guards):
        guard = guards[name]
        node = tree
        if guard is not None:
            options = domains[guard[0]]["choice"]
            node = inside.setdefault(guard, {"name": options[guard[1]]})
            options[guard[1]] = node
        node[names[name]] = domains[name]
    return {"type": "FineGrainedSpace", "hyper_parameters": tree}


def _in_order(names: Mapping[str, str], guards: Mapping[str, _Guard]) -> list[str]:
    """Return the parameters, each after the category that it belongs to."""

    def depth(name: str) -> int:
        guard = guards[name]
        return 0 if guard is None else 1 + depth(guard[0])

    return sorted(names, key=depth)
