"""Reads mask rows, which are given by layer name or, as in Vega, in execution order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fgspace.errors import did_you_mean

from fgspace_prune.groups import STAYS, Group, Plan, layer_of

Row = Sequence[int]


@dataclass(frozen=True)
class Target:
    """The layer or group that a row is for, by name; the row of a projection shortcut does not decide."""

    layer: str
    width: int
    decides: bool = True


@dataclass
class Rows:
    """The rows read so far, at full width and by group name, and the problems found in them."""

    masks: dict[str, tuple[int, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def single_rows(plan: Plan, nodes: int, rows: int) -> list[Target]:
    """Return the targets of the rows of `chn_mask`, given the number of `rows` in it and of `nodes` in `chn_node_mask`.

    The targets are the groups that a single layer makes, in execution order. If there are enough rows, the projection
    shortcuts are among them, each at its position. A stem that has a row in `chn_node_mask` has none here.
    """
    stem = plan.groups[:1] if has_stem_row(plan, nodes) else ()
    targets = [Target(group.name, group.width) for group in plan.groups if not group.coupled and group not in stem]
    made = {layer_of(name): index for index, (name, _) in enumerate(plan.makers)}
    order = made | {group.name: made[group.layers[0]] for group in plan.groups}
    shortcuts = [Target(layer, width_of(plan, layer), decides=False) for layer in plan.projections]
    if rows >= len(targets) + len(shortcuts):
        targets = sorted([*targets, *shortcuts], key=lambda target: order[target.layer])
    return targets


def node_rows(plan: Plan, rows: int) -> list[Target]:
    """Return the targets of the rows of `chn_node_mask`: the groups that several layers make, in execution order.

    If there are more rows than such groups, the first row is for the stem, as in Vega.
    """
    coupled = [Target(group.name, group.width) for group in plan.groups if group.coupled]
    stem = [Target(plan.groups[0].name, plan.groups[0].width)] if has_stem_row(plan, rows) else []
    return [*stem, *coupled]


def has_stem_row(plan: Plan, rows: int) -> bool:
    """Say whether the first of the `rows` rows of `chn_node_mask` is for the stem."""
    return rows > sum(group.coupled for group in plan.groups) > 0


def groups_of(plan: Plan, layer: str) -> tuple[Group, ...]:
    """Return the group of this name, or the groups that a layer makes; raise ValueError where there is none."""
    groups = tuple(group for group in plan.groups if group.name == layer)
    groups = groups or tuple(group for group in plan.groups if layer in group.layers)
    if groups:
        return groups
    if layer in (layer_of(name) for name, _ in plan.makers):
        why = next((str(one) for one in plan.refusals if layer in one.layers), "all of them stay")
        raise ValueError(f"no channel of {layer!r} can be cut: {why}")
    known = [name for group in plan.groups for name in dict.fromkeys((group.name, *group.layers))]
    raise ValueError(f"no layer {layer!r} makes channels that can be cut{did_you_mean(layer, known)}")


def divided(plan: Plan, layer: str, row: Row) -> dict[str, tuple[int, ...]]:
    """Return a row for all channels of a layer, in the layer's order, as one row for each group that it makes."""
    groups = groups_of(plan, layer)
    if len(groups) == 1:
        return {groups[0].name: tuple(row)}
    bit = dict(zip(_channels(plan, layer), row, strict=True))
    return {g.name: tuple(bit.get(cls, 1) for cls in range(g.first, g.first + g.width)) for g in groups}


def width_of(plan: Plan, layer: str) -> int:
    """Return the number of channels of a layer, or of the group of this name, that can be cut."""
    groups = groups_of(plan, layer)
    return groups[0].width if len(groups) == 1 else len(_channels(plan, layer))


def _channels(plan: Plan, layer: str) -> list[int]:
    """Return the classes that the weights of a layer make, in the order of its channels."""
    places = {place.names[0]: place for place in plan.places}
    made = [places[name].classes[dim] for name, dim in plan.makers if layer_of(name) == layer]
    return [cls for cls in dict.fromkeys(int(c) for line in made if line is not None for c in line) if cls != STAYS]


def read_rows(plan: Plan, chn_mask: Sequence[Row], chn_node_mask: Sequence[Row], masks: Mapping[str, Row]) -> Rows:
    """Return the mask rows by group name that these options make together.

    A row that is shorter than its width keeps the rest. Where two rows are for one group (that of the stem and that of
    its stage), a channel stays if either row keeps it, since their sum is zero only where both are. Rows in `masks`
    take precedence over the others. Rows that cut every channel are returned as they are.
    """
    rows = Rows()
    _read(rows, "chn_node_mask", chn_node_mask, node_rows(plan, len(chn_node_mask)))
    _read(rows, "chn_mask", chn_mask, single_rows(plan, len(chn_node_mask), len(chn_mask)))
    for layer, row in masks.items():
        try:
            target = Target(layer, width_of(plan, layer))
        except ValueError as error:
            raise ValueError(f"masks: {error}") from None
        rows.masks |= divided(plan, layer, _whole(rows, "masks: the row", row, target))
    return rows


def _read(rows: Rows, name: str, given: Sequence[Row], targets: Sequence[Target]) -> None:
    surplus = len(given) - len(targets)
    if surplus > 0:
        last = f", the last of them {targets[-1].layer!r}" if targets else ""
        rows.problems.append(
            f"{name}: has {len(given)} rows for {len(targets)} layers{last}; leave out the last {surplus}"
        )
    for index, (row, target) in enumerate(zip(given, targets, strict=False)):
        whole = _whole(rows, f"{name}: row {index}", row, target)
        if target.decides:
            before = rows.masks.get(target.layer, whole)
            rows.masks[target.layer] = tuple(max(pair) for pair in zip(before, whole, strict=True))


def _whole(rows: Rows, where: str, row: Row, target: Target) -> tuple[int, ...]:
    """Return a row at the width of its group, and record its problems."""
    width = target.width
    for entry in row:
        if entry not in (0, 1):
            raise ValueError(f"{where} has {entry!r} for {target.layer!r}; write 1 to keep a channel, 0 to cut it")
    if len(row) > width:
        more = f"{len(row)} entries for the {width} channels of {target.layer!r}"
        rows.problems.append(f"{where} has {more}; leave out the last {len(row) - width}")
    whole = (*map(int, row[:width]), *[1] * (width - len(row)))
    if target.decides and not any(whole):
        rows.problems.append(f"{where} cuts all {width} channels of {target.layer!r}; keep at least one")
    return whole


def repaired(plan: Plan, masks: Mapping[str, Row], best: Callable[[Group], Row]) -> dict[str, tuple[int, ...]]:
    """Return the masks with `best` of the group in place of each row that cuts every channel."""
    groups = {group.name: group for group in plan.groups}
    return {name: tuple(row if any(row) else best(groups[name])) for name, row in masks.items()}
