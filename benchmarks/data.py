"""Claim: training from the disk reaches at least 0.9 of the images per second of training from memory.

A small network is trained on CIFAR-10 as JPEG, one zip of a folder a class, from ../shared/data, held in memory and
read from the cache on the disk in turns. Each is run once before it counts, so that the cache is warm; the fastest
round of each counts. Both end in the same weights. One torch thread. With `--many N`, N small images are made on the
spot and trained on from the disk for one epoch in a process of its own; its peak of memory is printed, which stays
below 2 GB for 200,000.
"""

import gc
import os
import resource
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import fgspace
import numpy as np
import torch
from fgspace_vision import training
from fgspace_vision.datasets.folder import ImageFolder
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Splits
from torch import nn

TARGET, MOST = 0.9, 2_000_000_000
ZIPS = Path("../shared/data/cifar10-jpeg")
NETWORK = {
    "modules": ["conv", "norm", "relu", "pool", "flatten", "head"],
    "type": "FineGrainedSpace",
    "conv": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    "norm": {"type": "BatchNorm2d"},
    "relu": {"type": "ReLU"},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 4},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}
RECIPE = Recipe(epochs=1, batch_size=128, crop_padding=4, flip=True, device="cpu", precision="32-true")


def network(splits: Splits) -> nn.Module:
    torch.manual_seed(0)
    return fgspace.build(NETWORK, input_shape=splits.input_shape)


def rate(splits: Splits) -> tuple[float, nn.Module]:
    """Return the images per second of an epoch, and the network."""
    gc.collect()
    trained, fabric = network(splits), training.make_fabric(RECIPE)
    start = perf_counter()
    training.train(trained, splits, RECIPE, 0, fabric)
    return len(splits.train) / (perf_counter() - start), trained


def compare(path: Path, rounds: int) -> bool:
    ways = {"memory": ImageFolder(str(path)).load(0), "disk": ImageFolder(str(path), memory=0).load(0)}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    ends = {}
    for _ in range(rounds + 1):
        for name, splits in ways.items():
            found, ends[name] = rate(splits)
            rates[name].append(found)
    best = {name: max(found[1:]) for name, found in rates.items()}
    pairs = zip(ends["memory"].state_dict().values(), ends["disk"].state_dict().values(), strict=True)
    same = all(torch.equal(one, other) for one, other in pairs)
    ratio = best["disk"] / best["memory"]
    print(f"images/s from memory {best['memory']:,.0f}, from the disk {best['disk']:,.0f}: {ratio:.3f} of it")
    print(f"same weights: {same}")
    return same and ratio >= TARGET


def write_many(folder: Path, count: int) -> None:
    """Write so many images of 32×32 as uncompressed files, in ten classes."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
    for number in range(count):
        pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / str(number % 10) / f"{number}.bmp")


def many(count: int) -> bool:
    with tempfile.TemporaryDirectory() as place:
        write_many(Path(place) / "images", count)
        command = [sys.executable, __file__, "--peak", str(Path(place) / "images")]
        environment = os.environ | {"FGSPACE_CACHE": str(Path(place) / "cache")}
        peak = int(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    print(f"peak memory of an epoch over {count:,} images from the disk: {peak / 1e9:.2f} GB")
    return peak < MOST


def peak(path: str) -> int:
    splits = ImageFolder(path, memory=0).load(0)
    rate(splits)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def arguments() -> Iterator[tuple[str, type, object]]:
    yield from (("--rounds", int, 3), ("--many", int, 0), ("--peak", str, None))


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    for name, kind, default in arguments():
        parser.add_argument(name, type=kind, default=default)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.peak:
        print(peak(given.peak))
        return 0
    if given.many:
        return 0 if many(given.many) else 1
    if not ZIPS.exists():
        print(f"{ZIPS} is not there; see ../shared/data/README.md", file=sys.stderr)
        return 0
    return 0 if compare(ZIPS, given.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
