"""Runs the operations of residual networks on the meta device, where torch would import its compiler first.

The meta kernels of torch are written in Python, and import sympy and `torch._dynamo` when they first run, which takes
longer than a plan. The results here have the shapes and types of theirs.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch

_BATCH_NORMS = frozenset({"native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training"})
_PRODUCTS: Mapping[str, tuple[str, str]] = MappingProxyType({"mm": ("self", "mat2"), "addmm": ("mat1", "mat2")})


def without_values(name: str, arguments: Mapping[str, Any]) -> Any:
    """Return the results of an operation on the meta device, None where torch must run it."""
    x = arguments.get("input", arguments.get("self"))
    if not isinstance(x, torch.Tensor) or not x.is_meta:
        return None
    if name in ("add", "mul"):
        return _combined(x, arguments["other"])
    if name in _PRODUCTS:
        return _multiplied(*(arguments[key] for key in _PRODUCTS[name]))
    if name == "mean":
        return _averaged(x, arguments)
    if name in _BATCH_NORMS:
        return None if arguments.get("training") else (_empty(x, x.shape), _empty(x, (0,)), _empty(x, (0,)))
    if name == "convolution":
        return _convolved(x, arguments)
    if name == "max_pool2d_with_indices":
        return _pooled(x, arguments)
    return None


def _combined(x: torch.Tensor, other: Any) -> torch.Tensor | None:
    alike = isinstance(other, torch.Tensor) and (x.dtype, x.shape, x.device) == (other.dtype, other.shape, other.device)
    return _empty(x, x.shape) if alike else None


def _multiplied(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor | None:
    fit = left.shape[1] == right.shape[0] and left.dtype == right.dtype
    return _empty(left, (left.shape[0], right.shape[1])) if fit else None


def _averaged(x: torch.Tensor, arguments: Mapping[str, Any]) -> torch.Tensor | None:
    if not arguments.get("dim") or arguments.get("dtype") is not None:
        return None
    gone = {dim % x.dim() for dim in arguments["dim"]}
    if arguments.get("keepdim"):
        return _empty(x, [1 if dim in gone else size for dim, size in enumerate(x.shape)])
    return _empty(x, [size for dim, size in enumerate(x.shape) if dim not in gone])


def _convolved(x: torch.Tensor, arguments: Mapping[str, Any]) -> torch.Tensor | None:
    weight = arguments["weight"]
    if arguments["transposed"] or x.dim() != weight.dim() or x.shape[1] != weight.shape[1] * arguments["groups"]:
        return None
    sizes = _windows(x, weight.shape[2:], arguments)
    return None if sizes is None else _empty(x, (x.shape[0], weight.shape[0], *sizes))


def _pooled(x: torch.Tensor, arguments: Mapping[str, Any]) -> tuple[torch.Tensor, torch.Tensor] | None:
    sizes = None if arguments.get("ceil_mode") or x.dim() != 4 else _windows(x, arguments["kernel_size"], arguments)
    if sizes is None:
        return None
    made = _empty(x, (*x.shape[:2], *sizes))
    return made, torch.empty(made.shape, dtype=torch.int64, device="meta")


def _windows(x: torch.Tensor, taps: Sequence[int], arguments: Mapping[str, Any]) -> list[int] | None:
    """Return the number of places of a window along each dim, None where it does not fit: torch words the error."""
    rank = x.dim() - 2
    taps, stride, padding, dilation = (
        _each(given, rank) for given in (taps, arguments["stride"] or taps, arguments["padding"], arguments["dilation"])
    )
    reach = [step * (size - 1) + 1 for size, step in zip(taps, dilation, strict=True)]
    room = [size + 2 * pad - taken for size, pad, taken in zip(x.shape[2:], padding, reach, strict=True)]
    return [left // step + 1 for left, step in zip(room, stride, strict=True)] if min(room) >= 0 else None


def _each(given: Sequence[int], rank: int) -> Sequence[int]:
    return given if len(given) == rank else [*given] * rank


def _empty(like: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Return a tensor without values; `new_empty` and `empty_like` would be run by torch's own code in Python."""
    return torch.empty(shape, dtype=like.dtype, device="meta")
