"""The rows after `LowRank`, from the rows before and the plan: those of the network that is really factorised."""

import copy
import random

import fgspace
import pytest
import torch
from fgspace import trace
from fgspace_lowrank.domains import domains
from fgspace_lowrank.process import LowRank
from lowrank_nets import IMAGE, SPECIAL, drawn
from torch import nn

pytestmark = pytest.mark.filterwarnings("ignore::fgspace_lowrank.process.LowRankWarning")


def counted(model, shape, ranks):
    """Return the rows that follow from the plan, and those of the factorised network as it runs."""
    rows, plan = trace.rows(model, shape), LowRank.plan(model, shape)
    small = fgspace.compress(model, {"type": "LowRank", "ranks": ranks}, shape)
    return LowRank(ranks).layers_after(rows, plan), trace.rows(small, shape)


def drawn_ranks(model, shape, seed):
    rng = random.Random(seed)
    return {name: domain.sample(rng) for name, (domain, _) in domains([], LowRank.plan(model, shape)).items()}


@pytest.mark.parametrize("seed", range(40))
def test_the_rows_of_a_network_drawn_at_random_are_those_of_the_factorised_one(seed):
    model, shape = drawn(seed)
    follow, found = counted(model, shape, drawn_ranks(model, shape, seed))
    assert follow == found


@pytest.mark.parametrize("net", SPECIAL, ids=lambda net: net.__name__)
@pytest.mark.parametrize("ranks", [0.5, 1, 3])
def test_the_rows_of_a_network_that_is_easily_got_wrong_are_those_of_the_factorised_one(net, ranks):
    follow, found = counted(*net(), ranks)
    assert follow == found


@pytest.mark.parametrize("net", SPECIAL, ids=lambda net: net.__name__)
def test_the_plan_needs_no_values_and_leaves_the_model_as_it_was(net):
    model, shape = net()
    before = copy.deepcopy(model).state_dict()
    plan = LowRank.plan(model, shape)
    with torch.device("meta"):
        assert LowRank.plan(net()[0], shape) == plan
    assert model.training
    assert [*model.state_dict()] == [*before]
    assert all(nn.parameter.is_lazy(one) or torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_a_described_network_is_counted_without_building_it():
    net = {
        "type": "FineGrainedSpace",
        "modules": ["stem", "body", "pool", "flat", "lowrank", "head"],
        "stem": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3},
        "body": {
            "type": "Add",
            "modules": ["one", "two"],
            "one": {"type": "Conv2d", "out_channels": 24, "kernel_size": 1},
            "two": {"type": "Conv2d", "out_channels": 24, "kernel_size": 1, "groups": 2},
        },
        "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
        "flat": {"type": "Flatten"},
        "head": {"type": "Linear", "out_features": 10},
        "lowrank": {"type": "LowRank"},
    }
    space = fgspace.space({**net, "hyper_parameters": ["lowrank.ranks"]}, input_shape=IMAGE)
    for seed in range(5):
        point = space.sample(random.Random(seed))
        rows = space.network.layers(space.at(point), IMAGE)
        assert rows == trace.rows(space.build(point), IMAGE)
        assert space.cost(point) == {"params": sum(row.params for row in rows), "macs": sum(row.macs for row in rows)}


def test_a_layer_that_is_called_twice_counts_its_parameters_once():
    layer = nn.Linear(16, 16)
    follow, _ = counted(nn.Sequential(layer, nn.ReLU(), layer), (16,), 2)
    assert [(row.path, row.call, row.in_shape, row.out_shape, row.params, row.macs) for row in follow] == [
        ("0.0", 0, (16,), (2,), 32, 32),
        ("0.1", 0, (2,), (16,), 48, 32),
        ("1", 0, (16,), (16,), 0, 0),
        ("0.0", 1, (16,), (2,), 0, 32),
        ("0.1", 1, (2,), (16,), 0, 32),
    ]
