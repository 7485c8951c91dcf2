"""Rules for operations that move elements without changing them: they move the labels in the same way."""

from collections.abc import Iterable, Iterator, Sequence
from math import prod

import torch
import torch.nn.functional as F

from fgspace_prune.arithmetic import frozen
from fgspace_prune.attention import attending
from fgspace_prune.call import Call
from fgspace_prune.events import Doubt, Split
from fgspace_prune.labels import CONSTANT, FROZEN, Planes, Value, narrow, spread, tidy, varying
from fgspace_prune.record import Record

BY_POSITION = "picks channels by position"


def unchanged(record: Record, call: Call) -> Value:
    """Carry the labels of an operation that returns the same elements: a copy, an alias, another type."""
    return record.value(call.source)


def refilled(record: Record, call: Call) -> Value:
    """Carry the labels of an operation that returns other elements in a tensor of the same shape."""
    value = record.value(call.source)
    return Value(value.planes, value.weight)


def moved(record: Record, call: Call) -> Value:
    """Apply the operation to the labels too: transpose, permute, unsqueeze, squeeze, flip, expand."""
    value = record.value(call.source)
    return _moved(record, call, value.planes, value.weight)


def _moved(record: Record, call: Call, planes: Iterable[torch.Tensor], weight: bool) -> Value:
    return record.settle((call.function(plane, *call.rest) for plane in planes), weight)


def broadcast(record: Record, call: Call) -> Value:
    """Let a dim that torch's own attention expands a mask over follow what it meets: the number of heads."""
    wide = [d for d, size in enumerate(call.shape) if size > 1 and call.source.shape[d] == 1]
    return Value(tuple(spread(record.labels.fresh(call.shape[d]), call.shape, d) for d in wide))


def strided(record: Record, call: Call) -> Value:
    """Carry the labels where only the order in memory changes; keep them where elements are picked by their address."""
    source = call.source
    moves = [d for d, size in enumerate(source.shape) if size > 1 and source.stride(d) != call["stride"][d]]
    same = tuple(call["size"]) == tuple(source.shape) and not moves
    return unchanged(record, call) if same else frozen(record, call, f"as_strided {BY_POSITION}")


def viewed(record: Record, call: Call) -> Value:
    """Reshape the labels; where a dim of channels is split, only one of the new dims can shrink.

    The operations that follow decide which: heads, where the channels of each head are summed over. Otherwise it is
    the dim written as -1, else the largest, the last of equal ones.
    """
    if call.get("dtype") is not None:
        return frozen(record, call, "they are viewed as another dtype")
    value, shape, asked = record.value(call.source), call.shape, list(call.get("size", call.get("shape", ())))
    free = asked.index(-1) if -1 in asked else None
    planes = [_split(record, plane, shape, free) for plane in value.planes]
    settled = record.settle(planes, value.weight)
    record.view(shape, settled.planes)
    return settled


def _split(record: Record, plane: torch.Tensor, shape: Sequence[int], free: int | None) -> torch.Tensor:
    after = tidy(plane.reshape(shape))
    dims = varying(after)
    for block in blocks(plane.shape, shape):
        factors = [dim for dim in block if dim in dims]
        if len(factors) < 2:
            continue
        shrinks = free if free in factors else max(factors, key=lambda dim: (shape[dim], dim))
        small = narrow(after)
        for dim in (dim for dim in dims if dim not in factors):
            small = small.narrow(dim, 0, 1)
        view = None if attending() else len(record.views)
        record.splits.append(Split(small.squeeze(), factors.index(shrinks), view))
    return after


def blocks(before: Sequence[int], after: Sequence[int]) -> Iterator[list[int]]:
    """Yield the smallest runs of dims of `after` that hold the elements of whole dims of `before`."""
    sizes = [size for size in before if size != 1]
    block: list[int] = []
    need = 1
    for dim, size in enumerate(after):
        if size == 1:
            continue
        block.append(dim)
        got = prod(after[d] for d in block)
        while need < got and sizes:
            need *= sizes.pop(0)
        if need == got:
            yield block
            block, need = [], 1


def sliced(record: Record, call: Call) -> Value:
    """Follow a slice or a selection; channels that it picks by position stay, as a small model has others there."""
    source, dim = call.source, call["dim"] % call.source.dim()
    value = record.value(source)
    picks = call.name == "select" or call.shape[dim] != source.shape[dim]
    planes = record.hold(value.planes, [dim] if picks else [], f"{call.name} {BY_POSITION}")
    return _moved(record, call, planes, value.weight)


def divided(record: Record, call: Call) -> list[Value]:
    """Follow chunk, split and unbind. Channels at the same position of a chunk's equal parts are kept or cut together.

    Channels that a split or an unbind divides stay: its sizes may be written out, and would be wrong in a small model.
    Equal sizes with the value of an attribute of the module are taken for this attribute.
    """
    value, dim = record.value(call.source), call.get("dim", 0) % call.source.dim()
    reason, size = f"{call.name} {BY_POSITION}", call.shape[dim] if call.name != "unbind" else 1
    equal = call.name != "unbind" and {part.shape for part in call.result} == {call.shape}
    ties = equal and (record.chunking or (_along(value.planes, dim) and record.keeps(size)))
    known = attending() and call.name != "unbind"  # the layer of torch divides projections, a narrow one likewise
    planes = value.planes if ties or known else record.hold(value.planes, [dim], reason)
    pieces: list[list[torch.Tensor]] = [[] for _ in call.result]
    for plane in planes:
        parts = call.function(plane, *call.rest)
        if ties and not known and dim in varying(plane):
            record.labels.tie(torch.stack([narrow(part).reshape(-1) for part in parts]))
            if not record.chunking:
                record.doubts.append(Doubt(len(record.views), narrow(plane), reason))
        for piece, part in zip(pieces, parts, strict=True):
            piece.append(part)
    settled = [record.settle(piece, value.weight) for piece in pieces]
    record.view(call.shape, settled[0].planes)
    return settled


