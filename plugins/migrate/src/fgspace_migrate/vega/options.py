"""Turns a mapping in which one value decides about others into options, one for each value that it may have."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from fgspace_migrate.domains import Option, Options
from fgspace_migrate.sections import Notes, Section
from fgspace_migrate.vega.conditions import Condition
from fgspace_migrate.vega.hyper_parameters import TO, HyperParameter, Keys


def put(tree: Section, one: HyperParameter, notes: Notes) -> None:
    """Set the domain of a hyper-parameter at its keys; mappings on the way are made where there are none."""
    holder = tree
    for step in one.keys[:-1]:
        inside = holder.look(step)
        if inside is None:
            holder.put(step, {}, one.at)
        elif not isinstance(inside, Section):
            notes.add(one.at, f"{one.key}: is not carried over, since {holder.named(step)} is no mapping", TO)
            return
        holder = holder.look(step)
    holder.put(one.keys[-1], one.domain, one.at)


def split(
    tree: Section,
    known: Mapping[str, HyperParameter],
    conditions: Mapping[str, list[Condition]],
    unit: Callable[[Keys], Keys | None],
    notes: Notes,
) -> None:
    """Turn each mapping in which a parent decides about its children into options; note where that is impossible.

    `unit` returns the keys of the mapping around a hyper-parameter that may become options.
    """
    for parent, listed in conditions.items():
        place = unit(known[parent].keys)
        fitting = []
        for one in listed:
            inside = place is not None and known[one.child].keys[: len(place)] == place
            if inside and known[parent].domain.candidates() is not None:
                fitting.append(one)
            else:
                why = "has too many values" if inside else "stands elsewhere"
                notes.add(one.at, f"{one.child}: is always active here, since {parent}, on which it depends, {why}", TO)
        if place is not None and fitting:
            inactive = partial(_inactive, listed=fitting, conditions=conditions, known=known)
            split_at(tree, place, known[parent], inactive)


def split_at(
    tree: Section,
    place: Keys,
    parent: HyperParameter,
    without: Callable[[Any], Iterable[Keys]] = lambda value: (),
) -> None:
    """Turn the mapping at a place into options, one for each value of a hyper-parameter in it.

    `without` returns the keys of what is not active at a value.
    """
    depth = len(place)

    def options(section: Any) -> Any:
        if not isinstance(section, Section) or _look(section, parent.keys[depth:]) is not parent.domain:
            return section
        return Options(
            Option({parent.key: value}, _fixed(section, parent.keys[depth:], value, without(value), place))
            for value in parent.domain.candidates() or ()
        )

    _rewrite(tree, place, options)


def _inactive(
    value: Any,
    listed: Iterable[Condition],
    conditions: Mapping[str, list[Condition]],
    known: Mapping[str, HyperParameter],
) -> list[Keys]:
    """Return the keys of the children that are not active at a value of their parent, and of what depends on them."""
    left = [one.child for one in listed if not one.holds(value)]
    found: list[Keys] = []
    while left:
        name = left.pop()
        found.append(known[name].keys)
        left += [one.child for one in conditions.get(name, ())]
    return found


def _rewrite(section: Section, place: Keys, change: Callable[[Any], Any]) -> None:
    """Replace the value at a place, in each option where there are options on the way."""
    key, *rest = place
    value = section.look(key)
    if rest:
        for inside in [option.value for option in value] if isinstance(value, Options) else [value]:
            if isinstance(inside, Section):
                _rewrite(inside, tuple(rest), change)
    elif isinstance(value, Options):
        section.put(key, Options(one for option in value for one in _changed(option, change)), section.place(key))
    elif key in section:
        section.put(key, change(value), section.place(key))


def _changed(option: Option, change: Callable[[Any], Any]) -> list[Option]:
    made = change(option.value)
    if not isinstance(made, Options):
        return [option]
    return [Option({**option.facts, **one.facts}, one.value) for one in made]


def _fixed(section: Section, keys: Keys, value: Any, without: Iterable[Keys], place: Keys) -> Section:
    """Return a copy of a section with one value fixed, and without what is not active then."""
    made = section.copy()
    holder = _holder(made, keys)
    if holder is not None:
        holder.put(keys[-1], value, holder.place(keys[-1]))
    for inactive in without:
        if inactive[: len(place)] == place:
            _remove(made, inactive[len(place) :])
    return made


def _remove(section: Section, keys: Keys) -> None:
    """Remove a value, and the sections that are empty without it."""
    key, *rest = keys
    inside = section.look(key)
    if rest and isinstance(inside, Section):
        _remove(inside, tuple(rest))
    if not rest or (isinstance(inside, Section) and not [*inside]):
        section.remove(key)


def _holder(section: Section, keys: Keys) -> Section | None:
    for step in keys[:-1]:
        inside = section.look(step)
        if not isinstance(inside, Section):
            return None
        section = inside
    return section


def _look(section: Section, keys: Keys) -> Any:
    holder = _holder(section, keys)
    return None if holder is None else holder.look(keys[-1])
