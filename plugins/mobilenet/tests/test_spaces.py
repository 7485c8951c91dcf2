"""Token spaces: their initial points are the published networks, and every point builds a network."""

from functools import cache
from itertools import pairwise
from random import Random

import fgspace
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

LARGE, SMALL = (3, 224, 224), (3, 32, 32)
MASK = [0, 1, 1, 1, 1, 0, 1, 0]
SPACES = {
    "MobileNetV1Space": {"type": "MobileNetV1Space"},
    "MobileNetV1Space, scaled, with a head": {"type": "MobileNetV1Space", "num_class": 10, "scale": 0.3},
    "MobileNetV2Space": {"type": "MobileNetV2Space", "always_expand": True},
    "MobileNetV2Space, scaled, with a head": {"type": "MobileNetV2Space", "num_class": 10, "scale": 1.3},
    "MobileNetV1BlockSpace": {"type": "MobileNetV1BlockSpace", "block_mask": MASK, "scale": 0.7},
    "MobileNetV2BlockSpace": {
        "type": "MobileNetV2BlockSpace",
        "input_size": 32,
        "output_size": 8,
        "block_num": 4,
        "num_class": 10,
    },
}
RANGES = {
    "MobileNetV1Space": [
        *[7, 8, 8, 2, 8, 10, 2, 10, 10, 2, 10, 12, 2, 12, 11, 2, 11, 14, 2],
        *[6, 14, 13, 2, 13, 12, 2, 12, 12, 2],
    ],
    "MobileNetV2Space": [7, 5, 8, 6, 2, 5, 8, 6, 2, 5, 8, 6, 2, 5, 10, 6, 2, 5, 10, 6, 2, 5, 12, 6, 2],
    "MobileNetV1BlockSpace": [25, 25, 2] * 8,
    "MobileNetV2BlockSpace": [6, 20, 6, 2] * 4,
}
# PaddleSlim's search over MobileNetV2Space ended at these tokens.
PUBLISHED = [4, 4, 5, 1, 1, 2, 1, 1, 0, 2, 6, 2, 0, 3, 4, 5, 0, 4, 5, 5, 1, 4, 8, 0, 0]


@cache
def made(name):
    return fgspace.space(SPACES[name])


def counts(space, shape, tokens=None):
    cost = space.cost(None if tokens is None else space.decode(tokens), shape)
    return cost["params"], cost["macs"]


@pytest.mark.parametrize("name", RANGES)
def test_the_range_table_is_that_of_the_reference(name):
    assert made(name).range_table == RANGES[name]


@pytest.mark.parametrize(("shape", "macs"), [(LARGE, 567_716_352), (SMALL, 11_586_048)])
def test_mobilenet_v1_counts_as_the_reference_does(shape, macs):
    assert counts(made("MobileNetV1Space"), shape) == (3_185_088 + 21_888, macs)


@pytest.mark.parametrize(("shape", "macs"), [(LARGE, 312_339_328), (SMALL, 6_374_272)])
def test_mobilenet_v2_counts_as_the_reference_does_with_always_expand(shape, macs):
    assert counts(made("MobileNetV2Space"), shape) == (2_190_784 + 34_176, macs)


@pytest.mark.parametrize(("shape", "reference"), [(LARGE, 312_339_328), (SMALL, 6_374_272)])
def test_mobilenet_v2_has_one_convolution_less_than_the_reference(shape, reference):
    """At expansion 1, MobileNetV2 has no expansion; the reference has a 1x1 convolution from 32 to 32 channels."""
    params, macs = counts(fgspace.space(["MobileNetV2Space"]), shape)
    assert params == 2_190_784 + 34_176 - 32 * 32 - 2 * 32
    assert macs == reference - 32 * 32 * (shape[1] // 2) * (shape[2] // 2)


def test_the_published_tokens_count_as_published():
    space = fgspace.space({"type": "MobileNetV2Space", "num_class": 1000, "always_expand": True})
    assert counts(space, LARGE, PUBLISHED)[1] == 295_056_560


@pytest.mark.parametrize("name", ["MobileNetV1", "MobileNetV2"])
def test_the_initial_tokens_are_the_network_itself(name):
    space = fgspace.space({"type": f"{name}Space", "num_class": 1000})
    published = fgspace.space({"type": "FineGrainedSpace", "modules": [{"type": name, "num_class": 1000}]})
    assert counts(space, LARGE) == counts(published, LARGE)


@pytest.mark.parametrize("name", SPACES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_every_point_builds_and_counts_as_it_runs(measured, name, seed):
    space = made(name)
    point = space.sample(Random(seed))
    tokens = space.encode(point)
    assert space.decode(tokens) == point
    assert all(0 <= token < bound for token, bound in zip(tokens, space.range_table, strict=True))
    # Not on the meta device: its batch norms and activations take Python several times as long as these run.
    model = space.build(point, init=False)
    assert measured(model, SMALL)[:2] == counts(space, SMALL, tokens)


@pytest.mark.parametrize("name", SPACES)
def test_the_initial_point_runs_on_images(name):
    model = made(name).build(input_shape=SMALL).eval()
    assert model(torch.rand(2, *SMALL)).isfinite().all()


def test_every_convolution_of_mobilenet_v1_space_has_its_activation():
    kinds = [row.type for row in made("MobileNetV1Space").network.layers({"type": "MobileNetV1Space"}, SMALL)]
    assert kinds == ["Conv2d", "BatchNorm2d", "ReLU"] * 27


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_each_mutation_changes_one_token(seed):
    space, rng = made("MobileNetV2Space"), Random(seed)
    walk = [space.initial]
    for _ in range(5):
        walk.append(space.mutate(walk[-1], rng))
    pairs = [(space.encode(before), space.encode(after)) for before, after in pairwise(walk)]
    assert [sum(a != b for a, b in zip(*pair, strict=True)) for pair in pairs] == [1] * 5
