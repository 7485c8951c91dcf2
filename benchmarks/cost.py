"""Claim: a point never seen costs at least 300 times less to count than to build on the meta device and run.

2,000 random points of a space of residual networks at 3 x 32 x 32 are counted by `Space.cost`, each pass with nothing
remembered from before; a sample of the same points is written by hand in torch.nn, built on the meta device and counted
by torch.utils.flop_counter. CPU time, one thread; parameters and multiply-adds must be equal.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from random import Random
from statistics import median
from time import process_time
from typing import Any

import fgspace
import torch
from fgspace.registry import load_registry
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

SEARCH_SPACE = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {
        "layer.doublechannel": [0, 1, 1, 0, 1, 0, 0, 1],
        "layer.downsample": [1, 1, 0, 1, 0, 0, 0, 1],
    },
    "modules": ["init", "layer", "head"],
    "init": {"type": "SmallInputInitialBlock", "init_plane": 32},
    "layer": {
        "type": "VariantLayer",
        "block": {"type": "BasicBlock"},
        "in_plane": 32,
        "out_plane": 512,
        "doublechannel": [0, 1, 1, 0, 1, 0, 0, 1],
        "downsample": [1, 1, 0, 1, 0, 0, 0, 1],
        "expansion": 1,
    },
    "head": {"type": "LinearClassificationHead", "base_channel": 512, "num_class": 10},
}
SHAPE = (3, 32, 32)
POINTS, SAMPLE, PASSES, TARGET = 2_000, 60, 5, 300


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Identity()
        if stride != 1 or width != out:
            self.shortcut = nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.shortcut(x))


def by_hand(point: dict[str, Any]) -> nn.Module:
    """Write the network of a point in torch.nn."""
    layers: list[nn.Module] = [nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True)]
    width = 32
    for double, down in zip(point["layer.doublechannel"], point["layer.downsample"], strict=True):
        layers.append(Block(width, width << double, 1 + down))
        width <<= double
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(width, 10))


def built_and_run(point: dict[str, Any]) -> tuple[int, int]:
    """Count a point by building it on the meta device and running it."""
    with torch.device("meta"):
        network = by_hand(point).eval()
        image = torch.empty(1, *SHAPE)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(image)
    return sum(parameter.numel() for parameter in network.parameters()), counter.get_total_flops() // 2


def seconds_each(count: Callable[[Any], Any], points: Sequence[Any]) -> tuple[float, list[Any]]:
    """Return the CPU seconds that counting a point takes, and the counts."""
    gc.collect()
    begin = process_time()
    counts = [count(point) for point in points]
    return (process_time() - begin) / len(points), counts


def main() -> int:
    torch.set_num_threads(1)
    rng = Random(0)
    space = fgspace.space(SEARCH_SPACE, input_shape=SHAPE)
    points = list({space.key(point): point for point in (space.sample(rng) for _ in range(3 * POINTS))}.values())[
        :POINTS
    ]
    sample = rng.sample(range(POINTS), SAMPLE)
    built_and_run(points[0])
    counted, built = [], []
    for _ in range(PASSES):
        fresh = fgspace.space(SEARCH_SPACE, input_shape=SHAPE, registry=load_registry())
        seconds, costs = seconds_each(fresh.cost, points)
        counted.append(seconds)
        seconds, truths = seconds_each(built_and_run, [points[idx] for idx in sample])
        built.append(seconds)
        if [(costs[idx]["params"], costs[idx]["macs"]) for idx in sample] != truths:
            raise SystemExit("the counts differ from those of the networks")
    ratio = median(built) / median(counted)
    print(
        f"counted:       {1e6 * median(counted):9.1f} us a point ({POINTS} points, {PASSES} passes, nothing remembered)"
    )
    print(f"built and run: {1e6 * median(built):9.1f} us a point ({SAMPLE} of them, equal counts)")
    print(f"ratio:         {ratio:9.0f} (target: at least {TARGET})")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
