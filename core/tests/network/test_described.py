"""Described parts: inferred widths, references, foreign modules and functions, and the places of errors."""

import re

import pytest
import torch
from fgspace import Add, FineGrainedSpace, InWidth, ModuleRef, OutWidth, Sequential, nn
from fgspace.network.costs import Cost, PartError
from fgspace.network.parts.part import Leaf
from torch.utils.flop_counter import FlopCounterMode

SHAPE = (3, 16, 16)


class Gate(torch.nn.Module):
    """A module of another package, without a cost rule."""

    def __init__(self, in_channels: int, ratio: int = 2) -> None:
        super().__init__()
        self.fold = torch.nn.Linear(in_channels, in_channels // ratio)
        self.unfold = torch.nn.Linear(in_channels // ratio, in_channels)

    def forward(self, x):
        return x * self.unfold(self.fold(x.mean((2, 3)))).sigmoid()[..., None, None]


def make_gate(inchannel: int, ratio: int = 2) -> Gate:
    """A function that returns a module."""
    return Gate(inchannel, ratio)


def conv(inchannel: InWidth, outchannel: int) -> Leaf:
    """A function that returns a part."""
    return nn.Conv2d(inchannel, outchannel, 3, padding=1)


def secretly_a_part(inchannel: int):
    """A function that returns a part, without a return annotation."""
    return nn.Conv2d(inchannel, 8, 3)


class Block(FineGrainedSpace):
    """Written with a constructor."""

    def constructor(self, inchannel: InWidth, outchannel: int, stride: int = 1, out_plane: OutWidth = None) -> None:
        if stride > 2:
            raise ValueError(f"stride must be 1 or 2, got {stride!r}")
        self.label = "not a child"
        self.conv = nn.Conv2d(inchannel, outchannel, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outchannel)


class Plain(FineGrainedSpace):
    """Written with __init__."""

    def __init__(self, inchannel: InWidth, outchannel: int) -> None:
        self.conv = nn.Conv2d(inchannel, outchannel, 3, padding=1)
        self.relu = nn.ReLU()


class Row(FineGrainedSpace):
    """Calls a reference."""

    def constructor(self, inchannel: InWidth, block: ModuleRef, widths: list[int]) -> None:
        self.names = block.target.__name__ if not isinstance(block.target, str) else block.target
        for idx, width in enumerate(widths):
            setattr(self, f"block_{idx}", block(inchannel, width))
            inchannel = width


class Follower(FineGrainedSpace):
    """Lets the widths of its parts follow from the parts before."""

    def constructor(self, block: ModuleRef, widths: list[int]) -> None:
        for idx, width in enumerate(widths):
            setattr(self, f"block_{idx}", block(outchannel=width))
        self.head = {"type": "Conv2d", "out_channels": 2, "kernel_size": 1}


class Kept(FineGrainedSpace):
    """Sets a module that is already built."""

    def constructor(self, width: int) -> None:
        self.conv = torch.nn.Conv2d(width, width, 1)


THINGS = (Gate, make_gate, conv, secretly_a_part, Block, Plain, Row, Follower, Kept)


@pytest.fixture
def network(network_with):
    return network_with(*THINGS)


def chain(**parts):
    """Describe parts in a row."""
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def assert_counted(network, described, shape=SHAPE):
    """Check the cost of a description against the module that it builds; return the module."""
    module = network.build(described, shape).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        output = module(torch.zeros(1, *shape))
    params = sum(parameter.numel() for parameter in module.parameters())
    assert network.cost(described, shape) == Cost(params, counter.get_total_flops() // 2, tuple(output.shape[1:]))
    return module


def test_input_widths_follow_from_the_part_before_whatever_is_given(network):
    described = chain(
        first={"type": "Conv2d", "out_channels": 5, "kernel_size": 3},
        norm={"type": "BatchNorm2d", "num_features": 99},
        block={"type": "Block", "inchannel": "auto", "outchannel": 7},
        group={"type": "GroupNorm", "num_groups": 7},
        flat={"type": "Flatten"},
        head={"type": "Linear", "in_features": 1, "out_features": 4},
    )
    module = assert_counted(network, described)
    assert (module.norm.num_features, module.block.conv.in_channels, module.head.in_features) == (5, 5, 7 * 14 * 14)
    assert list(module.state_dict())[:3] == ["first.weight", "first.bias", "norm.weight"]


def test_parts_nest_and_keep_their_names(network):
    inner = chain(one={"type": "Conv2d", "out_channels": 4, "kernel_size": 1}, two={"type": "ReLU"})
    module = assert_counted(network, chain(stem=inner, body=chain(deep=inner)))
    assert [name for name, _ in module.named_parameters()] == [
        "stem.one.weight",
        "stem.one.bias",
        "body.deep.one.weight",
        "body.deep.one.bias",
    ]


def test_layers_have_a_row_each(network):
    rows = network.layers(chain(block={"type": "Block", "outchannel": 4}, relu={"type": "ReLU"}), SHAPE)
    assert [(row.path, row.type, row.in_shape, row.out_shape, row.params, row.macs) for row in rows] == [
        ("block.conv", "Conv2d", SHAPE, (4, 16, 16), 108, 108 * 256),
        ("block.norm", "BatchNorm2d", (4, 16, 16), (4, 16, 16), 8, 0),
        ("relu", "ReLU", (4, 16, 16), (4, 16, 16), 0, 0),
    ]


@pytest.mark.parametrize("kind", ["Gate", "make_gate", "test/Gate"])
def test_modules_of_others_are_measured(network, kind):
    described = chain(conv={"type": "conv", "outchannel": 8}, gate={"type": kind, "ratio": 4})
    assert_counted(network, described)
    rows = network.layers(described, SHAPE)
    assert [(row.path, row.type) for row in rows] == [
        ("conv", "Conv2d"),
        ("gate.fold", "Linear"),
        ("gate.unfold", "Linear"),
    ]


def test_attention_is_counted_by_what_torch_multiplies(network):
    layer = chain(layer={"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "batch_first": True})
    cost = network.cost(layer, (5, 8))
    length, width, hidden = 5, 8, 2048
    linear = length * (4 * width * width + 2 * width * hidden)
    assert cost.macs == linear + 2 * length * length * width
    assert cost.output_shape == (5, 8)


def test_lazy_modules_are_counted_with_the_parameters_they_get(network):
    assert network.cost({"type": "LazyConv2d", "out_channels": 4, "kernel_size": 1}, SHAPE).params == 16


def test_what_cannot_run_on_the_meta_device_runs_on_the_cpu(network_with):
    class Stubborn(torch.nn.Module):
        def forward(self, x):
            return x[:, : 1 + int(x.numpy().sum())]

    assert network_with(Stubborn).cost({"type": "Stubborn"}, SHAPE) == Cost(0, 0, (1, 16, 16))


def test_measuring_leaves_the_random_state_alone(network):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    network.cost({"type": "Gate"}, SHAPE)
    assert torch.equal(torch.get_rng_state(), before)


def test_composites_may_be_written_with_init(network):
    module = assert_counted(
        network, chain(one={"type": "Plain", "outchannel": 4}, two={"type": "Plain", "outchannel": 5})
    )
    assert list(module.state_dict()) == ["one.conv.weight", "one.conv.bias", "two.conv.weight", "two.conv.bias"]


@pytest.mark.parametrize("block", ["Block", "Plain", "conv", "Conv2d"])
def test_a_reference_is_called_with_the_rest(network, block):
    bound = {"kernel_size": 1} if block == "Conv2d" else {}
    module = assert_counted(network, chain(row={"type": "Row", "block": {"type": block, **bound}, "widths": [4, 5]}))
    assert [name for name, _ in module.row.named_children()] == ["block_0", "block_1"]


@pytest.mark.parametrize("block", ["Block", "Plain", "conv"])
def test_a_reference_called_without_a_width_follows(network, block):
    described = chain(row={"type": "Follower", "block": {"type": block}, "widths": [4, 5]})
    assert assert_counted(network, described).row.head.in_channels == 5


def test_what_a_reference_binds_is_kept_and_stands_under_what_it_is_called_with(network):
    block = {"type": "Block", "stride": 2, "outchannel": 99}
    module = assert_counted(network, chain(row={"type": "Row", "block": block, "widths": [4, 5]}))
    assert [child.conv.stride for child in module.row] == [(2, 2), (2, 2)]


def test_other_peoples_attributes_are_not_children(network):
    assert [name for name, _ in network.build({"type": "Block", "outchannel": 2}, SHAPE).named_children()] == [
        "conv",
        "norm",
    ]


def test_both_spellings_of_the_number_of_classes_are_taken(network_with):
    class Head(FineGrainedSpace):
        def constructor(self, in_plane: InWidth, num_classes: int) -> None:
            self.conv = nn.Conv2d(in_plane, num_classes, 1)

    assert network_with(Head).cost({"type": "Head", "num_class": 7}, SHAPE).output_shape == (7, 16, 16)


def test_a_module_in_a_constructor_stands_in_one_network_only(network):
    described = chain(one={"type": "Kept", "width": 3}, two={"type": "Kept", "width": 3})
    first, second = (assert_counted(network, described) for _ in range(2))
    assert len({id(module) for built in (first, second) for module in (built.one.conv, built.two.conv)}) == 4


def test_a_built_module_is_a_part_as_it_is(network):
    conv = torch.nn.Conv2d(3, 4, 1)
    part = Sequential(conv, nn.ReLU())
    assert network.build(part, SHAPE).Conv2d_0 is conv
    assert network.cost(part, SHAPE) == Cost(16, 12 * 256, (4, 16, 16))
    assert conv.weight.device.type == "cpu"


def test_a_part_can_be_built_twice_and_shares_nothing(network):
    part = Add(Block(3, 3), nn.Identity())
    first, second = network.build(part, SHAPE), network.build(part, SHAPE)
    assert {id(one) for one in first.parameters()}.isdisjoint({id(one) for one in second.parameters()})


def test_a_part_can_be_made_before_its_input_is_known(network):
    part = network.part({"type": "Block", "inchannel": 3, "outchannel": 4})
    assert network.cost(part, SHAPE).output_shape == (4, 16, 16)


def test_children_set_from_outside_count(network):
    one, two = FineGrainedSpace(), FineGrainedSpace()
    one.conv = nn.Conv2d(3, 4, 1)
    two.conv = nn.Conv2d(3, 5, 1)
    assert [network.cost(part, SHAPE).params for part in (one, two)] == [16, 20]
    one.conv = None
    assert network.cost(one, SHAPE) == Cost(0, 0, SHAPE)


REFUSALS = [
    ({"type": "Block"}, (), "Block: missing a required argument: 'outchannel'"),
    ({"type": "Block", "outchannel": 4, "depth": 2}, (), "Block: got an unexpected keyword argument 'depth'"),
    ({"type": "Block", "outchannel": 4, "stride": 3}, (), "stride must be 1 or 2, got 3"),
    (chain(a=chain(b={"type": "Block", "outchannel": 4, "stride": 3})), ("a", "b"), "stride must be 1 or 2, got 3"),
    ({"type": "Plain"}, (), "Plain: missing a required argument: 'outchannel'"),
    ({"type": "conv"}, (), "conv: missing a required argument: 'outchannel'"),
    ({"type": "Conv2d", "out_channels": 3}, (), "Conv2d: missing a required argument: 'kernel_size'"),
    (nn.Conv2d(3), (), "Conv2d: missing a required argument: 'out_channels'"),
    (nn.ReLU(inpalce=True), (), "ReLU: got an unexpected keyword argument 'inpalce'"),
    (nn.Conv4d(3), (), "torch.nn has no module 'Conv4d'"),
    (
        {"type": "Gate", "ratio": "x"},
        (),
        "Gate: unsupported operand type(s) for //: 'int' and 'str' (test_described.py:20)",
    ),
    (
        {"type": "secretly_a_part"},
        (),
        "secretly_a_part: expected an nn.Module, got Leaf; annotate the function as returning it",
    ),
    (
        chain(tuple={"type": "Tuple", "modules": [{"type": "ReLU"}]}, conv={"type": "conv", "outchannel": 4}),
        ("conv",),
        "inchannel: cannot follow, since the part before puts out 1 tensors; write it",
    ),
    (
        {"type": "Row", "block": {"type": "Block"}, "widths": [3, 0]},
        ("block_1", "conv"),
        "out_channels must be at least 1, got 0",
    ),
    (
        {"type": "FineGrainedSpace", "modules": ["a"]},
        (),
        "modules names 'a', but there is no part of that name",
    ),
]


@pytest.mark.parametrize(("described", "path", "message"), REFUSALS)
def test_what_a_type_refuses_is_said_with_its_place(network, described, path, message):
    for walk in (network.cost, network.layers, network.build):
        with pytest.raises(PartError) as caught:
            walk(described, SHAPE)
        assert (caught.value.path, caught.value.message) == (path, message)


def test_a_module_that_cannot_run_says_on_what(network):
    message = re.escape("Gate does not take an input of (4,): ")
    for node in (chain(gate={"type": "Gate"}), Sequential(gate=Gate(4))):
        with pytest.raises(PartError, match=f"^gate: {message}"):
            network.cost(node, (4,))
