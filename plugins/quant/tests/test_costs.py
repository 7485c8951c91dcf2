"""What quantised networks cost: the figures of the originals' tables, and sums done by hand."""

import fgspace
import pytest
import torch
from fgspace_quant.process import Quant, layer_names
from nets import Branches
from torch import nn

RESNET20 = {"type": "ResNet", "depth": 20, "small_input": True}
SEED_W = [8, 4, 8, 4, 4, 8, 8, 8, 8, 4, 4, 8, 4, 4, 4, 4, 8, 4, 8, 8]
SEED_A = [8, 4, 4, 8, 8, 4, 8, 8, 8, 8, 4, 8, 8, 4, 8, 4, 8, 4, 8, 8]


def described(quant, net=RESNET20):
    return {"type": "FineGrainedSpace", "modules": ["net", "quant"], "net": net, "quant": {"type": "Quant", **quant}}


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
@pytest.mark.parametrize(
    ("weights", "activations", "bops", "vega_flops"),
    [
        (SEED_W, SEED_A, 2_106_195_968, 513_196_672),
        ([8] * 20, [8] * 20, 3_037_331_456, 646_365_824),
        ([4] * 20, [4] * 20, 1_099_563_008, 323_404_416),
        ([32] * 20, [32] * 20, 41_792_700_416, 2_584_134_272),
    ],
    ids=["seed", "w8a8", "w4a4", "w32a32"],
)
def test_bops_and_the_originals_flops_of_resnet20(network, weights, activations, bops, vega_flops):
    cost = network.cost(described({"nbit_w_list": weights, "nbit_a_list": activations}), (3, 32, 32))
    assert (cost.params, cost.macs) == (272_474, 40_813_184)
    assert cost.extra["bops"] == bops
    assert cost.extra["vega_flops"] == vega_flops


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_ends_count_64_with_8_bits_by_default(network):
    cost = network.cost(described({"nbit_w_list": 4, "nbit_a_list": 4}), (3, 32, 32))
    stem_and_head = 442_368 + 640
    assert cost.extra["bops"] == (40_813_184 - stem_and_head) * 16 + stem_and_head * 64


