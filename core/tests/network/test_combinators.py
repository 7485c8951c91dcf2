"""Combinators compared with torch code: their results, output shapes, costs, and the names of their children."""

import re

import pytest
import torch
from fgspace import Add, Append, Concat, FineGrainedSpace, Interpolate, Map, Merge, Repeat, Sequential, Tuple, View, nn
from fgspace.network.costs import PartError
from fgspace.network.parts.part import NOTHING
from torch.utils.flop_counter import FlopCounterMode

SHAPE = (3, 8, 8)


@pytest.fixture
def x():
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(0))


def shapes(output):
    return tuple(map(shapes, output)) if isinstance(output, tuple | list) else tuple(output.shape[1:])


def assert_counted(network, part, shape):
    """Check the cost of a part against the module that it builds; return the module."""
    module = network.build(part, shape).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        output = module(torch.zeros(1, *shape))
    cost = network.cost(part, shape)
    assert cost.output_shape == shapes(output)
    assert cost.params == sum(parameter.numel() for parameter in module.parameters())
    assert cost.macs == counter.get_total_flops() // 2
    rows = network.layers(part, shape)
    assert (sum(row.params for row in rows), sum(row.macs for row in rows)) == (cost.params, cost.macs)
    return module


def test_sequential_is_a_chain(network, x):
    module = assert_counted(network, Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), SHAPE)
    torch.testing.assert_close(module(x), torch.relu(module.Conv2d_0(x)))


def test_sequential_puts_out_the_list_that_out_list_names(network, x):
    part = Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), out_list=[1, -1])
    module = assert_counted(network, part, SHAPE)
    one = torch.relu(module.Conv2d_0(x))
    output = module(x)
    assert isinstance(output, list)
    torch.testing.assert_close(output, [one, module.Conv2d_2(one)])


def test_add_sums_its_branches_and_leaves_the_input_alone(network, x):
    module = assert_counted(network, Add(nn.Identity(), nn.Identity(), nn.Conv2d(3, 3, 1)), SHAPE)
    before = x.clone()
    torch.testing.assert_close(module(x), x + x + module.Conv2d_2(x))
    torch.testing.assert_close(x, before)


def test_append_puts_out_every_step_of_a_chain(network, x):
    module = assert_counted(network, Append(nn.Conv2d(3, 4, 3), nn.ReLU()), SHAPE)
    one = module.Conv2d_0(x)
    torch.testing.assert_close(module(x), (one, torch.relu(one)))


def test_concat_joins_the_channels(network, x):
    module = assert_counted(network, Concat(nn.Conv2d(3, 4, 1), nn.Identity(), nn.Conv2d(3, 2, 1)), SHAPE)
    torch.testing.assert_close(module(x), torch.cat([module.Conv2d_0(x), x, module.Conv2d_2(x)], dim=1))


def test_tuple_puts_out_every_branch(network, x):
    module = assert_counted(network, Tuple(nn.Conv2d(3, 4, 1), nn.Flatten()), SHAPE)
    torch.testing.assert_close(module(x), (module.Conv2d_0(x), x.flatten(1)))


def test_map_runs_one_part_with_the_same_weights_on_each_element(network, x):
    module = assert_counted(network, Sequential(Tuple(nn.MaxPool2d(2), nn.Identity()), Map(nn.Conv2d(3, 4, 1))), SHAPE)
    conv = module.Map_1.Conv2d_0
    torch.testing.assert_close(module(x), (conv(nn_pool(x)), conv(x)))


def nn_pool(x):
    return torch.nn.functional.max_pool2d(x, 2)


def test_merge_feeds_each_part_all_outputs_so_far(network, x):
    part = Merge(nn.Conv2d(3, 4, 1), Map(nn.Conv2d(4, 4, 1)), Map(nn.ReLU()))
    module = assert_counted(network, part, SHAPE)
    one = module.Conv2d_0(x)
    two = module.Map_1.Conv2d_0(one)
    torch.testing.assert_close(module(x), (one, two, torch.relu(one), torch.relu(two)))


def test_interpolate_resizes_to_the_height_and_width_of_its_input(network):
    module = assert_counted(network, Interpolate(nn.Conv2d(3, 4, 3, stride=2)), (3, 9, 6))
    x = torch.randn(2, 3, 9, 6)
    expected = torch.nn.functional.interpolate(module.Conv2d_0(x), (9, 6), mode="bilinear", align_corners=True)
    torch.testing.assert_close(module(x), expected)


def test_view_flattens_all_but_the_batch(network, x):
    torch.testing.assert_close(assert_counted(network, View(), SHAPE)(x), x.view(2, -1))


def test_children_by_keyword_have_their_own_names(network):
    module = network.build(Add(conv=nn.Conv2d(3, 3, 1), shortcut=nn.Identity()), SHAPE)
    assert list(module.state_dict()) == ["conv.weight", "conv.bias"]
    assert [name for name, _ in module.named_children()] == ["conv", "shortcut"]


def test_children_that_are_none_are_left_out(network, x):
    module = network.build(Add(nn.Conv2d(3, 3, 1), None, shortcut=None), SHAPE)
    assert [name for name, _ in module.named_children()] == ["Conv2d_0"]
    torch.testing.assert_close(module(x), module.Conv2d_0(x))


