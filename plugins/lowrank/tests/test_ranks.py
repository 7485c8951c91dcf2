"""The options of `LowRank`: what each means for the ranks of layers, and the message where it does not fit."""

import fgspace
import pytest
import torch
from fgspace import Choice
from fgspace.spaces.domains import Int
from fgspace_lowrank.domains import domains
from fgspace_lowrank.plan import Layer, Plan
from fgspace_lowrank.process import LowRank, LowRankWarning
from fgspace_lowrank.ranks import ranks_of
from torch import nn

NET = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Sequential(nn.Linear(32, 64), nn.Linear(64, 10)), nn.Linear(10, 1))
PLAN = LowRank.plan(NET, (32,))
NAMES = ("0", "2.0", "2.1", "3")


@pytest.mark.parametrize("outputs", range(1, 12))
@pytest.mark.parametrize("inputs", [1, 2, 5, 12, 30])
def test_the_highest_rank_is_the_last_that_has_fewer_weights(outputs, inputs):
    most = Layer("Linear", 1, outputs, inputs, 0).most
    assert most * (outputs + inputs) < outputs * inputs <= (most + 1) * (outputs + inputs)


@pytest.mark.parametrize(
    ("given", "ranks"),
    [
        (None, {}),
        ("full", {}),
        (8, {"0": 8, "2.0": 8, "2.1": 8}),
        (10, {"0": 10, "2.0": 10}),  # 9·(64 + 10) > 64·10: nothing is saved
        (1000, {}),
        (0.5, {"0": 8, "2.0": 10, "2.1": 4}),
        (0.001, {"0": 1, "2.0": 1, "2.1": 1}),
        (1.0, {}),
        ([4, "full", 0.5, 1], {"0": 4, "2.1": 4}),
        ({"2": 0.5}, {"2.0": 10, "2.1": 4}),
        ({"2": 0.5, "2.1": "full"}, {"2.0": 10}),
        ({"2.1": 3, "2": 5}, {"2.0": 5, "2.1": 3}),
        ({"0": 3, "3": 1}, {"0": 3}),
    ],
    ids=str,
)
def test_what_ranks_mean(given, ranks):
    assert LowRank(given).chosen(NET, (32,)) == ranks
    assert ranks_of(PLAN, given) == ranks
    small = fgspace.compress(NET, {"type": "LowRank", "ranks": given}, (32,))
    assert {name: small.get_submodule(name)[0].out_features for name in ranks} == ranks
    assert all(type(small.get_submodule(name)) is nn.Linear for name in NAMES if name not in ranks)


def test_a_share_bounds_the_weights_that_stay():
    small = fgspace.compress(NET, {"type": "LowRank", "ranks": {"2": 0.3}}, (32,))
    for whole, pair in zip(NET[2], small[2], strict=True):
        assert 0.2 < sum(one.weight.numel() for one in pair) / whole.weight.numel() <= 0.3


def test_the_rank_of_a_convolution_with_groups_is_that_of_each_group():
    net = nn.Sequential(nn.Conv2d(24, 36, 1, groups=3))
    small = fgspace.compress(net, {"type": "LowRank", "ranks": 2}, (24, 4, 4))
    assert [(one.in_channels, one.out_channels, one.groups) for one in small[0]] == [(24, 6, 3), (6, 36, 3)]


def test_the_default_domain_has_ranks_that_save_something_and_the_whole_layer():
    assert domains([], PLAN) == {
        "0": (Choice((1, 3, 5, 7, 9, 11, 13, 15, "full")), "full"),
        "2.0": (Choice((2, 5, 7, 10, 13, 15, 18, 21, "full")), "full"),
        "2.1": (Choice((1, 2, 3, 4, 5, 6, 7, 8, "full")), "full"),
    }


