"""Rules for convolutions, forward and transposed."""

from collections.abc import Sequence
from functools import partial
from math import prod
from types import SimpleNamespace
from typing import Any

from fgspace.network.costs import Shape
from fgspace.network.count.rules.shapes import alike, each, expect_dims, expect_positive, expect_width, sides
from fgspace.network.resolve.cost_rules import Counted


def _conv(
    dims: int,
    shape: Shape,
    in_channels: int,
    out_channels: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: str = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> Counted:
    """Count ConvNd: each output element takes in_channels / groups · kernel multiply-adds."""
    _check(dims, shape, in_channels, out_channels, groups, kernel_size, stride, dilation)
    kernel, strides, spread = (
        each(name, value, dims)
        for name, value in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation))
    )
    pads = _pads(padding, kernel, strides, spread)
    _check_padding_mode(padding_mode, pads, shape[1:])
    sizes = tuple(
        (size + low + high - step * (window - 1) - 1) // jump + 1
        for size, (low, high), window, jump, step in zip(shape[1:], pads, kernel, strides, spread, strict=True)
    )
    if min(sizes) < 1:
        raise ValueError(no_fit(kernel, spread, shape[1:], [low for low, _ in pads]))
    weights = out_channels * (in_channels // groups) * prod(kernel)
    return (out_channels, *sizes), weights + (out_channels if bias else 0), weights * prod(sizes)


def _conv_transpose(
    dims: int,
    shape: Shape,
    in_channels: int,
    out_channels: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    device: Any = None,
    dtype: Any = None,
) -> Counted:
    """Count ConvTransposeNd: each input element takes out_channels / groups · kernel multiply-adds."""
    _check(dims, shape, in_channels, out_channels, groups, kernel_size, stride, dilation)
    if padding_mode != "zeros":
        raise ValueError(f"padding_mode must be 'zeros' for a transposed convolution, got {padding_mode!r}")
    given = zip(
        *(
            each(name, value, dims)
            for name, value in (
                ("kernel_size", kernel_size),
                ("stride", stride),
                ("padding", padding),
                ("output_padding", output_padding),
                ("dilation", dilation),
            )
        ),
        strict=True,
    )
    sizes = tuple(_grown(size, *one) for size, one in zip(shape[1:], given, strict=True))
    weights = in_channels * (out_channels // groups) * prod(each("kernel_size", kernel_size, dims))
    return (out_channels, *sizes), weights + (out_channels if bias else 0), weights * prod(shape[1:])


def _grown(size: int, kernel: int, stride: int, pad: int, extra: int, dilation: int) -> int:
    if extra >= max(stride, dilation):
        raise ValueError(f"output_padding of {extra} must be smaller than stride or dilation, {max(stride, dilation)}")
    grown = (size - 1) * stride - 2 * pad + dilation * (kernel - 1) + extra + 1
    if grown < 1:
        raise ValueError(f"padding of {pad} leaves nothing of an input of {size}")
    return grown


def _check(
    dims: int, shape: Shape, in_channels: int, out_channels: int, groups: int, kernel: Any, stride: Any, dilation: Any
) -> None:
    expect_dims(shape, dims + 1)
    expect_positive(out_channels=out_channels, groups=groups, kernel_size=kernel, stride=stride, dilation=dilation)
    expect_width("in_channels", in_channels, shape)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"groups of {groups} do not divide {name} of {channels}")


def _pads(padding: Any, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> list[tuple[int, int]]:
    """Return the padding before and after, for each dimension."""
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if padding == "same":
        if set(stride) != {1}:
            raise ValueError(f"padding 'same' needs a stride of 1, got {alike(stride)}")
        totals = [step * (window - 1) for window, step in zip(kernel, dilation, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    if isinstance(padding, str):
        raise ValueError(f"padding must be 'same', 'valid' or numbers, got {padding!r}")
    pads = each("padding", padding, len(kernel))
    if min(pads) < 0:
        raise ValueError(f"padding must be at least 0, got {padding!r}")
    return [(pad, pad) for pad in pads]


def _check_padding_mode(mode: str, pads: Sequence[tuple[int, int]], sizes: Sequence[int]) -> None:
    if mode not in ("zeros", "reflect", "replicate", "circular"):
        raise ValueError(f"padding_mode must be 'zeros', 'reflect', 'replicate' or 'circular', got {mode!r}")
    for pad, size in zip(map(max, pads), sizes, strict=True):
        if (mode == "reflect" and pad >= size) or (mode == "circular" and pad > size):
            raise ValueError(f"padding of {pad} is too large to {mode} an input of {sides(sizes)}")


def no_fit(kernel: Sequence[int], dilation: Sequence[int], sizes: Sequence[int], padding: Sequence[int]) -> str:
    """Return the message about a window that is larger than the input."""
    spread = f" with dilation {alike(dilation)}" if set(dilation) != {1} else ""
    return f"kernel of {alike(kernel)}{spread} does not fit an input of {sides(sizes)} with padding {alike(padding)}"


RULES = SimpleNamespace(
    **{
        **{f"Conv{dims}d": partial(_conv, dims) for dims in (1, 2, 3)},
        **{f"ConvTranspose{dims}d": partial(_conv_transpose, dims) for dims in (1, 2, 3)},
    }
)
