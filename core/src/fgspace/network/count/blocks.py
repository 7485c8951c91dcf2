"""The blocks of a network: its layer rows, cut where a person would, with what tells one block from another."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Any

from fgspace.network.costs import Layer, PartError, Shape, is_many
from fgspace.network.count.contents import Content, contents
from fgspace.network.parts.part import FineGrainedSpace, Leaf
from fgspace.network.resolve.descriptions import Processed

Resolve = Callable[[Any, Shape | None], Any]
Bits = Mapping[str, tuple[int, int]]
"""Path of a layer → the bits of its weights and of its input."""

_NUMBERED = re.compile(r"(.*_)?\d+")


@dataclass(frozen=True)
class Block:
    """One block: a part of a network that a drawing shows as one box.

    `contents` are its layers with weights, and its pooling, in order of first use. `kept` holds the channels that its
    layers put out, and those before the processes, None where no process changes them. `bits` are those of the weights
    and of the input of each layer, in order; they are empty where nothing is quantised.
    """

    path: str
    type: str
    in_shape: Shape
    out_shape: Shape
    params: int
    macs: int
    contents: tuple[Content, ...] = ()
    kept: tuple[int, int] | None = None
    bits: tuple[tuple[int, int], ...] = ()


@dataclass
class _Cut:
    """Consecutive rows that become one block."""

    path: str
    type: str
    rows: list[Layer] = field(default_factory=list)


def blocks(node: Any, before: Sequence[Layer], after: Sequence[Layer], resolve: Resolve, bits: Bits) -> list[Block]:
    """Return the blocks of a network, in the order in which they run.

    A part that joins its children one after the other is cut into them where the description lists them, or where they
    are numbered; every other part is one block, and so is a layer on its own. Norms, activations and reshapes belong to
    the block before them.

    Args:
        node: the description or part.
        before: its rows before its processes.
        after: its rows after its processes.
        resolve: turns a description into its part.
        bits: the bits of its layers.
    """
    cuts = _merged(_cuts(node, "", list(before), resolve, is_root=True))
    owners = [(cut, {row.path for row in cut.rows}) for cut in cuts]
    processed = _same(before, after)
    found = [_block(cut, _rows_of(cut, paths, after), bits, processed) for cut, paths in owners]
    # The last layer of a block that joins branches does not put out what the block does; the next one reads it.
    return [replace(one, out_shape=two.in_shape) for one, two in pairwise(found)] + found[-1:]


def _cuts(node: Any, path: str, rows: list[Layer], resolve: Resolve, is_root: bool = False) -> Iterator[_Cut]:
    part = _resolved(node, rows, resolve)
    if isinstance(part, FineGrainedSpace) and part.join == "sequential":
        listed = isinstance(node, Mapping) and "modules" in node
        if is_root or listed or _is_numbered(part):
            for name, child in part.children().items():
                inner = f"{path}.{name}" if path else name
                if found := [row for row in rows if _is_under(row.path, inner)]:
                    yield from _cuts(child, inner, found, resolve)
            return
    if isinstance(part, FineGrainedSpace):
        yield _Cut(path, _name(node, part), rows)
    else:
        yield from _opaque(path, _name(node, part), rows)


def _resolved(node: Any, rows: Sequence[Layer], resolve: Resolve) -> Any:
    try:
        part = resolve(node, rows[0].in_shape if rows else None)
    except PartError:  # a width that does not follow from these rows: it is one block
        return None
    return part.part if isinstance(part, Processed) else part


def _is_numbered(part: FineGrainedSpace) -> bool:
    """Return whether a part, or one that it runs in sequence, numbers its children."""
    children = part.children()
    return any(map(_NUMBERED.fullmatch, children)) or any(
        isinstance(child, FineGrainedSpace) and child.join == "sequential" and _is_numbered(child)
        for child in children.values()
    )


def _opaque(path: str, kind: str, rows: list[Layer]) -> Iterator[_Cut]:
    """Cut a module of which only the rows are known by the names in their paths."""
    names = {_step(row.path, path) for row in rows}
    if len(rows) < 2 or len(names) < 2:
        only = next(iter(names), "")
        if len(rows) > 1 and only:
            yield from _opaque(_joined(path, only), kind, rows)
        else:
            yield _Cut(path, rows[0].type if rows else kind, rows)
        return
    for step, found in _consecutive(rows, path):
        inner = _joined(path, step)
        if len(found) > 1 and _holds_numbered(found, inner):
            yield from _opaque(inner, step, found)
        else:
            yield _Cut(inner, found[0].type if len(found) == 1 else step.rstrip("0123456789_") or kind, found)


def _holds_numbered(rows: Sequence[Layer], path: str) -> bool:
    """Return whether children with numbers as names run one after the other, each with several layers."""
    groups = [(step, found) for step, found in _consecutive(rows, path) if step.isdigit()]
    follows = all(one[-1].out_shape == _entered(two[0]) for (_, one), (_, two) in pairwise(groups))
    return follows and any(len(found) > 1 for _, found in groups)


def _entered(row: Layer) -> Shape:
    """Return the shape of the input of a layer; of several, the last one, which in cells is what ran just before."""
    shape: Shape = row.in_shape[-1] if is_many(row.in_shape) else row.in_shape
    return shape


def _consecutive(rows: Sequence[Layer], path: str) -> list[tuple[str, list[Layer]]]:
    return [(step, list(found)) for step, found in groupby(rows, lambda row: _step(row.path, path))]


def _merged(cuts: Iterator[_Cut]) -> list[_Cut]:
    """Join what has no weights and does not pool to the block before it, and an input layer's norm likewise."""
    merged: list[_Cut] = []
    for cut in cuts:
        if merged and not contents(cut.rows):
            merged[-1].rows += cut.rows
        else:
            merged.append(_Cut(cut.path, cut.type, list(cut.rows)))
    if len(merged) > 1 and not contents(merged[0].rows):
        merged[1].rows[:0] = merged.pop(0).rows
    return merged


