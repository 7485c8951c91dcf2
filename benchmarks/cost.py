"""Claim: counting a new point is at least 300 times faster than building it on the meta device and running it.

`Space.cost` counts 2,000 random points of a space of residual networks, and of MobileNetV2Space, at 3 x 32 x 32, each
pass with empty caches. A sample of the same points, written by hand in torch.nn, is built on the meta device and
counted by torch.utils.flop_counter. CPU time, one thread; parameters and multiply-adds must be equal.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from statistics import median
from time import process_time
from typing import Any

import fgspace
import torch
from fgspace.plugins.registry import load_registry
from fgspace_mobilenet.candidates import V2, chosen
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


def residual(point: dict[str, Any]) -> nn.Module:
    """Return the residual network of a point, written in torch.nn."""
    layers: list[nn.Module] = [nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True)]
    width = 32
    for double, down in zip(point["layer.doublechannel"], point["layer.downsample"], strict=True):
        layers.append(Block(width, width << double, 1 + down))
        width <<= double
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(width, 10))


def unit(
    width: int, kernel: int, stride: int, groups: int = 1, out: int | None = None, act: bool = True
) -> list[nn.Module]:
    """Return a convolution, its norm, and ReLU6."""
    conv = nn.Conv2d(width, out or width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(out or width), *([nn.ReLU6(inplace=True)] if act else [])]


class Inverted(nn.Module):
    """Expand, depthwise convolution, project; added to the input if the shapes allow it."""

    def __init__(self, width: int, out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = width * expansion
        self.adds = stride == 1 and width == out
        self.body = nn.Sequential(
            *(unit(width, 1, 1, out=inner) if expansion > 1 else []),
            *unit(inner, kernel, stride, groups=inner),
            *unit(inner, 1, 1, out=out, act=False),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        return x + self.body(x) if self.adds else self.body(x)


def mobile(point: dict[str, Any]) -> nn.Module:
    """Return the MobileNetV2 of a point's tokens, written in torch.nn."""
    width, *values = chosen(V2, point["tokens"])
    layers = [*unit(3, 3, 2, out=32), Inverted(32, width, 1, 3, 1)]
    for stage, stride in enumerate((2, 2, 2, 1, 2, 1)):
        expansion, out, repeats, kernel = values[4 * stage : 4 * stage + 4]
        for repeat in range(repeats):
            layers.append(Inverted(width, out, expansion, kernel, 1 if repeat else stride))
            width = out
    return nn.Sequential(*layers, *unit(width, 1, 1, out=1280))


def built_and_run(by_hand: Callable[[dict[str, Any]], nn.Module], point: dict[str, Any]) -> tuple[int, int]:
    """Count a point by building it on the meta device and running it."""
    with torch.device("meta"):
        network = by_hand(point).eval()
        image = torch.empty(1, *SHAPE)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(image)
    return sum(parameter.numel() for parameter in network.parameters()), counter.get_total_flops() // 2


def seconds_each(count: Callable[[Any], Any], points: Sequence[Any]) -> tuple[float, list[Any]]:
    """Return the CPU seconds to count a point, and the counts."""
    gc.collect()
    begin = process_time()
    counts = [count(point) for point in points]
    return (process_time() - begin) / len(points), counts


def compare(source: Any, by_hand: Callable[[dict[str, Any]], nn.Module]) -> float:
    """Return by what factor counting is faster than building, for the points of a space; print both times."""
    rng = Random(0)
    space = fgspace.space(source, input_shape=SHAPE)
    distinct = {space.key(point): point for point in (space.sample(rng) for _ in range(3 * POINTS))}
    points = list(distinct.values())[:POINTS]
    sample = rng.sample(range(POINTS), SAMPLE)
    build = partial(built_and_run, by_hand)
    build(points[0])
    counted, built = [], []
    for _ in range(PASSES):
        fresh = fgspace.space(source, input_shape=SHAPE, registry=load_registry())
        seconds, costs = seconds_each(fresh.cost, points)
        counted.append(seconds)
        seconds, truths = seconds_each(build, [points[idx] for idx in sample])
        built.append(seconds)
        if [(costs[idx]["params"], costs[idx]["macs"]) for idx in sample] != truths:
            raise SystemExit("the counts differ from those of the networks")
    ratio = median(built) / median(counted)
    print(f"  counted:       {1e6 * median(counted):9.1f} us a point ({POINTS} points, nothing remembered)")
    print(f"  built and run: {1e6 * median(built):9.1f} us a point ({SAMPLE} of them, equal counts)")
    print(f"  ratio:         {ratio:9.0f} (target: at least {TARGET})")
    return ratio


def main() -> int:
    torch.set_num_threads(1)
    ratios = []
    for name, source, by_hand in (
        ("residual", SEARCH_SPACE, residual),
        ("MobileNetV2Space", {"type": "MobileNetV2Space"}, mobile),
    ):
        print(name)
        ratios.append(compare(source, by_hand))
    return 0 if min(ratios) >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
