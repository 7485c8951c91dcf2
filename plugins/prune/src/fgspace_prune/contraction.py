"""Rules for convolutions and matrix products: their weights read channels and make new ones."""

from math import prod

import torch

from fgspace_prune.arithmetic import frozen, tensors
from fgspace_prune.call import Call
from fgspace_prune.events import Line, Producer, Product
from fgspace_prune.labels import CONSTANT, Value, spread
from fgspace_prune.record import Record

TAPS = ""
"""The reason for which the taps of a kernel stay: it needs no note."""
ACTIVATIONS = "they are multiplied by activations"
ATTENTION = "they go through attention"
COMPUTED = "they meet a weight that the network computes"
BATCH = 2
"""The number of images in the traced batch: with one alone, a reshape could not tell batch and channels apart."""


def convolution(record: Record, call: Call) -> Value:
    """Merge the channels that are read with the weight's input dim; the result has the labels of its other dim."""
    x, weight, bias, groups, transposed = (call[k] for k in ("input", "weight", "bias", "groups", "transposed"))
    if not record.value(weight).weight:
        return frozen(record, call, COMPUTED)
    (source,) = record.lines(x, "convolution across other dims", 1)
    pair = record.lines(weight, TAPS, 0, 1)
    read, out = pair if transposed else reversed(pair)
    positions = prod(x.shape[2:]) if transposed else prod(call.shape[2:])
    sizes = [size if line is None else line for size, line in zip(weight.shape, pair, strict=False)]
    record.products.append(Product(x.shape[0] * positions * prod(weight.shape[2:]), tuple(sizes)))
    made = _wire(record, source, out, read, groups, transposed, x.shape[1], call.shape[1])
    if bias is not None and call.shape[1] > 1:
        record.labels.join([made, *record.lines(bias, "bias", 0)])
    return record.settle([spread(made, call.shape, 1)]) if made is not None else CONSTANT


def _wire(
    record: Record, source: Line, out: Line, read: Line, groups: int, transposed: bool, width: int, made: int
) -> Line:
    """Merge the labels that a convolution reads with those of its weight, and return the labels of its result."""
    labels = record.labels
    if groups == 1:
        if width > 1:
            labels.join([source, read])
        produce(record, out, source)
        return out
    if width == groups:
        return _depthwise(record, source, out, read, transposed, made // groups)
    for line in (source, read if transposed else out):
        if line is not None:
            labels.tie(line.reshape(groups, -1))
    if transposed:
        labels.join([source, read])
    else:
        labels.join([None if source is None else source.reshape(groups, -1)[0], read])
    produce(record, out, source)
    return out.repeat(groups) if transposed and out is not None else out


def _depthwise(record: Record, source: Line, out: Line, read: Line, transposed: bool, multiplier: int) -> Line:
    """Merge each channel with the `multiplier` channels that are made from it alone."""
    repeated = None if source is None else source.repeat_interleave(multiplier)
    if not transposed:
        record.labels.join([repeated, out])
        return out
    record.labels.join([source, read])
    if out is not None:
        record.freeze([out], TAPS)
    return None if read is None else read.repeat_interleave(multiplier)


def produce(record: Record, out: Line, source: Line) -> None:
    """Note that a weight makes channels, from those that it reads."""
    if out is not None:
        record.producers.append(Producer(out, source))


def matrix_product(record: Record, call: Call) -> Value:
    """Merge the dims that are summed over; the rows of the first matrix and the columns of the second stay apart."""
    *added, left, right = tensors(call)
    weights = [record.value(left).weight, record.value(right).weight]
    if not any(weights):
        return by_activations(record, call)
    reason = "matrix product across other dims"
    rows, summed = record.lines(left, reason, -2, -1)
    other, columns = record.lines(right, reason, -2, -1)
    if left.shape[-1] > 1:
        record.labels.join([summed, other])
    sizes = [(left.shape[-2], rows), (left.shape[-1], summed), (right.shape[-1], columns)]
    batch = prod(left.shape[:-2]) * (BATCH if all(weights) else 1)  # a product of two weights runs once per batch
    record.products.append(Product(batch, tuple(size if line is None else line for size, line in sizes)))
    if not all(weights):
        produce(record, *((columns, summed) if weights[1] else (rows, other)))
    planes = [spread(line, call.shape, dim) for line, dim in ((rows, -2), (columns, -1)) if line is not None]
    if not added:
        return record.settle(planes, all(weights))
    operands = [(call.shape, tuple(planes)), (tuple(added[0].shape), record.value(added[0]).planes)]
    return record.settle(record.meet(operands, call.shape, "a constant is added to a matrix product"))


def by_activations(record: Record, call: Call) -> Value:
    """Merge the products, such as heads, that are computed side by side; keep the widths of the matrices themselves."""
    *added, left, right = tensors(call)
    if left.dim() == 2:
        return frozen(record, call, ACTIVATIONS)
    beside, count = _beside(record, [left, right], 0, ACTIVATIONS)
    record.products.append(Product(left.shape[-2] * left.shape[-1] * right.shape[-1], (count,)))
    planes = [spread(beside, call.shape, 0)] if beside is not None else []
    if not added:
        return record.settle(planes)
    operands = [(call.shape, tuple(planes)), (tuple(added[0].shape), record.value(added[0]).planes)]
    return record.settle(record.meet(operands, call.shape, "a constant is added to a matrix product"))


def attention(record: Record, call: Call) -> Value:
    """Merge the heads of queries, keys, values and of what is added to their products; keep the widths of heads."""
    query, key, value = (call[name] for name in ("query", "key", "value"))
    added = next((call[name] for name in ("attn_mask", "attn_bias") if call.get(name) is not None), None)
    full = [added] if added is not None and added.dim() > 2 and added.shape[-3] > 1 else []
    beside, count = _beside(record, [query, key, value, *full], -3, ATTENTION)
    times = prod(query.shape[:-3]) * query.shape[-2] * key.shape[-2] * (query.shape[-1] + value.shape[-1])
    record.products.append(Product(times, (count,)))
    return record.settle([spread(beside, call.shape, -3)]) if beside is not None else CONSTANT


def _beside(record: Record, tensors: list[torch.Tensor], dim: int, reason: str) -> tuple[Line, torch.Tensor | int]:
    """Return the labels along the dim of products that are computed side by side, and its size.

    Where a tensor has fewer of them than the first, as keys and values of grouped queries, each serves several.
    """
    size = tensors[0].shape[dim]
    lines = [record.lines(tensor, reason, dim)[0] for tensor in tensors]
    found = [line.repeat_interleave(size // len(line)) for line in lines if line is not None and len(line) > 1]
    if size == 1 or not found:
        return None, size
    if len(found) < len(lines):
        record.freeze(found, reason)
        return None, size
    record.labels.join(found)
    return found[0], found[0]
