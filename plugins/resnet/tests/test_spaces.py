"""Token spaces over ResNets: the reference's counts at their initial points, and a network at every point."""

from functools import cache
from random import Random

import fgspace
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

LARGE, SMALL = (3, 224, 224), (3, 32, 32)
MASK = [0, 1, 1, 0]
SPACES = {
    "ResNetSpace": {"type": "ResNetSpace"},
    "ResNetSpace, pooled, with a head": {"type": "ResNetSpace", "max_pool": True, "num_class": 10},
    "ResNetBlockSpace": {"type": "ResNetBlockSpace", "block_mask": MASK},
    "ResNetBlockSpace, by sizes, with a head": {
        "type": "ResNetBlockSpace",
        "input_size": 32,
        "output_size": 8,
        "block_num": 3,
        "num_class": 10,
    },
}
RANGES = {"ResNetSpace": [7, 5, 7, 6, 6, 13, 5, 6], "ResNetBlockSpace": [12, 12, 12, 2, 12, 12] * len(MASK)}
# 48 channels throughout, kernel 3, no 1x1 convolution.
BLOCK = [0, 0, 0, 0, 0, 0]


@cache
def made(name):
    return fgspace.space(SPACES[name])


def counts(space, shape, tokens=None):
    cost = space.cost(None if tokens is None else space.decode(tokens), shape)
    return cost["params"], cost["macs"]


@pytest.mark.parametrize("name", RANGES)
def test_the_range_table_is_that_of_the_reference(name):
    assert made(name).range_table == RANGES[name]


def test_the_initial_tokens_are_the_stages_of_resnet_50():
    assert made("ResNetSpace").init_tokens == [1, 1, 2, 2, 3, 4, 3, 1]
    assert made("ResNetSpace").size == 3_439_800


@pytest.mark.parametrize(("shape", "macs"), [(LARGE, 15_936_700_416), (SMALL, 325_238_784)])
def test_the_initial_point_counts_as_the_reference_does(shape, macs):
    assert counts(made("ResNetSpace"), shape) == (23_450_304 + 53_120, macs)


def test_the_initial_point_has_the_output_shape_of_the_reference():
    space = made("ResNetSpace")
    assert space.network.cost(space.at(space.initial), LARGE).output_shape == (2048, 14, 14)


def test_with_max_pool_the_initial_point_is_resnet_50_except_for_the_stem():
    """The reference does not pool after its stem, so all its later layers run on four times as many pixels."""
    pooled = counts(fgspace.space({"type": "ResNetSpace", "max_pool": True}), LARGE)
    assert pooled == (23_450_304 + 53_120, 4_029_333_504)
    stem = 3 * 64 * 5 * 5 * 112 * 112
    assert 15_936_700_416 - stem == 4 * (pooled[1] - stem)
    resnet_50 = fgspace.space({"type": "FineGrainedSpace", "modules": [{"type": "ResNet", "depth": 50}]})
    params, macs = counts(resnet_50, LARGE)
    other_stem, classes = 3 * 64 * (7 * 7 - 5 * 5), 10 * 2048
    assert pooled == (params - other_stem - classes - 10, macs - other_stem * 112 * 112 - classes)


def test_every_sum_of_resnet_space_has_its_activation():
    """The reference has no ReLU after the sums, so its blocks add up linearly; a ReLU changes no count."""
    model = made("ResNetSpace").build(init=False)
    blocks = [block for name, block in model.named_modules() if name.rpartition(".")[2].startswith("layers_")]
    assert len(blocks) == 3 + 4 + 6 + 3
    assert {type(block.relu).__name__ for block in blocks} == {"ReLU"}


def test_the_middle_convolution_has_the_width_of_its_own_token():
    """The reference gives it c3 channels and never reads c2, so its block has other counts."""
    space = fgspace.space({"type": "ResNetBlockSpace", "block_mask": [0]})
    c1, c2, c3 = 48, 64, 96
    macs = counts(space, SMALL, [0, 1, 2, 0, 1, 1])[1] // (32 * 32)
    assert macs == 3 * c1 + 9 * c1 * c2 + c2 * c3 + 3 * c3 == 34_224
    reference = 3 * c1 + 9 * c1 * c3 + c3 * c3 + 3 * c3
    assert reference == 51_120


@pytest.mark.parametrize(
    ("token", "value", "layers"),
    [
        (0, 2, [(3, 96, 1), (96, 48, 3), (48, 48, 1)]),
        (1, 2, [(3, 48, 1), (48, 96, 3), (96, 48, 1)]),
        (2, 2, [(3, 48, 1), (48, 48, 3), (48, 96, 1)]),
        (3, 1, [(3, 48, 1), (48, 48, 5), (48, 48, 1)]),
        (4, 3, [(3, 48, 1), (48, 48, 1), (48, 48, 1), (48, 48, 3), (48, 48, 1)]),
        (5, 0, [(3, 48, 1), (48, 48, 3)]),
        (4, 0, [(3, 48, 3), (48, 48, 1)]),
    ],
)
def test_every_token_of_a_block_changes_the_convolutions_of_its_name(token, value, layers):
    space = fgspace.space({"type": "ResNetBlockSpace", "block_mask": [0]})
    tokens = [0, 0, 0, 0, 1, 1]
    tokens[token] = value
    branch = space.build(space.decode(tokens), init=False).block_0.residual.conv
    convolutions = [layer for layer in branch.children() if isinstance(layer, torch.nn.Conv2d)]
    assert [(conv.in_channels, conv.out_channels, conv.kernel_size[0]) for conv in convolutions] == layers


def test_a_token_changes_only_its_own_block():
    """In the reference, ten blocks read seven groups of tokens: some twice, some never."""
    space = fgspace.space({"type": "ResNetBlockSpace", "input_size": 32, "output_size": 4, "block_num": 10})
    for block in range(10):
        tokens = BLOCK * 10
        tokens[6 * block + 3] = 1
        model = space.build(space.decode(tokens), init=False)
        five = [name for name, part in model.named_modules() if getattr(part, "kernel_size", None) == (5, 5)]
        assert [name.partition(".")[0] for name in five] == [f"block_{block}"]


def test_initial_blocks_that_halve_the_size_double_the_width():
    space = made("ResNetBlockSpace")
    shape, shapes = SMALL, []
    for part in space.build().eval():
        shape = tuple(part(torch.rand(1, *shape)).shape[1:])
        shapes.append(shape)
    assert shapes == [(192, 32, 32), (384, 16, 16), (640, 8, 8), (640, 8, 8)]


def test_between_any_two_convolutions_of_a_branch_there_is_a_relu():
    space = fgspace.space({"type": "ResNetBlockSpace", "block_mask": [1]})
    branch = space.build(space.decode([0, 0, 0, 0, 2, 2]), init=False).block_0.residual.conv
    kinds = [type(layer).__name__ for layer in branch]
    assert kinds == [*["Conv2d", "BatchNorm2d", "ReLU"] * 4, "Conv2d", "BatchNorm2d"]


@pytest.mark.parametrize("name", SPACES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=6)
def test_every_point_builds_and_counts_as_it_runs(measured, name, seed):
    space = made(name)
    point = space.sample(Random(seed))
    with torch.device("meta"):
        model = space.build(point)
    assert measured(model, SMALL)[:2] == counts(space, SMALL, space.encode(point))


@pytest.mark.parametrize("name", SPACES)
def test_the_initial_point_runs_on_images(name):
    assert made(name).build(input_shape=SMALL).eval()(torch.rand(2, *SMALL)).isfinite().all()
