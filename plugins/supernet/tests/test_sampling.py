"""Which networks a step trains: uniformly drawn, fairly dealt, in a sandwich, from the largest on."""

from collections import Counter
from random import Random
from typing import Any

import fgspace
import pytest
from fgspace_supernet.sampling import Rule, Sampler
from fgspace_supernet.sizes import Sizes, size_of

TREE = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {
        "a.out_channels": {"choice": [2, 4, 8, 16]},
        "a.kernel_size": {"choice": [1, 3, 5]},
        "b.out_features": {"int": [1, 2]},
    },
    "modules": ["a", "pool", "flat", "b"],
    "a": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": "same"},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
    "flat": {"type": "Flatten"},
    "b": {"type": "Linear", "out_features": 1},
}
LARGEST = {"a.out_channels": 16, "a.kernel_size": 5, "b.out_features": 2}
SMALLEST = {"a.out_channels": 2, "a.kernel_size": 1, "b.out_features": 1}


def space(**sections: Any) -> fgspace.Space:
    return fgspace.space({**TREE, **sections}, input_shape=(1, 8, 8))


def sampler(kind: Any, count: int = 1, opened: float = 1.0, made: fgspace.Space | None = None) -> Sampler:
    made = made or space()
    return Sampler(made, Sizes.of(made, 0), Rule(kind, count, True, 0.0, 0), opened, Random(0))


def test_the_largest_and_the_smallest_network_are_found():
    sizes = Sizes.of(space(), 0)
    assert (sizes.largest, sizes.smallest) == (LARGEST, SMALLEST)
    assert (sizes.most, sizes.least) == (size_of(space(), LARGEST), size_of(space(), SMALLEST))
    assert sizes.bound(0) == pytest.approx(sizes.most)
    assert sizes.bound(0.5) == pytest.approx((sizes.most * sizes.least) ** 0.5)
    assert sizes.bound(1) == 0


def test_uniform_draws_as_many_networks_as_asked_for():
    made = space()
    steps = [sampler("uniform", 3, made=made).step() for _ in range(2)]
    assert [len(step) for step in steps] == [3, 3]
    assert steps[0] == steps[1]
    assert all(made.contains(point) for point in steps[0])


def test_fair_trains_each_value_equally_often():
    drawn = sampler("fair", 12).step()
    counts = {path: Counter(point[path] for point in drawn) for path in LARGEST}
    assert {path: set(found.values()) for path, found in counts.items()} == {
        "a.out_channels": {3},
        "a.kernel_size": {4},
        "b.out_features": {6},
    }


def test_fair_draws_no_forbidden_point():
    made = space(forbidden=[{"a.out_channels": 16, "a.kernel_size": 5}])
    drawn = sampler("fair", 100, made=made).step()
    assert len(drawn) == 100
    assert not any(made.forbids(point) for point in drawn)


def test_a_sandwich_has_the_largest_network_first_and_the_smallest_last():
    step = sampler("sandwich", 2).step()
    assert len(step) == 4
    assert (step[0], step[-1]) == (LARGEST, SMALLEST)


@pytest.mark.parametrize("kind", ["uniform", "fair", "sandwich"])
def test_progressive_shrinking_begins_with_the_largest_and_opens(kind):
    made = space()
    assert {made.key(point) for point in sampler(kind, 3, opened=0.0, made=made).step()} == {made.key(LARGEST)}
    half = Sizes.of(made, 0).bound(0.5)
    middle = [point for _ in range(20) for point in sampler(kind, 4, opened=0.5, made=made).step()]
    assert min(size_of(made, point) for point in middle) >= half
    everything = sampler(kind, 100, made=made).step()
    assert min(size_of(made, point) for point in everything) < half