def _along(planes: Planes, dim: int) -> bool:
    return any(dim in varying(plane) for plane in planes)


def concatenated(record: Record, call: Call) -> Value:
    """Concatenate the labels along the dim; merge the labels of the operands along the other dims."""
    tensors = [tensor for tensor in call["tensors"] if tensor.dim() == len(call.shape)]
    dim = call.get("dim", 0) % len(call.shape)
    weight = all(record.value(tensor).weight for tensor in tensors)
    values = [_unmixed(record, record.value(tensor).planes, dim) for tensor in tensors]
    planes = [[plane for plane in value if varying(plane) == (dim,)] for value in values]
    others = [[plane for plane in value if dim not in varying(plane)] for value in values]
    flat = [[1 if d == dim else size for d, size in enumerate(tensor.shape)] for tensor in tensors]
    across = [(size, tuple(plane.narrow(dim, 0, 1) for plane in some)) for size, some in zip(flat, others, strict=True)]
    shape = [1 if d == dim else size for d, size in enumerate(call.shape)]
    met = record.meet(across, shape, "cat combines them with a constant")
    along = [_line(some, tensor.shape[dim]) for some, tensor in zip(planes, tensors, strict=True)]
    laid = [spread(torch.cat(along), call.shape, dim)] if any(planes) else []
    return record.settle([*laid, *(plane.expand(call.shape) for plane in met)], weight)


def _unmixed(record: Record, planes: Planes, dim: int) -> list[torch.Tensor]:
    """Return the planes; those that vary along `dim` and others, along the others alone."""
    return _apart(record, planes, {dim}, "cat across several dims")


def _apart(record: Record, planes: Planes, dims: set[int], reason: str) -> list[torch.Tensor]:
    """Return the planes; those that vary along several dims do not shrink along any of `dims`."""
    return [p if len(varying(p)) == 1 else record.hold([p], dims, reason)[0] for p in planes]


def _line(planes: list[torch.Tensor], size: int) -> torch.Tensor:
    return narrow(planes[0]).reshape(-1) if planes else torch.full((size,), FROZEN)


def stacked(record: Record, call: Call) -> Value:
    """Merge the labels of tensors that are stacked along a new dim."""
    dim = call.get("dim", 0) % len(call.shape)
    operands = [(t.unsqueeze(dim).shape, record.value(t)) for t in call["tensors"]]
    planes = [(size, tuple(plane.unsqueeze(dim) for plane in value.planes)) for size, value in operands]
    return record.settle(record.meet(planes, call.shape, "stack combines them with a constant"))


def padded(record: Record, call: Call) -> Value:
    """Pad a dim of channels with frozen labels; padding other dims changes no labels."""
    pads, rank = list(call["pad"]), len(call.shape)
    padded = {rank - 1 - index // 2 for index, pad in enumerate(pads) if pad}
    planes = []
    for plane in _apart(record, record.value(call.source).planes, padded, "padding across several dims"):
        mine = [(pads[2 * k : 2 * k + 2] if rank - 1 - k in varying(plane) else [0, 0]) for k in range(len(pads) // 2)]
        flat = [pad for pair in mine for pad in pair]
        if min(flat, default=0) < 0:
            record.freeze([plane], f"cropping {BY_POSITION}")
        small = F.pad(narrow(plane), flat, value=FROZEN)
        planes.append(small.expand([s if small.shape[d] == 1 else -1 for d, s in enumerate(call.shape)]))
    return record.settle(planes)


def rolled(record: Record, call: Call) -> Value:
    """Keep channels that are rolled along their own dim."""
    value = record.value(call.source)
    dims = {dim % call.source.dim() for dim in call.get("dims", ())} or set(range(call.source.dim()))
    return Value(tuple(record.hold(value.planes, dims, f"roll {BY_POSITION}")), value.weight)


def shuffled(record: Record, call: Call) -> Value:
    """Tie the channels at the same position of each group, and shuffle the labels."""
    line, *_ = record.lines(call.source, "channel_shuffle", 1)
    if line is None:
        return CONSTANT
    rows = line.reshape(call["groups"], -1)
    record.labels.tie(rows)
    return record.settle([spread(rows.t().reshape(-1), call.shape, 1)])


def pixels(record: Record, call: Call) -> Value:
    """Tie the channels that become the pixels of one channel; the inverse operation repeats labels."""
    line, *_ = record.lines(call.source, call.name, -3)
    if line is None:
        return CONSTANT
    if call.name == "pixel_unshuffle":
        return record.settle([spread(line.repeat_interleave(call["downscale_factor"] ** 2), call.shape, -3)])
    columns = line.reshape(-1, call["upscale_factor"] ** 2).t()
    record.labels.tie(columns)
    return record.settle([spread(columns[0], call.shape, -3)])


def windows(record: Record, call: Call) -> Value:
    """Repeat the label of each channel for the elements of its window (unfold, im2col)."""
    line, *_ = record.lines(call.source, "unfold", 1)
    size = prod(call["kernel_size"])
    return record.settle([spread(line.repeat_interleave(size), call.shape, 1)]) if line is not None else CONSTANT


def gated(record: Record, call: Call) -> Value:
    """Tie each channel to its gate in the other half (glu)."""
    dim = call.get("dim", -1)
    line, *_ = record.lines(call.source, "glu", dim)
    if line is None:
        return CONSTANT
    record.labels.tie(line.reshape(2, -1))
    return record.settle([spread(line.reshape(2, -1)[0], call.shape, dim)])
