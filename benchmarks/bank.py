"""Claims: a bank holds at most 1.1 times the largest tensors, and a candidate costs at most two builds without values.

    OMP_NUM_THREADS=1 python benchmarks/bank.py

Memory: the numbers in the bank over the sum, over all parameters of all options, of the largest that a network of the
space has; over all points of spaces of at most 4,900, else over those of boundary values and 64 random ones, which find
too few of the largest. Time: the median CPU time of `bank.candidate(point)` over that of
`space.build(point, init=False)`, in turns at 40 random points. One thread.
"""

import gc
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any

import fgspace
import torch
from fgspace.network.sharing.networks import places_of
from fgspace.spaces.boundary_points import boundary_points

EXAMPLES = Path(__file__).parents[1] / "examples"
HALVED = {"input_size": 32, "output_size": 8, "block_num": 3}
SPACES = {
    "backbone_nas.yaml": str(EXAMPLES / "backbone_nas.yaml"),
    "lowrank.yaml": str(EXAMPLES / "lowrank.yaml"),
    "sanas_mobilenet.yaml": str(EXAMPLES / "sanas_mobilenet.yaml"),
    "nas_bench_201.yaml": str(EXAMPLES / "nas_bench_201.yaml"),
    "MobileNetV1BlockSpace": {"type": "MobileNetV1BlockSpace", **HALVED},
    "MobileNetV1Space": {"type": "MobileNetV1Space"},
    "MobileNetV2Space": {"type": "MobileNetV2Space"},
}
EVERY, RANDOM, TIMED = 1000, 64, 40
MEMORY, TIME = 1.1, 2.0


def memory(space: fgspace.Space, bank: fgspace.Bank) -> float:
    """Return the numbers in the bank over those of the largest tensors."""
    every = space.size_is_exact and space.size <= EVERY
    drawn = [] if every else [*boundary_points(space, 128), *(space.sample(Random(seed)) for seed in range(RANDOM))]
    points = space.enumerate() if every else drawn
    bank.cover(drawn)
    largest: dict[str, int] = {}
    for description in map(space.network_at, points):
        build = partial(space.network.with_places, description, space.input_shape, False)
        for place in places_of(build):
            largest[place.key] = max(largest.get(place.key, 0), place.slice.numel)
    held = bank.state_dict()
    return sum(held[key].numel() for key in largest) / sum(largest.values())


def seconds(make: Callable[[], Any]) -> float:
    gc.collect()
    start = process_time()
    made = make()
    taken = process_time() - start
    del made
    return taken


def times(space: fgspace.Space, bank: fgspace.Bank) -> tuple[float, float]:
    """Return the median seconds of a candidate and of a build."""
    points = [space.sample(Random(seed)) for seed in range(TIMED)]
    bank.cover(points)
    taken = [
        (
            seconds(partial(bank.candidate, point)),
            seconds(partial(space.network.build, bare(space, point), space.input_shape, False)),
        )
        for point in points
    ]
    candidates, builds = zip(*taken, strict=True)
    return median(candidates), median(builds)


def bare(space: fgspace.Space, point: Any) -> dict[str, Any]:
    """Return the description at a point without its processes, which the bank leaves out too."""
    network, _ = fgspace.split_processes(space.network_at(point))
    return dict(network)


def main() -> int:
    torch.set_num_threads(1)
    held = []
    for name, source in SPACES.items():
        space = fgspace.space(source)
        bank = fgspace.Bank(space)
        of_largest = memory(space, bank)
        candidate, build = times(space, bank)
        print(
            f"{name:22}: {of_largest:.3f} of the largest tensors; candidate {1e3 * candidate:6.2f} ms, "
            f"build {1e3 * build:6.2f} ms, ratio {candidate / build:.2f}",
            flush=True,
        )
        held.append(of_largest <= MEMORY and candidate / build <= TIME)
    print(f"targets: at most {MEMORY} of the memory and {TIME} of the time; held in {sum(held)} of {len(held)} spaces")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
