"""Rules for modules that only move or copy numbers: flattening, resizing, shuffling, padding."""

from collections.abc import Sequence
from functools import partial
from math import floor, prod
from types import SimpleNamespace
from typing import Any

from fgspace.network.costs import Shape
from fgspace.network.count.rules.elementwise import axis_of
from fgspace.network.count.rules.shapes import each, expect_dims, expect_positive, expect_tensor, sides
from fgspace.network.resolve.cost_rules import Counted


def _flatten(shape: Shape, start_dim: int = 1, end_dim: int = -1) -> Counted:
    expect_tensor(shape)
    first, last = axis_of(start_dim, shape), axis_of(end_dim, shape)
    if first > last:
        raise ValueError(f"start_dim {start_dim} comes after end_dim {end_dim} for an input of {shape}")
    return (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]), 0, 0


def _unflatten(shape: Shape, dim: int, unflattened_size: Any) -> Counted:
    expect_tensor(shape)
    axis, wanted = axis_of(dim, shape), list(unflattened_size)
    if wanted.count(-1) == 1 and (rest := -prod(wanted)) > 0 and shape[axis] % rest == 0:
        wanted[wanted.index(-1)] = shape[axis] // rest
    if min(wanted, default=0) < 1 or prod(wanted) != shape[axis]:
        raise ValueError(
            f"unflattened_size {tuple(unflattened_size)} does not make {shape[axis]}; the input is {shape}"
        )
    return (*shape[:axis], *wanted, *shape[axis + 1 :]), 0, 0


def _upsample(
    shape: Shape,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Counted:
    dims = _MODES.get(mode)
    if dims is None:
        raise ValueError(f"mode must be one of {', '.join(map(repr, _MODES))}; got {mode!r}")
    expect_dims(shape, *(count + 1 for count in dims))
    return (shape[0], *_resized(shape[1:], size, scale_factor)), 0, 0


def _upsample_2d(shape: Shape, size: Any = None, scale_factor: Any = None) -> Counted:
    expect_dims(shape, 3)
    return (shape[0], *_resized(shape[1:], size, scale_factor)), 0, 0


def _resized(sizes: Shape, size: Any, scale_factor: Any) -> Shape:
    if (size is None) == (scale_factor is None):
        raise ValueError("expected either size or scale_factor, got " + ("neither" if size is None else "both"))
    if size is not None:
        expect_positive(size=size)
        return each("size", size, len(sizes))
    if isinstance(scale_factor, list):  # torch reads several numbers only from a tuple, which no file can give
        raise ValueError(f"scale_factor: torch takes one number here, got {scale_factor!r}; give one, or size")
    factors = each("scale_factor", scale_factor, len(sizes))
    resized = tuple(floor(float(old) * factor) for old, factor in zip(sizes, factors, strict=True))
    if min(resized) < 1:
        raise ValueError(f"scale_factor of {scale_factor!r} leaves nothing of an input of {sides(sizes)}")
    return resized


def _pixel_shuffle(shape: Shape, upscale_factor: int) -> Counted:
    expect_dims(shape, 3)
    expect_positive(upscale_factor=upscale_factor)
    channels, height, width = shape
    square = upscale_factor**2
    if channels % square:
        raise ValueError(f"upscale_factor of {upscale_factor} needs a multiple of {square} channels, got {channels}")
    return (channels // square, height * upscale_factor, width * upscale_factor), 0, 0


def _pixel_unshuffle(shape: Shape, downscale_factor: int) -> Counted:
    expect_dims(shape, 3)
    expect_positive(downscale_factor=downscale_factor)
    channels, height, width = shape
    if height % downscale_factor or width % downscale_factor:
        raise ValueError(f"downscale_factor of {downscale_factor} does not divide an input of {height} x {width}")
    return (channels * downscale_factor**2, height // downscale_factor, width // downscale_factor), 0, 0


def _channel_shuffle(shape: Shape, groups: int) -> Counted:
    expect_dims(shape, 2, 3, 4)
    expect_positive(groups=groups)
    if shape[0] % groups:
        raise ValueError(f"groups of {groups} do not divide the {shape[0]} channels of the input")
    return shape, 0, 0


def _pad(dims: int, mode: str, shape: Shape, padding: Any) -> Counted:
    """Count a padding module: `padding` is one number, or (before, after) for each dimension, the last one first."""
    if isinstance(padding, Sequence) and len(padding) != 2 * dims:
        raise ValueError(f"padding: expected 1 or {2 * dims} numbers, got {len(padding)}")
    expect_dims(shape, dims + 1)
    given = each("padding", padding, 2 * dims)
    pads = [(given[2 * (dims - 1 - axis)], given[2 * (dims - 1 - axis) + 1]) for axis in range(dims)]
    for (low, high), size in zip(pads, shape[1:], strict=True):
        limit = {"reflect": size - 1, "circular": size}.get(mode)
        if limit is not None and max(low, high) > limit:
            raise ValueError(f"padding of {max(low, high)} is too large to {mode} an input of {sides(shape[1:])}")
    sizes = tuple(size + low + high for (low, high), size in zip(pads, shape[1:], strict=True))
    cropped = [size + min(low, 0) + min(high, 0) for (low, high), size in zip(pads, shape[1:], strict=True)]
    if min(sizes) < 1 or min(cropped) < 0:
        raise ValueError(f"padding of {padding!r} leaves nothing of an input of {sides(shape[1:])}")
    return (shape[0], *sizes), 0, 0


def _constant_pad(dims: int, shape: Shape, padding: Any, value: float) -> Counted:
    return _pad(dims, "constant", shape, padding)


_MODES = {"nearest": (1, 2, 3), "linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
_MODES["nearest-exact"] = _MODES["nearest"]

RULES = SimpleNamespace(
    **{
        "Flatten": _flatten,
        "Unflatten": _unflatten,
        "Upsample": _upsample,
        "UpsamplingNearest2d": _upsample_2d,
        "UpsamplingBilinear2d": _upsample_2d,
        "PixelShuffle": _pixel_shuffle,
        "PixelUnshuffle": _pixel_unshuffle,
        "ChannelShuffle": _channel_shuffle,
        **{f"ZeroPad{dims}d": partial(_pad, dims, "constant") for dims in (1, 2, 3)},
        **{f"ConstantPad{dims}d": partial(_constant_pad, dims) for dims in (1, 2, 3)},
        **{f"ReflectionPad{dims}d": partial(_pad, dims, "reflect") for dims in (1, 2, 3)},
        **{f"ReplicationPad{dims}d": partial(_pad, dims, "replicate") for dims in (1, 2, 3)},
        **{f"CircularPad{dims}d": partial(_pad, dims, "circular") for dims in (1, 2, 3)},
    }
)
