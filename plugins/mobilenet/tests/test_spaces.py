"""Token spaces: the published networks are their initial points, and every point is a network."""

import pytest
import torch
from fgspace_mobilenet.block_spaces import MobileNetV1BlockSpace, MobileNetV2BlockSpace
from fgspace_mobilenet.spaces import MobileNetV1Space, MobileNetV2Space
from hypothesis import given, settings
from hypothesis import strategies as st

LARGE, SMALL = (3, 224, 224), (3, 32, 32)
MASK = [0, 1, 1, 1, 1, 0, 1, 0]
SPACES = {
    "MobileNetV1Space": (MobileNetV1Space(), SMALL),
    "MobileNetV1Space, scaled, with a head": (MobileNetV1Space(num_class=10, scale=0.3), SMALL),
    "MobileNetV2Space": (MobileNetV2Space(), SMALL),
    "MobileNetV2Space, scaled, with a head": (MobileNetV2Space(num_class=10, scale=1.3), SMALL),
    "MobileNetV1BlockSpace": (MobileNetV1BlockSpace(MASK), SMALL),
    "MobileNetV2BlockSpace": (MobileNetV2BlockSpace(block_num=4, input_size=32, output_size=8, num_class=10), SMALL),
}
# PaddleSlim's search over MobileNetV2Space ended at these tokens.
PUBLISHED = [4, 4, 5, 1, 1, 2, 1, 1, 0, 2, 6, 2, 0, 3, 4, 5, 0, 4, 5, 5, 1, 4, 8, 0, 0]


def counted(network, space, shape, tokens=None):
    cost = network.cost(space.token2arch(tokens or space.init_tokens()), shape)
    return cost.params, cost.macs


def test_the_range_tables_are_those_of_the_reference():
    tables = {
        "v1": [7, 8, 8, 2, 8, 10, 2, 10, 10, 2, 10, 12, 2, 12, 11, 2, 11, 14, 2, 6, 14, 13, 2, 13, 12, 2, 12, 12, 2],
        "v2": [7, 5, 8, 6, 2, 5, 8, 6, 2, 5, 8, 6, 2, 5, 10, 6, 2, 5, 10, 6, 2, 5, 12, 6, 2],
        "v1 blocks": [25, 25, 2] * 8,
        "v2 blocks": [6, 20, 6, 2] * 8,
    }
    spaces = MobileNetV1Space(), MobileNetV2Space(), MobileNetV1BlockSpace(MASK), MobileNetV2BlockSpace(MASK)
    assert [space.range_table() for space in spaces] == list(tables.values())


@pytest.mark.parametrize(("shape", "macs"), [(LARGE, 567_716_352), (SMALL, 11_586_048)])
def test_mobilenet_v1_counts_as_the_reference_does(network, shape, macs):
    assert counted(network, MobileNetV1Space(), shape) == (3_185_088 + 21_888, macs)


@pytest.mark.parametrize(("shape", "macs"), [(LARGE, 312_339_328), (SMALL, 6_374_272)])
def test_mobilenet_v2_counts_as_the_reference_does_where_it_always_expands(network, shape, macs):
    assert counted(network, MobileNetV2Space(always_expand=True), shape) == (2_190_784 + 34_176, macs)


@pytest.mark.parametrize(("shape", "reference"), [(LARGE, 312_339_328), (SMALL, 6_374_272)])
def test_mobilenet_v2_itself_has_one_convolution_less_than_the_reference(network, shape, reference):
    """MobileNetV2 does not widen at expansion 1; the reference puts a 1x1 convolution of 32 to 32 channels there."""
    params, macs = counted(network, MobileNetV2Space(), shape)
    assert params == 2_190_784 + 34_176 - 32 * 32 - 2 * 32
    assert macs == reference - 32 * 32 * (shape[1] // 2) * (shape[2] // 2)


def test_the_published_tokens_count_as_published(network):
    space = MobileNetV2Space(num_class=1000, always_expand=True)
    assert counted(network, space, LARGE, PUBLISHED)[1] == 295_056_560


@pytest.mark.parametrize(
    ("space", "name"), [(MobileNetV1Space(1000), "MobileNetV1"), (MobileNetV2Space(1000), "MobileNetV2")]
)
def test_the_initial_tokens_are_the_network_itself(network, space, name):
    published = network.cost({"type": name, "num_class": 1000}, LARGE)
    assert counted(network, space, LARGE) == (published.params, published.macs)


@pytest.mark.parametrize("space", [space for space, _ in SPACES.values()], ids=SPACES)
def test_the_initial_tokens_lie_in_the_range_table(space):
    pairs = zip(space.init_tokens(), space.range_table(), strict=True)
    assert all(0 <= token < bound for token, bound in pairs)


def test_the_initial_blocks_double_where_they_halve():
    space = MobileNetV2BlockSpace([0, 1, 0, 1])
    description = space.token2arch(space.init_tokens())
    rows = [description[name] for name in description["modules"]]
    assert [(row["oup"], row["stride"]) for row in rows] == [(16, 1), (32, 2), (32, 1), (64, 2)]


@pytest.mark.parametrize(("space", "shape"), SPACES.values(), ids=SPACES)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_every_point_builds_and_counts_as_it_runs(network, measured, space, shape, data):
    tokens = data.draw(st.tuples(*(st.integers(0, bound - 1) for bound in space.range_table())))
    description = space.token2arch(tokens)
    cost = network.cost(description, shape)
    with torch.device("meta"):
        model = network.build(description, shape)
    assert (cost.params, cost.macs, cost.output_shape) == measured(model, shape)


@pytest.mark.parametrize("name", ["MobileNetV1BlockSpace", "MobileNetV2BlockSpace"])
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_a_row_of_blocks_halves_as_its_mask_says(network, name, data):
    space = {"MobileNetV1BlockSpace": MobileNetV1BlockSpace, "MobileNetV2BlockSpace": MobileNetV2BlockSpace}[name](MASK)
    tokens = data.draw(st.tuples(*(st.integers(0, bound - 1) for bound in space.range_table())))
    assert network.cost(space.token2arch(tokens), (3, 64, 96)).output_shape[1:] == (2, 3)


def test_every_convolution_of_mobilenet_v1_space_has_its_activation(network):
    space = MobileNetV1Space()
    model = network.build(space.token2arch(space.init_tokens()), SMALL, init=False)
    kinds = [type(module).__name__ for module in model.modules() if not list(module.children())]
    assert kinds == ["Conv2d", "BatchNorm2d", "ReLU"] * 27
