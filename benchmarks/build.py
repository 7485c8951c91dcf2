"""Claim: building from a description takes at most 1.10 times as long as building the same network in torch.nn.

ResNet-18 and the seed ResNet-20 (nine blocks spelled out by `items`), default initialisation, on the CPU, one thread.
The three ways take turns; the ratio is that of the median CPU times. Equal names in `state_dict` and equal initial
values from equal seeds show that the networks are the same. The second ratio compares with a network of the same
computation whose blocks hold their layers directly, without modules in between.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

import fgspace
import torch
from torch import nn

TARGET, ROUNDS = 1.10, 51
SHAPE = (3, 32, 32)
RESNET_18 = {"type": "FineGrainedSpace", "modules": ["resnet"], "resnet": {"type": "ResNet", "depth": 18}}
RESNET_20 = {
    "type": "FineGrainedSpace",
    "modules": ["resnet"],
    "resnet": {
        "type": "ResNet",
        "depth": 20,
        "block": {"type": "BasicBlock"},
        "init_plane": 16,
        "out_plane": 64,
        "num_reps": 9,
        "items": {
            "inchannel": [16, 16, 16, 16, 32, 32, 32, 64, 64],
            "outchannel": [16, 16, 16, 32, 32, 32, 64, 64, 64],
            "stride": [1, 1, 1, 2, 1, 1, 2, 1, 1],
        },
    },
}


class Branch(nn.Module):
    """Two 3x3 convolutions with their norms."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))


class Shortcut(nn.Module):
    """The projection in a shortcut."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, out, 1, stride, bias=False)
        self.bn = nn.BatchNorm2d(out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        return self.bn(self.conv(x))


class Residual(nn.Module):
    """The sum of a branch and its shortcut."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv = Branch(width, out, stride)
        self.shortcut = nn.Identity() if stride == 1 and width == out else Shortcut(width, out, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        return self.conv(x) + self.shortcut(x)


class Block(nn.Module):
    """A residual block."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.residual = Residual(width, out, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        return self.relu(self.residual(x))


class FlatBlock(nn.Module):
    """A residual block that holds its layers directly."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width != out:
            self.shortcut = nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        self.relu2 = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, width, H, W) to (N, out, H/stride, W/stride)."""
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + self.shortcut(x))


class Stem(nn.Sequential):
    """The stem for large images."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)


class Head(nn.Sequential):
    """Mean over the image, and the linear layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.view = nn.Flatten()
        self.linear = nn.Linear(width, 10)


class Net(nn.Sequential):
    """A residual network of blocks of these widths and strides."""

    def __init__(self, block: type[nn.Module], widths: Sequence[int], strides: Sequence[int]) -> None:
        super().__init__()
        self.init_block = Stem(widths[0])
        self.layers = nn.Sequential()
        width = widths[0]
        for idx, (out, stride) in enumerate(zip(widths, strides, strict=True)):
            self.layers.add_module(f"layers_{idx}", block(width, out, stride))
            width = out
        self.head = Head(width)


def seconds(build: Callable[[], nn.Module], times: int) -> float:
    """Return the mean CPU seconds of a build, over `times` builds in a row; the networks are discarded afterwards."""
    gc.collect()
    begin = process_time()
    built = [build() for _ in range(times)]
    elapsed = process_time() - begin
    built.clear()
    return elapsed / times


def state(build: Callable[[], nn.Module]) -> dict[str, torch.Tensor]:
    """Return the initial parameters and buffers for a seed, by name."""
    torch.manual_seed(0)
    return {name.removeprefix("resnet."): value for name, value in build().state_dict().items()}


def is_same(one: Callable[[], nn.Module], other: Callable[[], nn.Module]) -> bool:
    """Return whether both build the same parameters and buffers, under the same names, from the same seed."""
    left, right = state(one), state(other)
    return list(left) == list(right) and all(torch.equal(value, right[name]) for name, value in left.items())


def compare(
    name: str, described: Callable[[], nn.Module], net: tuple[Sequence[int], Sequence[int]], times: int
) -> bool:
    """Time the three ways in turns, print the ratios, and print whether the claim holds."""
    ways = [described, lambda: Net(Block, *net), lambda: Net(FlatBlock, *net)]
    if not is_same(*ways[:2]):
        raise SystemExit(f"{name}: the two networks differ")
    rounds = [[seconds(way, times) for way in ways] for _ in range(ROUNDS)]
    ours, same, flat = (median(column) for column in zip(*rounds, strict=True))
    print(
        f"{name}: described {1e3 * ours:6.2f} ms; by hand {1e3 * same:6.2f} ms, ratio {ours / same:.3f}; "
        f"with fewer modules in a block {1e3 * flat:6.2f} ms, ratio {ours / flat:.3f}"
    )
    return ours / same <= TARGET


def main() -> int:
    torch.set_num_threads(1)
    held = [
        compare(
            "ResNet-18",
            lambda: fgspace.build(RESNET_18, input_shape=SHAPE),
            ([64, 64, 128, 128, 256, 256, 512, 512], [1, 1, 2, 1, 2, 1, 2, 1]),
            times=1,
        ),
        compare(
            "ResNet-20",
            lambda: fgspace.build(RESNET_20, input_shape=SHAPE),
            ([16, 16, 16, 32, 32, 32, 64, 64, 64], [1, 1, 1, 2, 1, 1, 2, 1, 1]),
            times=5,
        ),
    ]
    print(f"target: at most {TARGET:.2f}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
