"""Spaces as published: the counts of the networks that PaddleSlim 2.6 itself makes of the same tokens."""

from random import Random

import fgspace
import pytest
import torch

LARGE, SMALL = (3, 224, 224), (3, 32, 32)
V1 = [2, 2, 6, 0, 1, 8, 0, 5, 9, 0, 8, 3, 0, 1, 6, 1, 1, 3, 0, 4, 6, 0, 0, 3, 10, 0, 9, 9, 1]
V1_HALF = [0, 3, 0, 0, 4, 6, 0, 8, 1, 1, 8, 10, 0, 1, 9, 0, 5, 1, 0, 4, 0, 9, 0, 7, 10, 1, 5, 7, 1]
V2 = [2, 2, 3, 1, 0, 0, 4, 4, 1, 2, 7, 2, 0, 0, 8, 3, 0, 2, 2, 3, 1, 0, 10, 0, 1]
FIVE = {"input_size": 32, "output_size": 8, "block_num": 5}
V1_FIVE = [15, 22, 0, 1, 23, 1, 20, 18, 1, 9, 22, 1, 21, 11, 0]
V2_FIVE = [1, 7, 3, 1, 3, 2, 1, 1, 3, 17, 2, 0, 3, 17, 2, 1, 2, 12, 1, 0]
# Space, parameters, tokens (None: the initial ones); params, multiply-adds, output shape; convolutions, activations.
PUBLISHED = [
    ("MobileNetV1Space", {}, None, 3_206_976, 11_586_048, (1024, 1, 1), 27, 0),
    ("MobileNetV1Space", {}, V1, 1_209_312, 4_700_800, (832, 1, 1), 27, 0),
    ("MobileNetV1Space", {"scale": 0.5}, V1_HALF, 738_993, 2_525_248, (320, 1, 1), 27, 0),
    ("MobileNetV2Space", {}, None, 2_224_960, 6_374_272, (1280, 1, 1), 53, 36),
    ("MobileNetV2Space", {}, V2, 1_179_288, 3_641_888, (1280, 1, 1), 62, 42),
    (
        *("MobileNetV1BlockSpace", {"block_mask": [0, 1, 1]}, [10, 22, 1, 19, 15, 1, 2, 2, 1]),
        *(278_928, 127_383_552, (8, 8, 8), 6, 0),
    ),
    ("MobileNetV1BlockSpace", FIVE, V1_FIVE, 3_477_386, 369_200_640, (768, 8, 8), 10, 0),
    (
        *("MobileNetV2BlockSpace", {"block_mask": [0, 1]}, [3, 11, 1, 0, 3, 1, 1, 1]),
        *(239_712, 228_331_520, (4, 16, 16), 12, 8),
    ),
    ("MobileNetV2BlockSpace", FIVE, V2_FIVE, 1_836_576, 134_901_760, (320, 8, 8), 45, 30),
    (
        *("MobileNetV2BlockSpace", {"block_mask": [1, 0], "scale": 0.7}, [0, 5, 1, 0, 5, 7, 0, 1]),
        *(9_042, 2_194_944, (33, 16, 16), 9, 6),
    ),
]


def published(name, **parameters):
    return fgspace.space({"type": name, "as_published": True, **parameters})


def built(space, tokens):
    return space.build(space.decode(tokens), init=False)


def convolutions(model):
    return [module for module in model.modules() if isinstance(module, torch.nn.Conv2d)]


@pytest.mark.parametrize(("name", "parameters", "tokens", "params", "macs", "shape", "convs", "acts"), PUBLISHED)
def test_the_tokens_of_paddleslim_make_its_networks(name, parameters, tokens, params, macs, shape, convs, acts):
    space = published(name, **parameters)
    point = space.initial if tokens is None else space.decode(tokens)
    cost = space.network.cost(space.at(point), SMALL)
    kinds = [row.type for row in space.network.layers(space.at(point), SMALL)]
    assert (cost.params, cost.macs, cost.output_shape) == (params, macs, shape)
    assert (kinds.count("Conv2d"), kinds.count("ReLU") + kinds.count("ReLU6")) == (convs, acts)


@pytest.mark.parametrize(("name", "macs"), [("MobileNetV1Space", 567_716_352), ("MobileNetV2Space", 312_339_328)])
def test_the_initial_points_count_as_the_reference_does_on_large_images(name, macs):
    assert published(name).cost(input_shape=LARGE)["macs"] == macs


