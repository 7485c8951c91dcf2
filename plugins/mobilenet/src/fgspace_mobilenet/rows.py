"""The descriptions to which the token spaces decode; input widths are left out, to follow from the part before."""

from collections.abc import Sequence
from typing import Any

Description = dict[str, Any]


def convolution(width: int, kernel: int, stride: int, activation: str) -> Description:
    """Describe a convolution with batch norm and activation."""
    chosen = {"outchannel": width, "kernel": kernel, "stride": stride, "activation": activation}
    return {"type": "mobilenet/ConvNorm", **chosen}


def separable(inner: int, width: int, kernel: int, stride: int) -> Description:
    """Describe a depthwise separable convolution with `inner` channels between its two convolutions."""
    chosen = {"inner_plane": inner, "outchannel": width, "kernel": kernel, "stride": stride}
    return {"type": "mobilenet/DepthwiseSeparable", **chosen}


def stage(expand_ratio: int, width: int, repeats: int, kernel: int, stride: int, always_expand: bool) -> Description:
    """Describe a stage of inverted residuals."""
    chosen = {"expand_ratio": expand_ratio, "oup": width, "num_reps": repeats, "kernel": kernel, "stride": stride}
    return {"type": "mobilenet/InvertedStage", **chosen, "always_expand": always_expand}


def network(rows: Sequence[Description], num_class: int | None, dropout: float = 0.0) -> Description:
    """Describe the blocks in sequence, as block_0, block_1, ..., followed by a classifier if `num_class` is given."""
    parts = {f"block_{index}": row for index, row in enumerate(rows)}
    if num_class is not None:
        parts["head"] = {"type": "mobilenet/MobileNetHead", "num_class": num_class, "dropout": dropout}
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def checked_scale(scale: float) -> float:
    """Return the scale; raises ValueError if it is not above 0."""
    if scale <= 0:
        raise ValueError(f"scale must be above 0, got {scale!r}")
    return scale


def scaled_down(width: int, scale: float) -> int:
    """Return width · scale rounded down, at least 1."""
    return max(1, int(width * scale))
