"""Limits of Vega: its quota, and the limits of its trainer, become constraints."""

import re
from collections.abc import Mapping
from typing import Any

from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section, rendered

_TO: Path = ("constraints",)
_COSTS: Mapping[str, tuple[str, float]] = {"flops": ("macs", 1e9), "params": ("params", 1e3)}
"""Metric of Vega → the cost here, and the unit that Vega counts it in."""
_BOUND = re.compile(r"\s*(\w+)\s*(<=?|>=?)\s*([-+.\w]+)\s*$")
_RANGE = re.compile(r"\s*(\w+)\s+in\s+[\[(]\s*([-+.\w]+)\s*,\s*([-+.\w]+)\s*[\])]\s*$")
_UNIT = "is read in billions, as Vega's code compares it; its documentation says millions"

Constraints = dict[str, dict[str, Any]]


def constraints(general: Section, trainer: Section, notes: Notes) -> Constraints:
    """Return the constraints of a file; note the terms that cannot be carried over."""
    found: Constraints = {}
    quota, place = general.take("quota"), general.place("quota")
    if isinstance(quota, str):
        for term in re.split(r"\s+and\s+", quota.strip()):
            _term(term, place, found, notes)
    elif isinstance(quota, Section):
        _restricted(quota, found, notes)
    elif quota is not None:
        notes.add(place, "quota: is not carried over, since it is neither text nor a mapping", _TO)
    limits = trainer.take("limits")
    if isinstance(limits, Section):
        _limits(limits, notes)
    return found


def _restricted(quota: Section, found: Constraints, notes: Notes) -> None:
    """Read the form before 1.6: `restrict: {flops: 10, params: [100, 1000]}`."""
    restrict = quota.section("restrict", notes)
    for name, (cost, unit) in _COSTS.items():
        value = restrict.take(name)
        low, high = value if isinstance(value, list) and len(value) == 2 else (None, value)
        if _is_number(high) and (low is None or _is_number(low)):
            _add(cost, {"max": high * unit, **({} if low is None else {"min": low * unit})}, found)
            _note_unit(name, restrict.place(name), notes)
        elif value is not None:
            notes.add(
                restrict.place(name), f"quota.{name}: expected a number or two, not {brief(rendered(value))}", _TO
            )
    quota.skip("filter_rules")
    restrict.name = "quota"
    restrict.close(notes, _TO)
    quota.close(notes, _TO)


def _term(term: str, place: Path, found: Constraints, notes: Notes) -> None:
    bounds: dict[str, float] = {}
    name = ""
    try:
        if match := _BOUND.match(term):
            name = match[1]
            bounds = {"max" if match[2][0] == "<" else "min": float(match[3])}
        elif match := _RANGE.match(term):
            name = match[1]
            bounds = {"min": float(match[2]), "max": float(match[3])}
    except ValueError:
        bounds = {}
    if not bounds or name not in _COSTS or not all(_is_number(bound) for bound in bounds.values()):
        notes.add(place, f"quota: {term.strip()!r} has no counterpart here", _TO)
        return
    cost, unit = _COSTS[name]
    _add(cost, {side: bound * unit for side, bound in bounds.items()}, found)
    _note_unit(name, place, notes)


def _limits(limits: Section, notes: Notes) -> None:
    """Note the limits of the trainer, which every version counts in another unit; the default is no limit."""
    for name, cost in (("flop_range", "macs"), ("param_range", "params")):
        if limits.take(name) not in (None, [0, 1e10]):
            told = (
                f"trainer.limits.{name}: its unit differs between versions of Vega; write constraints: {{{cost}: ...}}"
            )
            notes.add(limits.place(name), told, _TO)
    limits.close(notes, _TO)


def _add(cost: str, bounds: Mapping[str, float], found: Constraints) -> None:
    whole = {side: int(bound) if float(bound).is_integer() else bound for side, bound in bounds.items()}
    found.setdefault(cost, {}).update(whole)


def _note_unit(name: str, place: Path, notes: Notes) -> None:
    if name == "flops":
        notes.add(place, f"quota.flops: {_UNIT}", _TO)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