def _same(before: Sequence[Layer], after: Sequence[Layer]) -> dict[str, int]:
    """Return path → channels before the processes, of the layers with weights; none where no process changed them."""
    channels = {row.path: _channels(row) for row in before if any(one.kind != "pool" for one in contents([row]))}
    now = {row.path: _channels(row) for row in after}
    return {} if all(now.get(path) == width for path, width in channels.items()) else channels


def _rows_of(cut: _Cut, paths: set[str], after: Sequence[Layer]) -> list[Layer]:
    """Return the rows of a block after the processes, which may have put several layers in place of one."""
    return [row for row in after if row.path in paths or any(row.path.startswith(f"{path}.") for path in paths if path)]


def _block(cut: _Cut, rows: Sequence[Layer], bits: Bits, before: Mapping[str, int]) -> Block:
    kept = None
    widths = {row.path: before[row.path] for row in cut.rows if row.path in before}
    if widths:
        now = {path: [row for row in rows if _is_under(row.path, path)] for path in widths}
        kept = (sum(_channels(found[-1]) for found in now.values() if found), sum(widths.values()))
    return Block(
        cut.path,
        cut.type,
        _entered((rows or cut.rows)[0]),
        (rows or cut.rows)[-1].out_shape,
        sum(row.params for row in rows),
        sum(row.macs for row in rows),
        contents(rows),
        kept if kept and kept[0] != kept[1] else None,
        tuple(bits[path] for path in dict.fromkeys(row.path for row in rows) if path in bits),
    )


def _channels(row: Layer) -> int:
    shape = row.out_shape
    return 0 if not shape or is_many(shape) else int(shape[0] if len(shape) != 2 else shape[-1])


def _name(node: Any, part: Any) -> str:
    if isinstance(node, Mapping):
        return str(node["type"]).rpartition("/")[2]
    if isinstance(part, Leaf):
        return part.target if isinstance(part.target, str) else getattr(part.target, "__name__", "module")
    return type(part).__name__.lstrip("_")


def _step(path: str, prefix: str) -> str:
    inner = path[len(prefix) :].lstrip(".") if prefix else path
    return inner.partition(".")[0]


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or not prefix or path.startswith(f"{prefix}.")


def _joined(path: str, step: str) -> str:
    return ".".join(filter(None, (path, step)))
