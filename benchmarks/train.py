"""Claim: training through the evaluator reaches at least 0.95 of the images per second of a plain torch loop.

Both train the same network from the same weights on the same batches, with the same optimiser, schedule and memory
layout, one thread, and take turns. They end with equal weights, bit for bit on a CPU, which shows that they do the same
work. The plain loop gets its batches cut and normalised; the evaluator cuts, normalises and moves its own. On CUDA, if
available, times are wall times in float32; otherwise CPU times. The fastest round of each counts, since other work on
the machine affects it least. The last table compares the layout that the evaluator chooses with the plain one: it
chooses channels-last, except on a CPU for networks in which that would corrupt memory.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter, process_time
from typing import Any

import fgspace
import numpy as np
import torch
import torch.nn.functional as F
from fgspace_vision import training
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.feeding import batches, on_device
from fgspace_vision.layout import lay_out, plain
from fgspace_vision.optimisers import make_optimizer, make_scheduler
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Part, Splits, cut
from torch import nn

TARGET = 0.95
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
BATCH = 64
SMALL_RESNET = {
    "type": "FineGrainedSpace",
    "modules": ["init", "layer", "head"],
    "init": {"type": "SmallInputInitialBlock", "init_plane": 16},
    "layer": {
        "type": "VariantLayer",
        "block": {"type": "BasicBlock"},
        "in_plane": 16,
        "doublechannel": [0, 0, 1, 0, 1, 0],
        "downsample": [0, 0, 1, 0, 1, 0],
        "expansion": 1,
    },
    "head": {"type": "LinearClassificationHead", "num_class": 10},
}
RESNET_20 = {
    "type": "FineGrainedSpace",
    "modules": ["resnet"],
    "resnet": {"type": "ResNet", "depth": 20, "init_plane": 16, "num_class": 10, "small_input": True},
}


def noise() -> Splits:
    """Return noise images of CIFAR's size: the time does not depend on their content."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (400, 3, 32, 32), dtype=np.uint8)
    return cut(Part(images, np.arange(400) % 10), 0.1, 0.1, tuple("0123456789"), 0)


def clock() -> float:
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
        return perf_counter()
    return process_time()


def new(description: dict[str, Any], splits: Splits) -> nn.Module:
    torch.manual_seed(0)
    return fgspace.build(description, input_shape=splits.input_shape)


def through_evaluator(network: nn.Module, splits: Splits, recipe: Recipe) -> float:
    fabric = training.make_fabric(recipe)
    start = clock()
    training.train(network, splits, recipe, 0, fabric)
    return clock() - start


def laid_out(network: nn.Module, splits: Splits) -> nn.Module:
    if DEVICE.type == "cuda":
        return network.to(memory_format=torch.channels_last)
    return lay_out(network, splits.input_shape, channels_last=True)


def layout_of(description: dict[str, Any], splits: Splits) -> str:
    weights = [one for one in laid_out(new(description, splits), splits).parameters() if one.dim() == 4]
    return "plain" if all(plain(weight) is weight for weight in weights) else "channels-last"


def bare(network: nn.Module, splits: Splits, recipe: Recipe) -> float:
    """Train with a plain loop; the network, the batches, the optimiser and its schedule are made beforehand."""
    generator = torch.Generator().manual_seed(0)
    data = on_device(splits, "train", DEVICE)
    epochs = [list(batches(data, BATCH, recipe, generator)) for _ in range(recipe.epochs)]
    network = laid_out(network, splits).to(DEVICE).train()
    optimizer = make_optimizer(network.parameters(), recipe.optimizer)
    scheduler, _ = make_scheduler(optimizer, recipe.lr_scheduler, recipe.epochs, len(epochs[0]))
    start = clock()
    for epoch in epochs:
        for images, labels in epoch:
            F.cross_entropy(network(images), labels).backward()
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
    return clock() - start


def in_turns(rounds: int, ways: Sequence[Callable[[], float]]) -> list[list[float]]:
    """Return the seconds of each way; each first runs once without timing."""
    for way in ways:
        way()
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, found in zip(ways, seconds, strict=True):
            gc.collect()
            found.append(way())
    return seconds


def same_work(description: dict[str, Any], splits: Splits, recipe: Recipe) -> bool:
    ours, plain = new(description, splits), new(description, splits)
    through_evaluator(ours, splits, recipe)
    bare(plain, splits, recipe)
    pairs = zip(ours.state_dict().values(), plain.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


def compare(name: str, description: dict[str, Any], splits: Splits, epochs: int, rounds: int) -> bool:
    recipe = Recipe(epochs=epochs, batch_size=BATCH, precision="32-true", device=DEVICE.type)
    if DEVICE.type == "cpu" and not same_work(description, splits, recipe):
        print(f"{name}: the two loops end with different weights")
        return False
    by_hand, ours, in_plain = in_turns(
        rounds,
        [
            lambda: bare(new(description, splits), splits, recipe),
            lambda: through_evaluator(new(description, splits), splits, recipe),
            lambda: through_evaluator(new(description, splits), splits, replace(recipe, channels_last=False)),
        ],
    )
    images = epochs * (len(splits.train) // BATCH) * BATCH
    ratio, layout = min(by_hand) / min(ours), min(in_plain) / min(ours)
    print(
        f"{name}: bare {images / min(by_hand):,.0f} images/s, evaluator {images / min(ours):,.0f} images/s, "
        f"ratio {ratio:.3f} (target at least {TARGET}); "
        f"{layout_of(description, splits)}: {layout:.2f} times the plain layout"
    )
    return ratio >= TARGET


def main() -> int:
    torch.set_num_threads(1)
    small = compare("small ResNet on digits, 1x8x8", SMALL_RESNET, Digits().load(0), epochs=4, rounds=15)
    large = compare("ResNet-20 on noise, 3x32x32", RESNET_20, noise(), epochs=2, rounds=5)
    return 0 if small and large else 1


if __name__ == "__main__":
    sys.exit(main())
