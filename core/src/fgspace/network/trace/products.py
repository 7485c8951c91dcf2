"""Counts the multiply-adds of every operation that runs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from fgspace.network.trace.inputs import tensors_in

_ATEN = torch.ops.aten
_ATTENTION = "aten::_scaled_dot_product_"


class Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps the multiply-adds of each convolution and matrix product inside it, in the order in which they run.

    Attention counts as its two matrix products, whichever kernel computes it. `read` gets every operation's tensors.
    """

    supports_higher_order_operators = True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return whether torch must import its compiler to keep this code out of it: that takes over a second."""
        return False

    def __init__(self, read: Callable[[Iterable[Tensor]], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs: list[int] = []
        self._read = read

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run the operation, and count it."""
        self._read(tensors_in(args))
        result = func(*args, **(kwargs or {}))
        macs = multiply_adds(func, args, kwargs or {}, result)
        if macs is not None:
            self.macs.append(macs)
        return result


def multiply_adds(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> int | None:
    """Return the multiply-adds of an operation, None if it is neither a convolution nor a matrix product."""
    packet = getattr(func, "overloadpacket", func)
    if packet in _OWN:
        return _OWN[packet](*args)
    schema = getattr(func, "_schema", None)
    if schema is not None and schema.name.startswith(_ATTENTION):
        return _attention(*args[:3])
    flops = flop_registry.get(packet)
    return None if flops is None else int(flops(*args, **kwargs, out_val=result)) // 2


def _attention(query: Tensor, key: Tensor, value: Tensor) -> int:
    """Count attention of queries (..., L, E) over keys (..., S, E) and values (..., S, Ev)."""
    *many, length, width = query.shape
    return prod(many) * length * key.shape[-2] * (width + value.shape[-1])


def _trilinear(one: Tensor, weight: Tensor, other: Tensor, one_at: Any, weight_at: Any, other_at: Any, *_: Any) -> int:
    """Count the sum of products of three tensors, each expanded by the given dims, as `Bilinear` runs it."""
    sizes = [list(tensor.shape) for tensor in (one, weight, other)]
    for size, dims in zip(sizes, (one_at, weight_at, other_at), strict=True):
        for dim in sorted(dims):
            size.insert(dim, 1)
    return prod(map(max, zip(*sizes, strict=True)))


def _recurrent(steps: Tensor, from_input: Tensor, from_hidden: Tensor, *_: Any) -> int:
    """Count a recurrent layer over steps (T, N, F), as one kernel of a CPU runs it."""
    return prod(steps.shape[:2]) * (from_input.numel() + from_hidden.numel())


_OWN: Mapping[Any, Callable[..., int]] = {
    _ATEN.mkldnn_rnn_layer: _recurrent,
    _ATEN.mv: lambda matrix, vector: matrix.numel(),
    _ATEN.addmv: lambda start, matrix, vector, *_: matrix.numel(),
    _ATEN.dot: lambda one, other: one.numel(),
    _ATEN.vdot: lambda one, other: one.numel(),
    _ATEN._trilinear: _trilinear,
}
"""The products that torch has no formula for, or none on all devices."""