def test_bytes_of_a_small_network_by_hand(network):
    net = {
        "type": "Sequential",
        "modules": ["a", "bn", "relu", "b", "flat", "c"],
        "a": {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "bias": False},
        "bn": {"type": "BatchNorm2d"},
        "relu": {"type": "ReLU"},
        "b": {"type": "Conv2d", "out_channels": 5, "kernel_size": 1},
        "flat": {"type": "Flatten"},
        "c": {"type": "Linear", "out_features": 10},
    }
    cost = network.cost(described({"nbit_w_list": [8, 4, 2], "nbit_a_list": [8, 2, 4]}, net), (3, 6, 6))
    weights = 108 + 20 * 4 // 8 + 1800 * 2 // 8
    assert cost.extra["weight_bytes"] == weights + 4 * (4 + 5 + 10) + 4 * (4 + 5 + 10)
    assert cost.extra["act_bytes_peak"] == max(3 * 36 + 4 * 36 // 4, 4 * 36 // 4 + 5 * 36 // 2, 5 * 36 // 2 + 10 * 4)
    assert cost.extra["vega_params"] == 108 * 8 + 20 * 4 + 1800 * 2


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_a_float_network_has_bytes_too(network):
    cost = network.cost(described({"nbit_w_list": 32, "nbit_a_list": 32}), (3, 32, 32))
    norms = 2 * sum([16 * 7, 32 * 7, 64 * 7])
    folded = norms // 2
    assert cost.extra["weight_bytes"] == 4 * (272_474 - norms + folded)
    assert cost.extra["act_bytes_peak"] == 4 * 2 * 16 * 32 * 32


def test_a_layer_that_runs_twice_is_stored_once(network):
    conv = {"type": "Conv2d", "out_channels": 3, "kernel_size": 1, "bias": False}
    net = {"type": "Map", "modules": ["conv"], "conv": conv}
    rows = network.layers(net, ((3, 4, 4), (3, 4, 4)))
    once, twice = rows[:1], rows
    costs = [Quant(8, 8, first_last="same").cost(some) for some in (once, twice)]
    assert costs[1]["weight_bytes"] == costs[0]["weight_bytes"] == 9 + 4 * 3
    assert costs[1]["bops"] == 2 * costs[0]["bops"] == 2 * 9 * 16 * 64


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
@pytest.mark.parametrize("bits", [8, SEED_W], ids=["8", "seed"])
def test_a_model_counts_as_its_description_does(network, bits):
    cost = network.cost(described({"nbit_w_list": bits}), (3, 32, 32))
    counted = Quant(bits).count(network.build(RESNET20, (3, 32, 32)).to("meta"), (3, 32, 32))
    assert counted == cost.extra


def test_layers_that_no_description_shows_are_counted_too():
    counted = Quant(4, 8, first_last="same").count(Branches(), (1, 8, 8))
    macs = 64 * (36 + 3 * 144 + 24) + 32
    assert counted["bops"] == macs * 32


def test_the_layers_of_a_module_of_others_are_counted_by_its_rows(network):
    rows = network.layers(Branches(), (1, 8, 8))
    quant = Quant([8, 4, 4, 4, 8], 8)
    assert quant.cost(rows) == quant.count(Branches(), (1, 8, 8))
    assert layer_names(rows) == ["a", "b", "down", "up", "out"]
    model = fgspace.compress(Branches(), {"type": "Quant", "nbit_w_list": [8, 4, 4, 4, 8]}, (1, 8, 8))
    assert {name: bits.weight for name, bits in model.plan.bits.items()} == dict(
        zip(layer_names(rows), [8, 4, 4, 4, 8], strict=True)
    )


def test_layers_are_numbered_as_they_run_and_not_as_they_are_registered(network):
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first = nn.Linear(4, 2), nn.Linear(8, 4)

        def forward(self, x):
            return self.last(self.first(x))

    rows = network.layers(Backwards(), (8,))
    quant = Quant([2, 8], 8, first_last="same")
    assert quant.cost(rows)["bops"] == (32 * 2 + 8 * 8) * 8
    assert {name: bits.weight for name, bits in quant(Backwards(), (8,)).plan.bits.items()} == {"first": 2, "last": 8}


def test_parameters_that_nothing_reads_have_no_bytes(network):
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.spare = nn.Linear(8, 4, bias=False), nn.Linear(100, 1)
            self.added = nn.Parameter(torch.zeros(4))

        def forward(self, x):
            return self.layer(x) + self.added

    rows = network.layers(Spare(), (8,))
    assert sum(row.params for row in rows) == 32 + 4 + 101
    assert Quant(8, 8, first_last="same").cost(rows)["weight_bytes"] == 32 + 4 * 4 + 4 * 4


def test_windows_that_run_as_a_batch_do_not_change_the_number_of_weights(network):
    class Windows(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.conv = nn.Linear(8, 6), nn.Conv2d(1, 2, 3)

        def forward(self, x):
            return self.conv(self.layer(x.view(-1, 4, 8)).view(-1, 1, 4, 6)).flatten(1)

    rows = network.layers(Windows(), (16, 8))
    assert rows[1].out_shape == (4, 2, 2, 4)
    assert Quant(8, 8, first_last="same").cost(rows)["weight_bytes"] == 48 + 18 + 4 * 2 * (6 + 2)


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_counting_is_quiet_of_a_surplus_and_refuses_it_under_strict(network):
    net = {"type": "ResNet", "depth": 18}
    given = {"nbit_w_list": SEED_W, "nbit_a_list": SEED_A}
    assert network.cost(described(given, net), (3, 32, 32)).extra["vega_flops"] == 409_785_344
    with pytest.raises(ValueError, match=r"^quant: nbit_w_list: expected 21 values"):
        network.cost(described({**given, "strict": True}, net), (3, 32, 32))
