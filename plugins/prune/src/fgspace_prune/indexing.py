"""Rules for operations that look elements up by their positions: embeddings and indexing with tensors."""

from collections.abc import Sequence

import torch

from fgspace_prune.arithmetic import frozen
from fgspace_prune.call import Call
from fgspace_prune.contraction import TAPS, produce
from fgspace_prune.labels import CONSTANT, Value, narrow, spread, varying
from fgspace_prune.layout import BY_POSITION
from fgspace_prune.record import Record


def embedded(record: Record, call: Call) -> Value:
    """Make the channels of an embedding; its rows, one for each token, stay."""
    _, out = record.lines(call["weight"], TAPS, 0, 1)
    record.freeze(_rows(record, call["weight"]), TAPS)
    if out is None:
        return CONSTANT
    if record.value(call["weight"]).weight:
        produce(record, out, None)
    return record.settle([spread(out, call.shape, -1)])


def _rows(record: Record, weight: torch.Tensor) -> list[torch.Tensor]:
    return [plane for plane in record.value(weight).planes if 0 in varying(plane)]


def indexed(record: Record, call: Call) -> Value:
    """Follow `x[..., index, ...]`: the dims that are indexed keep their positions, the others carry their labels."""
    given = list(call["indices"])
    source, asked = call.source, [dim for dim, index in enumerate(given) if index is not None]
    if any(given[dim].dtype in (torch.bool, torch.uint8) for dim in asked):
        return frozen(record, call, "they are indexed with a mask")
    return _looked_up(record, call, source, asked, _position(asked))


def _position(asked: Sequence[int]) -> int:
    """Return the dim of the result at which the indexed dims are put: before all others where they lie apart."""
    return asked[0] if asked == list(range(asked[0], asked[-1] + 1)) else 0


def selected(record: Record, call: Call) -> Value:
    """Follow `index_select`."""
    dim = call["dim"] % call.source.dim()
    return _looked_up(record, call, call.source, [dim], dim)


def _looked_up(record: Record, call: Call, source: torch.Tensor, asked: Sequence[int], position: int) -> Value:
    value = record.value(source)
    planes = record.hold(value.planes, asked, f"{call.name} {BY_POSITION}")
    carried = [narrow(plane) for plane in planes if not set(varying(plane)) & set(asked)]
    rank = len(call.shape) - (source.dim() - len(asked))  # of what the indices make together
    moved = []
    for plane in carried:
        rest = plane.squeeze(tuple(asked)) if asked else plane
        moved.append(rest[(slice(None),) * position + (None,) * rank].expand(call.shape))
    return record.settle(moved, value.weight)