def test_the_published_result_of_a_search_counts_as_published():
    tokens = [4, 4, 5, 1, 1, 2, 1, 1, 0, 2, 6, 2, 0, 3, 4, 5, 0, 4, 5, 5, 1, 4, 8, 0, 0]
    space = published("MobileNetV2Space", num_class=1000)
    assert space.cost(space.decode(tokens), LARGE)["macs"] == 295_056_560


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("MobileNetV1Space", {}),
        ("MobileNetV1BlockSpace", {"block_mask": [0, 1, 0, 1]}),
        ("MobileNetV1BlockSpace", FIVE),
    ],
)
def test_of_every_pair_of_convolutions_the_first_is_depthwise(name, parameters):
    space = published(name, **parameters)
    for seed in range(8):
        pairs = convolutions(built(space, space.encode(space.sample(Random(seed)))))[name == "MobileNetV1Space" :]
        assert all(conv.groups == conv.in_channels for conv in pairs[::2])
        assert all(conv.out_channels % conv.in_channels == 0 for conv in pairs[::2])
        assert {conv.groups for conv in pairs[1::2]} == {1}


def test_by_default_few_tokens_mean_a_depthwise_convolution():
    """The inner width is the value of its token there, in as many groups as it has in common with the input."""
    space = fgspace.space(["MobileNetV1Space"])
    convs = convolutions(built(space, V1))[1::2]
    assert [(conv.in_channels, conv.out_channels, conv.groups) for conv in convs][:3] == [
        (8, 8, 8),
        (64, 12, 4),
        (144, 80, 16),
    ]
    of_paddleslim = convolutions(built(published("MobileNetV1Space"), V1))[1::2]
    assert [(conv.in_channels, conv.out_channels) for conv in of_paddleslim][:3] == [(8, 8), (64, 64), (144, 144)]


def test_the_first_block_of_a_stage_has_no_shortcut_and_all_others_have_one():
    same = [3, 6, 2, 0] * 2  # three blocks of 32 channels in each of two stages
    space = published("MobileNetV2BlockSpace", block_mask=[0, 0])
    model = space.build(space.decode(same), (32, 8, 8), init=False)
    shortcuts = [name for name, _ in model.named_modules() if name.endswith(".shortcut")]
    assert shortcuts == [f"block_{stage}.rest.block_{block}.residual.shortcut" for stage in (0, 1) for block in (0, 1)]


@pytest.mark.parametrize("channels", [3, 32, 40])
def test_the_first_stage_expands_32_channels_whatever_its_input_has(channels):
    space = published("MobileNetV2BlockSpace", block_mask=[0])
    convs = convolutions(space.build(space.decode([3, 5, 0, 0]), (channels, 8, 8), init=False))
    assert [conv.out_channels for conv in convs] == [4 * 32, 4 * 32, 24]


def test_without_a_mask_some_groups_of_tokens_have_no_effect():
    space = published("MobileNetV1BlockSpace", input_size=32, output_size=4, block_num=10)
    assert space.range_table == [25, 25, 2] * 10
    start = space.init_tokens
    effects = []
    for group in range(10):
        tokens = [*start]
        tokens[3 * group + 2] = 1
        effects.append(sum(conv.kernel_size == (5, 5) for conv in convolutions(built(space, tokens))))
    assert effects == [2, 2, 2, 1, 1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("MobileNetV1Space", {"num_class": 10, "scale": 0.3}),
        ("MobileNetV2Space", {"num_class": 10}),
        ("MobileNetV1BlockSpace", {**FIVE, "num_class": 10}),
        ("MobileNetV2BlockSpace", {**FIVE, "num_class": 10}),
    ],
)
def test_every_point_builds_and_counts_as_it_runs(measured, name, parameters):
    space = published(name, **parameters)
    for seed in range(3):
        point = space.sample(Random(seed))
        cost = space.cost(point, SMALL)
        assert measured(space.build(point, init=False), SMALL) == (cost["params"], cost["macs"], (10,))


@pytest.mark.parametrize("name", ["MobileNetV1BlockSpace", "MobileNetV2BlockSpace"])
def test_sizes_without_a_halving_have_no_published_network(name):
    with pytest.raises(fgspace.DescriptionError) as raised:
        published(name, input_size=8, output_size=8, block_num=2)
    assert str(raised.value) == (
        "as_published needs an output_size below input_size; PaddleSlim builds no other network"
    )


def test_the_config_of_paddleslim_is_taken_and_what_a_whole_network_ignores_is_noted():
    config = {"input_size": 32, "output_size": 8, "block_num": 2}
    for name in ("MobileNetV1Space", "MobileNetV2Space"):
        with pytest.warns(UserWarning, match="ignores") as notes:
            space = fgspace.space([(name, config)])
        why = "a whole network has no blocks to place"
        assert [str(note.message) for note in notes] == [f"{name}: {name} ignores output_size and block_num: {why}"]
        assert space == fgspace.space([name])
