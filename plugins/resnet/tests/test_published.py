"""Spaces as published: the counts of the networks that PaddleSlim 2.6 itself makes of the same tokens."""

from random import Random

import fgspace
import pytest
import torch

LARGE, SMALL = (3, 224, 224), (3, 32, 32)
THREE = {"input_size": 32, "output_size": 8, "block_num": 3}
# Space, parameters, tokens (None: the initial ones); params, multiply-adds, output shape; convolutions, ReLUs.
PUBLISHED = [
    ("ResNetSpace", {}, None, 23_503_424, 325_238_784, (2048, 2, 2), 53, 33),
    ("ResNetSpace", {}, [6, 4, 1, 2, 2, 0, 1, 3], 14_018_144, 1_463_787_520, (1024, 2, 2), 56, 35),
    ("ResNetBlockSpace", {"block_mask": [0]}, [0, 1, 2, 0, 1, 1], 51_792, 51_120 * 1024, (96, 32, 32), 4, 2),
    ("ResNetBlockSpace", {"block_mask": [0]}, [0, 1, 2, 0, 1, 0], 42_384, 41_904 * 1024, (96, 32, 32), 3, 2),
    (
        *("ResNetBlockSpace", {"block_mask": [0, 1]}, [8, 5, 9, 1, 2, 11, 8, 9, 10, 0, 7, 10]),
        *(11_753_280, 7_895_842_816, (512, 16, 16), 44, 12),
    ),
    (
        *("ResNetBlockSpace", THREE, [8, 6, 6, 1, 6, 1, 7, 10, 6, 0, 3, 1, 3, 7, 2, 0, 5, 9]),
        *(4_028_896, 1_237_884_928, (224, 8, 8), 21, 16),
    ),
]


def published(name, **parameters):
    return fgspace.space({"type": name, "as_published": True, **parameters})


@pytest.mark.parametrize(("name", "parameters", "tokens", "params", "macs", "shape", "convs", "relus"), PUBLISHED)
def test_the_tokens_of_paddleslim_make_its_networks(name, parameters, tokens, params, macs, shape, convs, relus):
    space = published(name, **parameters)
    point = space.initial if tokens is None else space.decode(tokens)
    cost = space.network.cost(space.at(point), SMALL)
    kinds = [row.type for row in space.network.layers(space.at(point), SMALL)]
    assert (cost.params, cost.macs, cost.output_shape) == (params, macs, shape)
    assert (kinds.count("Conv2d"), kinds.count("ReLU")) == (convs, relus)


def test_the_initial_point_counts_as_the_reference_does_on_large_images():
    cost = published("ResNetSpace").cost(input_shape=LARGE)
    assert (cost["params"], cost["macs"]) == (23_450_304 + 53_120, 15_936_700_416)


def test_the_second_token_of_a_block_has_no_effect():
    space = published("ResNetBlockSpace", block_mask=[1])
    costs = [space.cost(space.decode([2, width, 4, 0, 1, 2])) for width in range(12)]
    assert costs == [costs[0]] * 12


def test_the_last_convolutions_and_the_sum_have_no_relu():
    space = published("ResNetBlockSpace", block_mask=[1])
    model = space.build(space.decode([0, 0, 1, 0, 1, 2]), init=False)
    kinds = [type(layer).__name__ for layer in model.block_0.conv.modules() if not list(layer.children())]
    assert kinds == ["Conv2d", "BatchNorm2d", "ReLU"] * 2 + ["Conv2d", "BatchNorm2d"] * 2
    assert [name for name, _ in model.block_0.named_children()] == ["conv", "shortcut"]


def test_without_a_mask_some_groups_of_tokens_have_no_effect():
    space = published("ResNetBlockSpace", input_size=32, output_size=4, block_num=10)
    effects = []
    for group in range(10):
        tokens = [0] * 60
        tokens[6 * group + 3] = 1
        modules = space.build(space.decode(tokens), init=False).modules()
        effects.append(sum(getattr(module, "kernel_size", None) == (5, 5) for module in modules))
    assert effects == [2, 2, 2, 1, 1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("name", "parameters"), [("ResNetSpace", {"max_pool": True}), ("ResNetBlockSpace", {"block_mask": [0, 1]})]
)
def test_every_point_builds_and_counts_as_it_runs(measured, name, parameters):
    space = published(name, num_class=10, **parameters)
    for seed in range(3):
        point = space.sample(Random(seed))
        cost = space.cost(point, SMALL)
        with torch.device("meta"):
            model = space.build(point)
        assert measured(model, SMALL) == (cost["params"], cost["macs"], (10,))


def test_the_config_of_paddleslim_is_taken_and_what_a_whole_network_ignores_is_noted():
    with pytest.warns(UserWarning, match="ignores") as notes:
        space = fgspace.space([("ResNetSpace", {"input_size": 32, "output_size": 8, "block_num": 2})])
    assert [str(note.message) for note in notes] == [
        "ResNetSpace: ResNetSpace ignores output_size and block_num: a whole network has no blocks to place"
    ]
    assert space == fgspace.space(["ResNetSpace"])
