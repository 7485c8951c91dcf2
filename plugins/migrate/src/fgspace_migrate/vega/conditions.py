"""Conditions of Vega, read: which hyper-parameter depends on which, and at which of its values it is active."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fgspace.errors import brief

from fgspace_migrate.domains import Searched, same
from fgspace_migrate.sections import Notes, Path
from fgspace_migrate.vega.hyper_parameters import TO, HyperParameter, entries

_KEYS = ("key", "child", "parent", "type", "range")


@dataclass(frozen=True)
class Condition:
    """A child that is active only at some values of its parent; `holds` says at which."""

    child: str
    parent: str
    at: Path
    holds: Callable[[Any], bool]


def read_conditions(
    written: Any, at: Path, known: Mapping[str, HyperParameter], notes: Notes
) -> dict[str, list[Condition]]:
    """Return parent → its conditions, parents before their children; note those that cannot be carried over.

    A child of several parents is left active: Vega's versions differ in whether one of them is enough.
    """
    read = [_condition(entry, place, known, notes) for place, entry in entries(written, at, notes)]
    conditions = [one for one in read if one is not None]
    parents: dict[str, set[str]] = {}
    for one in conditions:
        parents.setdefault(one.child, set()).add(one.parent)
    found: dict[str, list[Condition]] = {}
    for one in conditions:
        if len(parents[one.child]) > 1:
            notes.add(one.at, f"{one.child}: is always active here, since it depends on several others", TO)
        elif one.child in _above(one.parent, parents):
            notes.add(one.at, f"{one.child}: is always active here, since it depends on itself", TO)
        else:
            found.setdefault(one.parent, []).append(one)
    return {parent: found[parent] for parent in sorted(found, key=lambda name: len(_above(name, parents)))}


def _above(name: str, parents: Mapping[str, set[str]]) -> set[str]:
    """Return a hyper-parameter and all that it depends on."""
    above: set[str] = set()
    left = [name]
    while left:
        one = left.pop()
        if one not in above:
            above.add(one)
            left += parents.get(one, ())
    return above


def _condition(
    written: Mapping[str, Any], at: Path, known: Mapping[str, HyperParameter], notes: Notes
) -> Condition | None:
    child, parent, kind, bounds = (written.get(key) for key in ("child", "parent", "type", "range"))
    for key in written:
        if key not in _KEYS:
            notes.add(at, f"condition.{key}: has no counterpart here", TO)
    for name in (child, parent):
        if not isinstance(name, str) or name not in known:
            notes.add(at, f"condition: is not carried over, since {brief(name)} is not searched", TO)
            return None
    values = bounds if isinstance(bounds, list) else [bounds]
    holds = _test(str(kind).upper(), values, known[str(parent)].domain)
    if holds is None:
        notes.add(
            at, f"{child}: is always active here, since its condition {brief(kind)} of {brief(bounds)} is not known", TO
        )
        return None
    return Condition(str(child), str(parent), at, holds)


def _test(kind: str, values: Sequence[Any], parent: Searched) -> Callable[[Any], bool] | None:
    if kind == "NOT_EQUAL":
        return lambda value: not any(same(value, one) for one in values)
    if kind == "EQUAL" or (kind == "IN" and parent.listed):
        return lambda value: any(same(value, one) for one in values)
    if kind == "IN" and len(values) == 2 and all(isinstance(bound, int | float) for bound in values):
        low, high = values
        return lambda value: bool(low <= value <= high)
    return None