@pytest.mark.parametrize("most", range(1, 40))
def test_the_ranks_of_a_domain_are_few_and_end_at_the_highest(most):
    layer = Layer("Linear", 1, 2 * most + 1, 2 * most + 1, 0)
    ((domain, start),) = domains([], Plan({"fc": layer}, {})).values()
    *ranks, last = domain.options
    assert start == last == "full"
    assert ranks == sorted({*ranks})
    assert len(ranks) == min(most, 8)
    assert ranks[-1] == layer.most == most


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ranks": 0}, "ranks: expected a rank from 1, a share above 0.0 and up to 1.0, or 'full'; got 0"),
        ({"ranks": [8, -1]}, "ranks: expected a rank from 1, a share above 0.0 and up to 1.0, or 'full'; got -1"),
        ({"ranks": {"0": 1.5}}, "ranks: expected a rank from 1, a share above 0.0 and up to 1.0, or 'full'; got 1.5"),
        ({"energy": 0}, "energy: expected a share above 0 and up to 1, got 0"),
        ({"energy": 90.0}, "energy: expected a share above 0 and up to 1, got 90.0"),
        ({"energy": 0.9, "ranks": 0.5}, "energy: stands in place of ranks; write one of them"),
        (
            {"ranks": [8, 8]},
            "ranks: expected 4 values, one for each layer, got 2; the layers are 0 '0', 1 '2.0', 2 '2.1', 3 '3'",
        ),
        ({"ranks": {"2.2": 8}}, "ranks: '2.2' is no layer that can be factorised; did you mean '2.1'?"),
        (
            {"ranks": {"head": 8}},
            "ranks: 'head' is no layer that can be factorised; the layers are 0 '0', 1 '2.0', 2 '2.1', 3 '3'",
        ),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_told(options, message):
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(NET, {"type": "LowRank", **options}, (32,))
    assert str(caught.value) == f"process: {message}"


@pytest.mark.parametrize("given", ["half", True])
def test_a_value_of_another_kind_is_told(given):
    with pytest.raises(fgspace.DescriptionError) as caught:
        fgspace.compress(NET, {"type": "LowRank", "ranks": given}, (32,))
    assert str(caught.value) == (
        "process.ranks: expected int or float or 'full' or list[int or float or 'full'] or "
        f"dict[str, int or float or 'full'] or null, got {given}".replace("got half", "got 'half'")
    )


@pytest.mark.parametrize("ranks", [2, [], 0.5])
def test_a_network_without_such_layers_is_told(ranks):
    net, process = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), {"type": "LowRank", "ranks": ranks}
    message = (
        "nothing is factorised: expected linear layers or 1×1 convolutions, got a network without; leave LowRank out"
    )
    with pytest.warns(LowRankWarning) as warned:
        small = fgspace.compress(net, process, (3, 8, 8))
    assert [str(one.message) for one in warned] == [message]
    assert [*small.state_dict()] == [*net.state_dict()]
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(net, {**process, "strict": True}, (3, 8, 8))
    assert str(caught.value) == f"process: {message}"


def test_a_network_without_such_layers_has_no_domain():
    net = {"type": "FineGrainedSpace", "modules": ["conv", "lowrank"], "lowrank": {"type": "LowRank"}}
    net["conv"] = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}
    with pytest.raises(fgspace.DescriptionError) as caught:
        fgspace.space({**net, "hyper_parameters": ["lowrank.ranks"]})
    assert str(caught.value) == (
        "lowrank.ranks: the network has no linear layer or 1×1 convolution that a lower rank makes smaller"
    )


def test_energy_in_a_description_is_answered_with_what_to_write():
    net = {"type": "FineGrainedSpace", "modules": ["fc", "lowrank"], "lowrank": {"type": "LowRank", "energy": 0.9}}
    net |= {"fc": {"type": "Linear", "out_features": 8}, "input_shape": [32]}
    with pytest.raises(fgspace.DescriptionError) as caught:
        fgspace.build(net)
    assert str(caught.value) == (
        "lowrank: energy: a description has no trained weights for ranks to follow from; write the ranks that"
        " LowRank(energy=0.9).chosen(model, input_shape) returns"
    )


def test_energy_on_the_meta_device_is_an_error():
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(16, 16))
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(net, {"type": "LowRank", "energy": 0.9}, (16,))
    assert str(caught.value) == "process: energy: '0' has no values, on the meta device; write ranks"


def test_ranks_can_be_searched_by_domains_of_a_files_own():
    net = {"type": "FineGrainedSpace", "modules": ["fc", "lowrank"], "input_shape": [32]}
    net |= {"fc": {"type": "Linear", "out_features": 32}, "lowrank": {"type": "LowRank", "ranks": {"int": [1, 20]}}}
    space = fgspace.space(net)
    assert space.hyper_parameters == {"lowrank.ranks": Int(1, 20)}
    assert [space.cost({"lowrank.ranks": rank})["params"] for rank in (1, 15, 16, 20)] == [96, 992, 1056, 1056]