def test_a_description_lists_modules_by_name_or_in_place(network, x):
    described = {
        "type": "Add",
        "modules": ["conv", "shortcut"],
        "conv": {"type": "Conv2d", "out_channels": 3, "kernel_size": 1},
        "shortcut": {"type": "Identity"},
    }
    module = assert_counted(network, described, SHAPE)
    torch.testing.assert_close(module(x), module.conv(x) + x)
    in_place = {
        "type": "fgspace/Sequential",
        "out_list": [0],
        "modules": [{"type": "Conv2d", "out_channels": 3, "kernel_size": 1}, {"type": "fgspace/Flatten"}],
    }
    module = assert_counted(network, in_place, SHAPE)
    assert [name for name, _ in module.named_children()] == ["Conv2d_0", "Flatten_1"]


def test_a_torch_sequential_of_parts_is_the_combinator():
    assert nn.Sequential is Sequential


def test_copies_take_each_its_own_value_of_a_list(network):
    items = {"in_channels": [3, 4, 5], "out_channels": [4, 5, 6], "kernel_size": 1}
    module = assert_counted(network, Repeat(3, items, nn.Conv2d), SHAPE)
    assert [name for name, _ in module.named_children()] == ["layers_0", "layers_1", "layers_2"]
    assert [layer.out_channels for layer in module] == [4, 5, 6]


def test_described_copies_need_no_input_widths(network):
    described = {
        "type": "Repeat",
        "num_reps": 3,
        "items": {"out_channels": [4, 5, 6], "stride": 1},
        "ref": {"type": "Conv2d", "kernel_size": 1, "bias": False},
    }
    module = assert_counted(network, described, SHAPE)
    assert list(module.state_dict()) == ["layers_0.weight", "layers_1.weight", "layers_2.weight"]
    assert [(layer.in_channels, layer.out_channels) for layer in module] == [(3, 4), (4, 5), (5, 6)]


def test_items_reach_into_the_reference_by_dotted_keys(network):
    block = {
        "type": "FineGrainedSpace",
        "modules": ["conv", "norm"],
        "conv": {"type": "Conv2d", "kernel_size": 3, "out_channels": 1},
        "norm": {"type": "BatchNorm2d"},
    }
    items = {"conv.out_channels": [4, 5], "conv.padding": 1}
    module = assert_counted(network, {"type": "Repeat", "num_reps": 2, "items": items, "ref": block}, SHAPE)
    assert [(layer.conv.out_channels, layer.conv.padding) for layer in module] == [(4, (1, 1)), (5, (1, 1))]
    assert block["conv"]["out_channels"] == 1


REFUSALS = [
    (
        Add(nn.Conv2d(3, 64, 1, 2), nn.Conv2d(3, 32, 1, 2)),
        (),
        "add: branches put out (64, 4, 4) and (32, 4, 4); all must be equal",
    ),
    (
        Add(nn.Identity(), nn.Identity(), nn.Flatten()),
        (),
        "add: branches put out (3, 8, 8), (3, 8, 8) and (192,); all must be equal",
    ),
    (Add(), (), "add: has no parts; give at least one"),
    (Concat(), (), "concat: has no parts; give at least one"),
    (
        Concat(nn.Identity(), nn.MaxPool2d(2)),
        (),
        "concat: branches put out (3, 8, 8) and (3, 4, 4); all but the channels must be equal",
    ),
    (Map(nn.ReLU()), (), "map: expected a sequence of inputs, got one of (3, 8, 8)"),
    (Map(nn.ReLU(), nn.ReLU()), (), "map: expected one part, got 2"),
    (
        Interpolate(nn.Flatten()),
        (),
        "interpolate: expected (C, H, W) in and out, got (3, 8, 8) in and (192,) out",
    ),
    (Sequential(nn.ReLU(), out_list=[1]), (), "out_list: expected indices of the 1 parts, got 1"),
    (
        Repeat(9, {"inchannel": [1] * 7}, nn.ReLU),
        (),
        "items.inchannel: expected 9 values (num_reps), got 7; "
        "write one for each copy, or one for all without brackets",
    ),
    (Repeat(0, {}, nn.ReLU), (), "num_reps must be at least 1, got 0"),
    (
        Repeat(1, {"conv.stride": 2}, {"type": "Conv2d"}),
        (),
        "items.conv.stride: ref has no part 'conv'",
    ),
    (
        Sequential(one=nn.ReLU(), two=Sequential(conv=nn.Conv2d(4, 3, 1))),
        ("two", "conv"),
        "in_channels is 4, but the input has 3 channels; it is (3, 8, 8)",
    ),
]


@pytest.mark.parametrize(("part", "path", "message"), REFUSALS)
def test_parts_that_do_not_fit_say_so(network, part, path, message):
    for walk in (network.cost, network.layers, network.build):
        with pytest.raises(PartError) as caught:
            walk(part, SHAPE)
        assert (caught.value.path, caught.value.message) == (path, message)


def test_the_error_reads_path_first():
    assert str(PartError("is wrong", ("layer", "conv"))) == "layer.conv: is wrong"
    assert str(PartError("is wrong")) == "is wrong"


@pytest.mark.parametrize("name", ["train", "0.weight"])
def test_a_name_that_a_module_cannot_give_is_refused(network, name):
    part = FineGrainedSpace()
    part.add(name, nn.ReLU())
    message = f"{name}: is a name that nn.Module cannot give a child; call the part something else"
    with pytest.raises(PartError, match=f"^{re.escape(message)}$"):
        network.build(part, SHAPE)


def test_a_leaf_without_keywords_shares_none():
    assert nn.ReLU().kwargs is NOTHING
