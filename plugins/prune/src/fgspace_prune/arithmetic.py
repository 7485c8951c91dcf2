"""Rules for operations that compute elements: pointwise operations, reductions, pooling, norms, attention."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from fgspace_prune.call import Call
from fgspace_prune.labels import CONSTANT, Value, narrow, spread, varying
from fgspace_prune.record import Record

# At zero, the value of a masked channel, these or their derivatives are not finite: the next layer would read 0 · inf.
SINGULAR = frozenset({"log", "log2", "log10", "rsqrt", "sqrt", "reciprocal", "logit", "erfinv", "special_logit"})
DIVISIONS = frozenset({"div", "atan2", "fmod", "remainder", "floor_divide", "true_divide"})
NOT_NEGATIVE = frozenset({"abs", "relu", "square", "exp", "sigmoid", "softplus", "relu6", "hardsigmoid"})
STATISTICS = "mixes all channels"


def tensors(call: Call) -> Iterator[torch.Tensor]:
    """Yield the tensors among the arguments of an operation, including those in lists."""
    yield from _tensors(list(call.arguments.values()))


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _tensors(one)


def frozen(record: Record, call: Call, reason: str, unknown: bool = False) -> Value:
    """Keep all channels that an operation touches, and count it at its full size; its result is a constant."""
    planes = [plane for tensor in tensors(call) for plane in record.value(tensor).planes]
    record.freeze(planes, reason, unknown)
    record.count(call)
    return CONSTANT


def pointwise(record: Record, call: Call) -> Value:
    """Merge the labels of the operands, element by element."""
    operands = [(tuple(tensor.shape), record.value(tensor)) for tensor in tensors(call)]
    record.freeze(_singular(record, call), f"{call.name} is not finite at zero")
    planes = record.meet(
        [(size, value.planes) for size, value in operands], call.shape, f"{call.name} combines them with a constant"
    )
    weight = call.name in ("mul", "neg") and all(value.weight for _, value in operands)
    return replace(record.settle(planes, weight), sign=_sign(record, call))


def _sign(record: Record, call: Call) -> int:
    """Return the sign of the values that a pointwise operation makes, as `Value` has it."""
    given = [call.get(name) for name in ("self", "other") if call.get(name) is not None]
    signs = [record.value(one).sign if isinstance(one, torch.Tensor) else _sign_of(one) for one in given]
    if call.name == "add" and call.get("alpha", 1) == 1:
        return max(signs) if all(signs) else 0
    if call.name == "mul":
        return 1 if len(given) == 2 and given[0] is given[1] else min(signs)
    if call.name == "pow":
        return int(isinstance(call["exponent"], int | float) and call["exponent"] in (2, 4))
    if call.name in ("sqrt", "rsqrt", "reciprocal"):
        return signs[0]
    return int(call.name in NOT_NEGATIVE)


def _sign_of(number: Any) -> int:
    return 2 if isinstance(number, int | float) and number > 0 else 0


def _singular(record: Record, call: Call) -> tuple[torch.Tensor, ...]:
    divisor = call.get("other")
    if call.name in DIVISIONS and isinstance(divisor, torch.Tensor):
        return record.value(divisor).planes if record.value(divisor).sign < 2 else ()
    exponent = call.get("exponent", 2)
    if call.name in SINGULAR or (call.name == "pow" and not (isinstance(exponent, int | float) and exponent >= 1)):
        values = [record.value(tensor) for tensor in tensors(call)]
        return tuple(plane for value in values if value.sign < 2 for plane in value.planes)
    return ()


def reduced(record: Record, call: Call) -> Value:
    """Drop the reduced dims; channels that are reduced over are mixed, so they stay if the result is read."""
    source, asked = call.source, call.get("dim")
    dims = [asked] if isinstance(asked, int) else list(asked or range(source.dim()))
    gone = {dim % source.dim() for dim in dims}
    reason = f"{call.name.strip('_')} {STATISTICS}"
    value = record.value(source).planes
    mixed = record.note((plane for plane in value if set(varying(plane)) <= gone), reason)
    planes = record.hold((plane for plane in value if not set(varying(plane)) <= gone), gone, reason)
    kept = [narrow(plane) for plane in planes]
    if not call.get("keepdim", False):
        kept = [plane.squeeze(tuple(sorted(gone))) for plane in kept]
    settled = record.settle(plane.expand(call.shape) for plane in kept)
    sign = record.value(source).sign if call.name in ("mean", "amax", "max", "min", "amin", "sum") else 0
    return replace(settled, mixed=(mixed,) if len(mixed.labels) else (), sign=sign)


def along(record: Record, call: Call) -> Value:
    """Keep the channels that a softmax, a sort or a running sum mixes along their own dim."""
    value, dim = record.value(call.source), call["dim"] % call.source.dim()
    planes = record.hold(value.planes, [dim], f"{call.name.strip('_')} {STATISTICS}")
    kept = [plane for plane in planes if dim not in varying(plane) or plane.shape == call.shape]
    return record.settle(narrow(plane).expand(call.shape) for plane in kept)


def spatial(record: Record, call: Call) -> Value:
    """Carry the labels of channels over an operation on the dims after them: pooling, resizing, padding."""
    first = call.source.dim() - int(next(c for c in reversed(call.name.split("_with")[0]) if c.isdigit()))
    after = range(first, call.source.dim())
    planes = record.hold(record.value(call.source).planes, after, f"{call.name} across channels")
    return record.settle(narrow(plane).expand(call.shape) for plane in planes if max(varying(plane)) < first)


def batch_norm(record: Record, call: Call) -> Value:
    """Merge each channel with its weight, bias and running statistics."""
    reason = "batch norm of other dims"
    given = [call[name] for name in ("weight", "bias", "running_mean", "running_var") if call.get(name) is not None]
    lines = [record.lines(call.source, reason, 1)[0], *(record.lines(tensor, reason, 0)[0] for tensor in given)]
    if call.source.shape[1] > 1:
        record.labels.join(lines)
    if call.get("weight") is not None and lines[1] is not None:
        record.scales.append(lines[1])
    return record.settle([spread(lines[0], call.shape, 1)]) if lines[0] is not None else CONSTANT


def layer_norm(record: Record, call: Call) -> Value:
    """Keep the channels that are normalised together; the other dims keep their labels."""
    rank = call.source.dim()
    return _normalised(record, call, "layer norm", range(rank - len(call["normalized_shape"]), rank))


def group_norm(record: Record, call: Call) -> Value:
    """Keep the channels that are normalised together with others."""
    return _normalised(record, call, "group norm", range(call.source.dim()))


def _normalised(record: Record, call: Call, name: str, mixed: Sequence[int]) -> Value:
    planes, reason = record.value(call.source).planes, f"{name} {STATISTICS}"
    affine = [record.value(call[part]).planes for part in ("weight", "bias") if call.get(part) is not None]
    record.freeze((plane for some in affine for plane in some), reason if planes else "")
    return Value(tuple(record.hold(planes, mixed, reason)))
