"""The descriptions to which PaddleSlim decodes tokens: sums without a ReLU after them, described part by part."""

from collections.abc import Sequence
from typing import Any

from fgspace_resnet.blocks import BottleneckBlock

Description = dict[str, Any]


def published_stage(width: int, blocks: int, stride: int) -> Description:
    """Describe a stage of bottlenecks of one width; the first has the stride."""
    rows = []
    for step in (stride, *[1] * (blocks - 1)):
        branch = {"type": "resnet/BottleConv", "outchannel": width, "stride": step}
        rows.append(_sum(branch, width * BottleneckBlock.expansion, step))
    return _sequence(rows)


def published_block(values: Sequence[int], stride: int) -> Description:
    """Describe a block of c1, c2, c3, kernel, n1, n2; c2 has no effect, and no ReLU follows the last convolutions."""
    c1, _, c3, kernel, n1, n2 = values
    rows = [*[_activated(c1, 1, 1)] * n1, _activated(c3, kernel, stride), *[_linear(c3)] * n2]
    return _sum(_sequence(rows), c3, stride)


def _activated(width: int, kernel: int, stride: int) -> Description:
    chosen = {"outchannel": width, "kernel_size": kernel, "stride": stride, "padding": kernel // 2}
    return {"type": "resnet/conv_bn_relu", **chosen}


def _linear(width: int) -> Description:
    return _sequence([{"type": "resnet/conv1X1", "outchannel": width}, {"type": "BatchNorm2d"}])


def _sum(branch: Description, width: int, stride: int) -> Description:
    shortcut = {"type": "resnet/ShortCut", "outchannel": width, "stride": stride}
    return {"type": "Add", "modules": ["conv", "shortcut"], "conv": branch, "shortcut": shortcut}


def _sequence(rows: Sequence[Description]) -> Description:
    parts = {f"layers_{index}": row for index, row in enumerate(rows)}
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}
