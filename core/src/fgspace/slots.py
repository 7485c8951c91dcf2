"""The hyper-parameters of a template in their one order, and which choice each belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.template import Hole


class Slot:
    """One hyper-parameter, active always or, where `guards` names a choice and an option, while that is chosen."""

    def __init__(self, hole: Hole, guards: tuple[str, Any] | None) -> None:
        self.path = hole.path
        self.domain = hole.domain
        self.start = hole.initial
        self.form = hole.form
        self.branches = hole.branches
        self.guards = guards
        self.blank = [0] * len(hole.domain.range_table)

    def is_active(self, point: Mapping[str, Any], active: Any) -> bool:
        """Say whether it is active at a point of which `active` holds the paths known to be."""
        if self.guards is None:
            return True
        parent, option = self.guards
        return parent in active and point.get(parent) == option

    def to_json(self) -> dict[str, Any]:
        """Return its domain, its start, and what its options stand for."""
        written: dict[str, Any] = {"domain": self.domain.to_json(), "initial": self.start}
        if self.branches:
            written["branches"] = {str(label): plain(branch) for label, branch in self.branches.items()}
        return written


def slots(tree: Any) -> list[Slot]:
    """Return the hyper-parameters in canonical order, each choice before what its options bring."""
    guards: dict[int, set[tuple[str, Any] | None]] = {}
    found: dict[int, Hole] = {}
    _collect(tree, None, found, guards)
    order = {name: index for index, name in enumerate(tree.get("modules", [])) if isinstance(name, str)}

    def place(hole: Hole) -> tuple[Any, ...]:
        steps = hole.path.split(".")
        return order.get(steps[0], len(order)), [(int(step), "") if step.isdigit() else (-1, step) for step in steps]

    # A hyper-parameter that stands in several options, by an alias, is always active.
    return [
        Slot(hole, next(iter(guards[id(hole)])) if len(guards[id(hole)]) == 1 else None)
        for hole in sorted(found.values(), key=place)
    ]


def _collect(
    node: Any, guard: tuple[str, Any] | None, found: dict[int, Hole], guards: dict[int, set[tuple[str, Any] | None]]
) -> None:
    if isinstance(node, Hole):
        found[id(node)] = node
        guards.setdefault(id(node), set()).add(guard)
        for label, branch in node.branches.items():
            _collect(branch, (node.path, label), found, guards)
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            _collect(child, guard, found, guards)


def plain(node: Any) -> Any:
    """Return a tree as plain JSON, with the name of a hyper-parameter where one stands."""
    if isinstance(node, Hole):
        return {"hyper_parameter": node.path}
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(value) for value in node] if isinstance(node, list) else node


def count(slots: Sequence[Slot]) -> int | float:
    """Return the number of points: sizes multiply, and a choice adds up what each of its options allows."""
    below: dict[tuple[str, Any] | None, int | float] = {}
    for slot in reversed(slots):
        options: int | float = slot.domain.size
        if slot.branches:
            options = sum(below.get((slot.path, option), 1) for option in slot.domain.enumerate())
        below[slot.guards] = below.get(slot.guards, 1) * options
    return below.get(None, 1)
