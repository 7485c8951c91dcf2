"""Rules for normalisation, which keeps the shape and may have a learned scale and shift for each channel."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from types import SimpleNamespace
from typing import Any

from fgspace.network.costs import Shape
from fgspace.network.count.rules.shapes import expect_dims, expect_positive, expect_tensor, expect_width, size_of
from fgspace.network.resolve.cost_rules import Counted
from fgspace.signatures.markers import InWidth

_WITH_STATISTICS = {"BatchNorm": True, "SyncBatchNorm": True, "InstanceNorm": False}
"""The modules that can hold running statistics, and whether they do where nothing is said."""
_PARAMETERS = ("num_features", "eps", "momentum", "affine", "track_running_stats")


def holds_statistics(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Return whether a module of `torch.nn` that is made with these arguments holds running statistics."""
    kind = next((kind for kind in _WITH_STATISTICS if name.startswith(kind)), None)
    if kind is None:
        return False
    given = {**dict(zip(_PARAMETERS, args, strict=False)), **kwargs}
    return bool(given.get("track_running_stats", _WITH_STATISTICS[kind]))


def _batch_norm(
    ranks: tuple[int, ...],
    shape: Shape,
    num_features: int,
    eps: float = 1e-5,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> Counted:
    expect_dims(shape, *ranks)
    expect_width("num_features", num_features, shape)
    return shape, _scale_and_shift(num_features, affine, bias), 0


def _instance_norm(
    ranks: tuple[int, ...],
    shape: Shape,
    num_features: int,
    eps: float = 1e-5,
    momentum: float = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> Counted:
    expect_dims(shape, *ranks)
    expect_width("num_features", num_features, shape)
    if not track_running_stats and prod(shape[1:]) == 1:
        raise ValueError(f"needs more than one element for each channel, but gets {shape}")
    return shape, _scale_and_shift(num_features, affine, bias), 0


def _group_norm(
    shape: Shape,
    num_groups: int,
    num_channels: InWidth,
    eps: float = 1e-5,
    affine: bool = True,
    device: Any = None,
    dtype: Any = None,
    *,
    bias: bool = True,
) -> Counted:
    expect_tensor(shape)
    expect_positive(num_groups=num_groups)
    expect_width("num_channels", num_channels, shape)
    if num_channels % num_groups:
        raise ValueError(f"num_groups of {num_groups} do not divide num_channels of {num_channels}")
    return shape, _scale_and_shift(num_channels, affine, bias), 0


def _layer_norm(
    shape: Shape,
    normalized_shape: Any,
    eps: float = 1e-5,
    elementwise_affine: bool = True,
    bias: bool = True,
    device: Any = None,
    dtype: Any = None,
) -> Counted:
    return shape, _scale_and_shift(_normalized(shape, normalized_shape), elementwise_affine, bias), 0


def _rms_norm(
    shape: Shape,
    normalized_shape: Any,
    eps: float | None = None,
    elementwise_affine: bool = True,
    device: Any = None,
    dtype: Any = None,
) -> Counted:
    return shape, _normalized(shape, normalized_shape) if elementwise_affine else 0, 0


def _local_response_norm(shape: Shape, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Counted:
    expect_dims(shape, 2, 3, 4)
    return shape, 0, 0


def _normalized(shape: Shape, normalized_shape: Any) -> int:
    """Return the number of elements that are normalised together, those of the last dimensions of the input."""
    expect_tensor(shape)
    wanted = tuple(normalized_shape) if isinstance(normalized_shape, Sequence) else (normalized_shape,)
    if not wanted or shape[-len(wanted) :] != wanted:
        raise ValueError(f"normalized_shape is {wanted}, but the input ends in {shape[-len(wanted) :]}; it is {shape}")
    return size_of(wanted)


def _scale_and_shift(width: int, affine: bool, bias: bool) -> int:
    return width * (1 + bool(bias)) if affine else 0


_RANKS = {1: (1, 2), 2: (3,), 3: (4,)}

RULES = SimpleNamespace(
    **{
        **{f"BatchNorm{dims}d": partial(_batch_norm, ranks) for dims, ranks in _RANKS.items()},
        **{f"InstanceNorm{dims}d": partial(_instance_norm, (dims + 1,)) for dims in _RANKS},
        "GroupNorm": _group_norm,
        "LayerNorm": _layer_norm,
        "RMSNorm": _rms_norm,
        "LocalResponseNorm": _local_response_norm,
    }
)
