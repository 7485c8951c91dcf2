"""The descriptions to which the token spaces decode; input widths are left out, to follow from the part before."""

from collections.abc import Sequence
from typing import Any

Description = dict[str, Any]


def convolution(width: int, kernel: int, stride: int, activation: str | None) -> Description:
    """Describe a convolution with batch norm, and with an activation unless it is None."""
    chosen = {"outchannel": width, "kernel": kernel, "stride": stride, "activation": activation}
    return {"type": "mobilenet/ConvNorm", **chosen}


def separable(inner: int, width: int, kernel: int, stride: int, as_published: bool) -> Description:
    """Describe a depthwise separable convolution with `inner` channels between its two convolutions.

    As PaddleSlim builds it, it has no activations, and `inner` is rounded down to a multiple of the input width.
    """
    chosen = {"inner_plane": inner, "outchannel": width, "kernel": kernel, "stride": stride}
    published = {"activation": None, "always_depthwise": True} if as_published else {}
    return {"type": "mobilenet/DepthwiseSeparable", **chosen, **published}


def stage(expand_ratio: int, width: int, repeats: int, kernel: int, stride: int, always_expand: bool) -> Description:
    """Describe a stage of inverted residuals."""
    chosen = {"expand_ratio": expand_ratio, "oup": width, "num_reps": repeats, "kernel": kernel, "stride": stride}
    return {"type": "mobilenet/InvertedStage", **chosen, "always_expand": always_expand}


def published_stage(
    expand_ratio: int, width: int, repeats: int, kernel: int, stride: int, inner: int | None = None
) -> Description:
    """Describe a stage of inverted residuals as PaddleSlim builds it; `inner` is the inner width of its first block.

    All blocks expand, even by 1, and the first has no shortcut.
    """
    chosen = {"expand_ratio": expand_ratio, "inner_plane": inner, "oup": width, "kernel": kernel, "stride": stride}
    parts: dict[str, Description] = {"first": {"type": "mobilenet/InvertedConv", **chosen, "always_expand": True}}
    if repeats > 1:
        parts["rest"] = stage(expand_ratio, width, repeats - 1, kernel, 1, always_expand=True)
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def network(
    rows: Sequence[Description], num_class: int | None, dropout: float = 0.0, pooled: bool = False
) -> Description:
    """Describe the blocks in sequence, as block_0, block_1, ..., followed by a classifier if `num_class` is given.

    Without a classifier, `pooled` adds the mean over the image.
    """
    parts = {f"block_{index}": row for index, row in enumerate(rows)}
    if num_class is not None:
        parts["head"] = {"type": "mobilenet/MobileNetHead", "num_class": num_class, "dropout": dropout}
    elif pooled:
        parts["pool"] = {"type": "AdaptiveAvgPool2d", "output_size": 1}
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def checked_scale(scale: float) -> float:
    """Return the scale; raises ValueError if it is not above 0."""
    if scale <= 0:
        raise ValueError(f"scale must be above 0, got {scale!r}")
    return scale


def scaled_down(width: int, scale: float) -> int:
    """Return width · scale rounded down, at least 1."""
    return max(1, int(width * scale))
