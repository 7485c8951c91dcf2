"""`LowRank` beside other processes: after `Prune`, before `Prune` and `Quant`, and after itself."""

import random

import fgspace
import pytest
import torch
from fgspace import trace
from torch import nn

pytestmark = pytest.mark.needs("prune", "quant")

IMAGE = (3, 8, 8)
LOW, LOWER = {"type": "LowRank", "ranks": 0.6}, {"type": "LowRank", "ranks": 0.3}
PRUNE, QUANT = {"type": "Prune", "ratios": 0.3}, {"type": "Quant", "nbit_w_list": 8, "first_last": "same"}
NET = {
    "type": "Sequential",
    "modules": ["stem", "norm", "relu", "wide", "relu2", "thin", "pool", "flat", "hidden", "relu3", "head"],
    "stem": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3},
    "norm": {"type": "BatchNorm2d"},
    "relu": {"type": "ReLU"},
    "wide": {"type": "Conv2d", "out_channels": 48, "kernel_size": 1},
    "relu2": {"type": "ReLU"},
    "thin": {"type": "Conv2d", "out_channels": 16, "kernel_size": 1, "bias": False},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 2},
    "flat": {"type": "Flatten"},
    "hidden": {"type": "Linear", "out_features": 32},
    "relu3": {"type": "ReLU"},
    "head": {"type": "Linear", "out_features": 10},
}


def described(*processes):
    names = [f"process{index}" for index in range(len(processes))]
    parts = dict(zip(names, processes, strict=True))
    return {"type": "FineGrainedSpace", "modules": ["net", *names], "net": NET, **parts}


def needs(*processes):
    for process in processes:
        plugin = process["type"].lower()
        pytest.importorskip(f"fgspace_{plugin}", reason=f"needs the {plugin} plugin")


@pytest.mark.parametrize(
    "processes",
    [[LOW], [LOW, LOWER], [LOW, PRUNE], [PRUNE, LOW], [PRUNE, LOW, PRUNE], [LOW, PRUNE, LOWER]],
    ids=lambda processes: " ".join(one["type"] for one in processes),
)
def test_the_rows_after_processes_in_any_order_are_those_of_the_network_that_is_built(processes):
    needs(*(one for one in processes if one["type"] != "LowRank"))
    space = fgspace.space(described(*processes), input_shape=IMAGE)
    rows = space.network.layers(space.at(space.initial), IMAGE)
    assert rows == trace.rows(space.build(), IMAGE)
    assert space.cost() == {"params": sum(row.params for row in rows), "macs": sum(row.macs for row in rows)}
    whole = fgspace.space(described(*processes[:-1]), input_shape=IMAGE).cost()
    assert space.cost()["macs"] < whole["macs"]


def test_a_pruned_network_is_factorised_from_the_weights_that_it_kept():
    needs(PRUNE)
    net = fgspace.build(NET, input_shape=IMAGE).eval()
    pruned = fgspace.compress(net, PRUNE, IMAGE)
    small = fgspace.compress(pruned, {"type": "LowRank", "ranks": {"hidden": 4}}, IMAGE)
    left, values, right = torch.linalg.svd(pruned.hidden.weight)
    torch.testing.assert_close(small.hidden.weight, left[:, :4] * values[:4] @ right[:4])


def test_a_factorised_network_is_pruned_between_its_factors_too():
    needs(PRUNE)
    low = fgspace.compress(fgspace.build(NET, input_shape=IMAGE), {"type": "LowRank", "ranks": {"hidden": 8}}, IMAGE)
    small = fgspace.compress(low, {"type": "Prune", "widths": {"hidden.0": 5}}, IMAGE)
    assert [(one.in_features, one.out_features) for one in small.hidden] == [(64, 5), (5, 32)]
    assert (small.hidden.in_features, small.hidden.out_features) == (64, 32)


@pytest.mark.parametrize("processes", [[LOW, QUANT], [LOW, PRUNE, QUANT]], ids=["LowRank Quant", "LowRank Prune Quant"])
def test_a_factorised_network_is_quantised_factor_by_factor(processes):
    needs(*processes[1:])
    space = fgspace.space(described(*processes), input_shape=IMAGE)
    low = fgspace.build(described(*processes[:-1]), input_shape=IMAGE).eval()
    macs = sum(row.macs for row in trace.rows(low, IMAGE))
    assert (space.cost()["macs"], space.cost()["bops"]) == (macs, 64 * macs)
    quantised, x = fgspace.compress(low, QUANT, IMAGE), torch.randn(8, *IMAGE)
    assert {"net.hidden.0", "net.hidden.1"} <= {*quantised.plan.bits}
    quantised.calibrate([x])
    with torch.no_grad():
        assert (quantised(x) - low(x)).norm() < 0.05 * low(x).norm()


def test_ranks_and_widths_and_bits_are_searched_together():
    needs(PRUNE, QUANT)
    net = described({"type": "LowRank"}, {"type": "Prune"}, {"type": "Quant"})
    apart = ["process0.ranks", "process1.widths", "process2.nbit_w_list"]
    space = fgspace.space({**net, "hyper_parameters": apart}, input_shape=IMAGE)
    assert space.initial["process0.ranks.net.hidden"] == "full"
    space = fgspace.space({**net, "hyper_parameters": apart[:1]}, input_shape=IMAGE)
    for seed in range(3):
        assert space.build(space.sample(random.Random(seed))).eval()(torch.zeros(1, *IMAGE)).shape == (1, 10)


def test_a_network_that_is_quantised_first_is_refused():
    needs(QUANT)
    message = "the network is quantised before it is factorised; write LowRank before Quant in modules"
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.build(described(QUANT, LOW), input_shape=IMAGE)
    assert str(caught.value) == f"process1: {message}"
    quantised = fgspace.compress(fgspace.build(NET, input_shape=IMAGE), QUANT, IMAGE)
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(quantised, LOW, IMAGE)
    assert str(caught.value) == f"process: {message}"


def test_a_network_that_is_masked_is_refused_since_its_masks_name_its_weights():
    needs(PRUNE)
    net = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 16))
    masked = fgspace.compress(net, {**PRUNE, "physical": False}, (16,))
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(masked, {"type": "LowRank", "ranks": {"2": 4}}, (16,))
    assert str(caught.value) == (
        "process: its code does not run with two layers in place of one: KeyError: '2.weight';"
        " leave this layer out of ranks"
    )
