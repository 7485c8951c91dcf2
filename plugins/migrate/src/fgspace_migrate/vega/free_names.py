"""Hyper-parameters of a program of the user's own: they become a space without modules, under the names they have."""

from collections.abc import Mapping

from fgspace_migrate.sections import Notes, Section
from fgspace_migrate.vega.conditions import Condition
from fgspace_migrate.vega.hyper_parameters import HyperParameter, Keys
from fgspace_migrate.vega.options import put, split


def free_space(
    known: Mapping[str, HyperParameter], conditions: Mapping[str, list[Condition]], notes: Notes
) -> tuple[Section, dict[str, HyperParameter]]:
    """Return sections in which every hyper-parameter stands at its name, and the hyper-parameters.

    One that others depend on becomes a mapping with `type` and these others, which is a choice.
    """
    moved = dict(known)
    for parent, listed in conditions.items():
        if moved[parent].domain.candidates() is None:
            continue
        unit = _unit(moved[parent].keys)
        moved[parent] = moved[parent]._replace(keys=(*unit, "type"))
        for one in listed:
            keys = (*unit, *moved[one.child].keys)
            if moved[one.child].keys[: len(unit)] != unit and all(other.keys != keys for other in moved.values()):
                moved[one.child] = moved[one.child]._replace(keys=keys)
    tree = Section({}, ())
    for hyper_parameter in moved.values():
        put(tree, hyper_parameter, notes)
    split(tree, moved, conditions, lambda keys: keys[:-1] if keys[-1] == "type" else None, notes)
    return tree, moved


def _unit(keys: Keys) -> Keys:
    return keys[:-1] if keys[-1] == "type" and keys[:-1] else keys
