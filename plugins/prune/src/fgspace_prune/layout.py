"""Rules for operations that move elements without changing them: they move the labels in the same way."""

from collections.abc import Iterator, Sequence
from math import prod

import torch
import torch.nn.functional as F

from fgspace_prune.arithmetic import frozen
from fgspace_prune.labels import CONSTANT, FROZEN, Value, narrow, spread, tidy, varying
from fgspace_prune.record import Call, Record

BY_POSITION = "picks channels by position"


def unchanged(record: Record, call: Call) -> Value:
    """Carry the labels of an operation that returns the same elements: a copy, an alias, another type."""
    return record.value(call.source)


def moved(record: Record, call: Call) -> Value:
    """Apply the operation to the labels too: transpose, permute, unsqueeze, squeeze, flip, expand."""
    value = record.value(call.source)
    return record.settle((call.function(plane, *call.rest) for plane in value.planes), value.weight)


def viewed(record: Record, call: Call) -> Value:
    """Reshape the labels; where a dim of channels is split, tie them so that only one of the new dims can shrink.

    That dim is the one written as -1, else the largest, the last of equal ones. The others keep their sizes.
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
    for block in blocks(plane.shape, shape):
        factors = [dim for dim in block if dim in varying(after)]
        if len(factors) < 2:
            continue
        shrinks = free if free in factors else max(factors, key=lambda dim: (shape[dim], dim))
        small = narrow(after)
        for dim in factors:
            if dim != shrinks:
                record.labels.merge(small.narrow(dim, 0, 1), small)
                small = small.narrow(dim, 0, 1)
        after = small.expand(shape)
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
    if call.name == "select" or call.shape[dim] != source.shape[dim]:
        record.freeze((plane for plane in value.planes if dim in varying(plane)), f"{call.name} {BY_POSITION}")
    return moved(record, call)


def divided(record: Record, call: Call) -> list[Value]:
    """Follow chunk, split and unbind. Channels at the same position of a chunk's equal parts are kept or cut together.

    Channels that a split or an unbind divides stay: its sizes may be written out, and would be wrong in a small model.
    """
    value, dim = record.value(call.source), call.get("dim", 0) % call.source.dim()
    pieces: list[list[torch.Tensor]] = [[] for _ in call.result]
    for plane in value.planes:
        parts = call.function(plane, *call.rest)
        if dim in varying(plane):
            _tie(record, parts, call)
        for piece, part in zip(pieces, parts, strict=True):
            piece.append(part)
    return [record.settle(piece, value.weight) for piece in pieces]


def _tie(record: Record, parts: Sequence[torch.Tensor], call: Call) -> None:
    if not record.chunking or len({part.shape for part in parts}) > 1:
        record.freeze(parts, f"{call.name} {BY_POSITION}")
        return
    for part in parts[1:]:
        record.labels.merge(narrow(parts[0]), narrow(part))


def concatenated(record: Record, call: Call) -> Value:
    """Concatenate the labels along the dim; merge the labels of the operands along the other dims."""
    tensors = [tensor for tensor in call["tensors"] if tensor.dim() == len(call.shape)]
    dim = call.get("dim", 0) % len(call.shape)
    values = [record.value(tensor) for tensor in tensors]
    planes = [[plane for plane in value.planes if varying(plane) == (dim,)] for value in values]
    others = [[plane for plane in value.planes if dim not in varying(plane)] for value in values]
    mixed = [plane for value in values for plane in value.planes if dim in varying(plane) and len(varying(plane)) > 1]
    record.freeze(mixed, "cat across several dims")
    flat = [[1 if d == dim else size for d, size in enumerate(tensor.shape)] for tensor in tensors]
    across = [(size, tuple(plane.narrow(dim, 0, 1) for plane in some)) for size, some in zip(flat, others, strict=True)]
    shape = [1 if d == dim else size for d, size in enumerate(call.shape)]
    met = record.meet(across, shape, "cat combines them with a constant")
    along = [_line(some, tensor.shape[dim]) for some, tensor in zip(planes, tensors, strict=True)]
    laid = [spread(torch.cat(along), call.shape, dim)] if any(planes) else []
    return record.settle([*laid, *(plane.expand(call.shape) for plane in met)], all(value.weight for value in values))


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
    planes = []
    for plane in record.value(call.source).planes:
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
    record.freeze((plane for plane in value.planes if dims & set(varying(plane))), f"roll {BY_POSITION}")
    return value


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
