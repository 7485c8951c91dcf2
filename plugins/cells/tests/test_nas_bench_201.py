"""NAS-Bench-201: the cell computes what the paper says, and networks count as the table of the benchmark has it."""

import csv
import gzip
import re
from itertools import product
from pathlib import Path
from random import Random

import pytest
import torch
from fgspace_cells.catalogue import NAS_BENCH_201
from fgspace_cells.cell_strings import write_cell
from fgspace_cells.nas_bench_201 import NasBench201, NasBench201Cell
from torch import nn

TABLE = Path(__file__).parents[4] / "shared" / "data" / "nas-bench-201" / "table.csv.gz"
SAMPLE = 500
SHAPE = (3, 32, 32)
CONVOLUTIONS = ["nor_conv_3x3"] * 6
BEST = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"


def rows():
    """Return the rows of the table; the test is skipped where there is none."""
    if not TABLE.exists():
        pytest.skip("nas-bench-201/table.csv.gz is not in ../shared/data")
    with gzip.open(TABLE, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_sampled_networks_have_the_parameters_and_multiply_adds_of_the_table(network):
    """`benchmarks/nas_bench_201.py` compares all 15,625."""
    for row in Random(0).sample(rows(), SAMPLE):
        cost = network.cost({"type": "NasBench201", "cell": row["arch"]}, SHAPE)
        assert f"{cost.params / 1e6:.6f} {cost.macs / 1e6:.4f}" == f"{row['params_m']} {row['macs_m']}", row["arch"]


def test_the_cells_of_the_table_are_all_cells():
    assert {row["arch"] for row in rows()} == {write_cell(cell) for cell in product(NAS_BENCH_201, repeat=6)}


def test_the_smallest_and_the_largest_network_count_as_published(network):
    """0.073306 and 1.531546 million parameters, and the multiply-adds of a plain implementation."""
    costs = {
        name: network.cost({"type": "NasBench201", "cell": [name] * 6}, SHAPE) for name in ("none", "nor_conv_3x3")
    }
    assert (costs["none"].params, costs["none"].macs) == (73_306, 7_783_040)
    assert (costs["nor_conv_3x3"].params, costs["nor_conv_3x3"].macs) == (1_531_546, 220_119_680)


class Plain(nn.Module):
    """The network of the paper, written without fgspace."""

    def __init__(self, cell, channels, cells, num_class):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))
        self.body = nn.ModuleList()
        for stage in range(3):
            width = channels * 2**stage
            if stage:
                self.body.append(PlainResidual(width // 2, width))
            self.body.extend(PlainCell(cell, width) for _ in range(cells))
        self.last = nn.Sequential(nn.BatchNorm2d(4 * channels), nn.ReLU())
        self.linear = nn.Linear(4 * channels, num_class)

    def forward(self, x):
        x = self.stem(x)
        for part in self.body:
            x = part(x)
        return self.linear(self.last(x).mean((2, 3)))


class PlainResidual(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.branch = nn.Sequential(relu_conv_bn(before, after, 3, 2), relu_conv_bn(after, after, 3))
        self.conv = nn.Conv2d(before, after, 1, bias=False)

    def forward(self, x):
        return self.branch(x) + self.conv(nn.functional.avg_pool2d(x, 2))


class PlainCell(nn.Module):
    def __init__(self, cell, width):
        super().__init__()
        self.operations = nn.ModuleList(PLAIN[name](width) for name in cell)

    def forward(self, x):
        outputs, rest = [x], iter(self.operations)
        for _ in range(3):
            outputs.append(sum(operation(one) for one, operation in zip(outputs, rest, strict=False)))
        return outputs[-1]


class PlainZero(nn.Module):
    def forward(self, x):
        return x * 0


def relu_conv_bn(before, after, kernel, stride=1):
    conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(after))


PLAIN = {
    "none": lambda width: PlainZero(),
    "skip_connect": lambda width: nn.Identity(),
    "nor_conv_1x1": lambda width: relu_conv_bn(width, width, 1),
    "nor_conv_3x3": lambda width: relu_conv_bn(width, width, 3),
    "avg_pool_3x3": lambda width: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
}


@pytest.mark.parametrize("seed", range(8))
def test_a_network_computes_what_a_plain_one_does(network, measured, seed):
    cell = Random(seed).choices(NAS_BENCH_201, k=6)
    ours = network.build({"type": "NasBench201", "cell": cell, "channels": 4, "cells": 2}, (3, 16, 16)).eval()
    plain = Plain(cell, 4, 2, 10).eval()
    assert measured(ours, (3, 16, 16)) == measured(plain, (3, 16, 16))
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    x = torch.randn(2, 3, 16, 16)
    torch.testing.assert_close(ours(x), plain(x))


def test_an_operation_of_zeros_is_left_out_unless_a_node_has_no_other(network):
    rows = network.layers({"type": "NasBench201Cell", "cell": ["none", "none", "skip_connect"]}, (4, 8, 8))
    assert [row.type for row in rows] == ["Identity", "Pick", "Zero", "Pick", "Identity", "Pick"]


WRONG = [
    (
        lambda: NasBench201Cell(4, ["none"] * 4),
        "cell: expected 1, 3, 6, 10, ... operations, one for each pair of nodes, got 4",
    ),
    (lambda: NasBench201Cell(4, "|none~1|"), "cell: node 1: expected one edge from each of 0, got 1"),
    (
        lambda: NasBench201(["skip_conect"]),
        "cell: node 1: unknown operation 'skip_conect'; did you mean 'skip_connect'?",
    ),
    (lambda: NasBench201(["none"], cells=0), "cells must be at least 1, got 0"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_parameter_is_named(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().children()
