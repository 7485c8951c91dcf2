"""Rules for pooling, which keeps the channels and shrinks the sizes."""

from functools import partial
from types import SimpleNamespace
from typing import Any

from fgspace.network.costs import Shape
from fgspace.network.count.rules.convolution import no_fit
from fgspace.network.count.rules.shapes import each, expect_dims, expect_positive
from fgspace.network.resolve.cost_rules import Counted


def _max_pool(
    dims: int,
    shape: Shape,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Counted:
    output = _pooled(dims, shape, kernel_size, stride, padding, dilation, ceil_mode)
    return (output, output) if return_indices else output, 0, 0


def _avg_pool_1d(
    shape: Shape,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Counted:
    return _pooled(1, shape, kernel_size, stride, padding, 1, ceil_mode), 0, 0


def _avg_pool(
    dims: int,
    shape: Shape,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Counted:
    return _averaged(dims, shape, kernel_size, stride, padding, ceil_mode), 0, 0


def _lp_pool(
    dims: int, shape: Shape, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Counted:
    return _averaged(dims, shape, kernel_size, stride, 0, ceil_mode), 0, 0


def _adaptive_avg_pool(dims: int, shape: Shape, output_size: Any) -> Counted:
    return _adapted(dims, shape, output_size), 0, 0


def _adaptive_max_pool(dims: int, shape: Shape, output_size: Any, return_indices: bool = False) -> Counted:
    output = _adapted(dims, shape, output_size)
    return (output, output) if return_indices else output, 0, 0


def _adapted(dims: int, shape: Shape, output_size: Any) -> Shape:
    expect_dims(shape, dims + 1)
    if output_size is None:
        raise ValueError("output_size must be a number, or one for each size with None for one that stays; got None")
    expect_positive(output_size=output_size)
    wanted = each("output_size", output_size, dims)
    return (shape[0], *(size if given is None else given for size, given in zip(shape[1:], wanted, strict=True)))


def _averaged(dims: int, shape: Shape, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> Shape:
    output = _pooled(dims, shape, kernel_size, stride, padding, 1, ceil_mode)
    kernel = each("kernel_size", kernel_size, dims)
    # In three dimensions, torch requires the kernel to fit the input without its padding.
    if dims == 3 and any(window > size for window, size in zip(kernel, shape[1:], strict=True)):
        raise ValueError(no_fit(kernel, (1,), shape[1:], each("padding", padding, dims)))
    return output


def _pooled(
    dims: int, shape: Shape, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Shape:
    expect_dims(shape, dims + 1)
    expect_positive(kernel_size=kernel_size, stride=stride, dilation=dilation)
    kernel = each("kernel_size", kernel_size, dims)
    strides = kernel if stride is None else each("stride", stride, dims)
    pads, spread = each("padding", padding, dims), each("dilation", dilation, dims)
    for window, pad in zip(kernel, pads, strict=True):
        if not 0 <= pad <= window // 2:
            raise ValueError(f"padding of {pad} must be at most half of the kernel, {window}")
    rows = zip(shape[1:], kernel, strides, pads, spread, strict=True)
    sizes = tuple(_pooled_size(*row, ceil_mode) for row in rows)
    if min(sizes) < 1:
        raise ValueError(no_fit(kernel, spread, shape[1:], pads))
    return (shape[0], *sizes)


def _pooled_size(size: int, kernel: int, stride: int, pad: int, dilation: int, ceil_mode: bool) -> int:
    """Return the number of windows; one that rounding up adds must start inside the input or its left padding."""
    span = size + 2 * pad - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return span // stride + 1
    count = -(-span // stride) + 1
    return count - 1 if (count - 1) * stride >= size + pad else count


RULES = SimpleNamespace(
    **{
        **{f"MaxPool{dims}d": partial(_max_pool, dims) for dims in (1, 2, 3)},
        "AvgPool1d": _avg_pool_1d,
        **{f"AvgPool{dims}d": partial(_avg_pool, dims) for dims in (2, 3)},
        **{f"LPPool{dims}d": partial(_lp_pool, dims) for dims in (1, 2, 3)},
        **{f"AdaptiveAvgPool{dims}d": partial(_adaptive_avg_pool, dims) for dims in (1, 2, 3)},
        **{f"AdaptiveMaxPool{dims}d": partial(_adaptive_max_pool, dims) for dims in (1, 2, 3)},
    }
)
