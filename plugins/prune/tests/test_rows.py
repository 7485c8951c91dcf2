"""Mask rows: which layer each is for, and what is said of rows that do not fit."""

from itertools import pairwise

import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune, PruneWarning
from fgspace_prune.rows import node_rows, single_rows
from messages import refused
from torch import nn
from traps import conv

IMAGE = (3, 8, 8)


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.a, self.b = conv(i, o, stride=stride), conv(o, o)
        self.shortcut = conv(i, o, 1, stride=stride) if i != o else nn.Identity()

    def forward(self, x):
        return self.b(self.a(x)) + self.shortcut(x)


def resnet(widths=(4, 4, 6, 6)):
    stages = [Block(i, o, 1 if i == o else 2) for i, o in pairwise(widths)]
    pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    torch.manual_seed(0)
    return nn.Sequential(conv(3, widths[0]), *stages, *pool, nn.Linear(widths[-1], 5))


@pytest.fixture(scope="module")
def net():
    return resnet()


def prune(net, **options):
    return Prune(**options).masks(plan(net, IMAGE), net)


def test_node_rows_are_the_coupled_groups_and_single_rows_the_others_in_order_of_execution(net):
    found = plan(net, IMAGE)
    assert [(t.layer, t.width) for t in node_rows(found, 2)] == [("0.0", 4), ("2.b.0", 6)]
    assert [(t.layer, t.width) for t in single_rows(found, 2, 3)] == [("1.a.0", 4), ("2.a.0", 6), ("3.a.0", 6)]


def test_with_enough_rows_a_projection_shortcut_has_one_that_decides_nothing(net):
    targets = single_rows(plan(net, IMAGE), 2, 4)
    assert [(t.layer, t.decides) for t in targets] == [
        ("1.a.0", True),
        ("2.a.0", True),
        ("2.shortcut.0", False),
        ("3.a.0", True),
    ]
    rows = [[1, 1, 1, 0], [0, 0, 1], [0, 0, 0, 0, 0, 0], [0, 1]]
    assert prune(net, chn_mask=rows) == {
        "1.a.0": (1, 1, 1, 0),
        "2.a.0": (0, 0, 1, 1, 1, 1),
        "3.a.0": (0, 1, 1, 1, 1, 1),
    }


def test_one_more_node_row_is_the_stems_and_a_channel_stays_that_the_stem_or_its_stage_keeps(net):
    rows = [[1, 0, 0, 0], [0, 0, 1, 0], [1, 1, 1, 0, 0, 0]]
    assert prune(net, chn_node_mask=rows, strict=True) == {"0.0": (1, 0, 1, 0), "2.b.0": (1, 1, 1, 0, 0, 0)}


def test_a_stem_with_a_width_of_its_own_has_its_row_among_the_nodes_where_they_have_one_more():
    net = resnet((3, 4, 4, 6))
    found = plan(net, IMAGE)
    assert [t.layer for t in node_rows(found, 3)] == ["0.0", "1.b.0", "3.b.0"]
    assert [t.layer for t in single_rows(found, 3, 3)] == ["1.a.0", "2.a.0", "3.a.0"]
    assert [t.layer for t in single_rows(found, 2, 4)] == ["0.0", "1.a.0", "2.a.0", "3.a.0"]
    assert [t.layer for t in single_rows(found, 3, 5)] == ["1.a.0", "1.shortcut.0", "2.a.0", "3.a.0", "3.shortcut.0"]


def test_a_network_without_coupled_groups_has_no_node_rows_and_no_row_for_the_stem_among_them():
    net = nn.Sequential(conv(3, 4), conv(4, 6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5))
    with pytest.warns(PruneWarning) as warned:
        masks = prune(net, chn_node_mask=[[0, 1]], chn_mask=[[1, 0], [0, 1]])
    assert [str(warning.message) for warning in warned] == [
        "chn_node_mask: has 1 rows for 0 layers; leave out the last 1"
    ]
    assert masks == {"0.0": (1, 0, 1, 1), "1.0": (0, 1, 1, 1, 1, 1)}


class Halves(nn.Module):
    """The two channels of one layer are added, so neither can be cut alone."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(3, 2), nn.Conv2d(1, 4, 1)

    def forward(self, x):
        one, other = self.a(x).chunk(2, 1)
        return self.b(one + other)


def test_a_layer_whose_channels_are_all_coupled_keeps_them():
    with refused("masks: no channel of 'a.0' can be cut: all of them stay"):
        prune(Halves(), masks={"a.0": [1, 0]})


MISFITS = {
    "too many rows": (
        {"chn_mask": [[1]] * 7},
        "chn_mask: has 7 rows for 4 layers, the last of them '3.a.0'; leave out the last 3",
    ),
    "too many node rows": (
        {"chn_node_mask": [[1]] * 4},
        "chn_node_mask: has 4 rows for 3 layers, the last of them '2.b.0'; leave out the last 1",
    ),
    "too long": (
        {"chn_mask": [[1], [1] * 8]},
        "chn_mask: row 1 has 8 entries for the 6 channels of '2.a.0'; leave out the last 2",
    ),
    "cuts all": (
        {"chn_node_mask": [[0, 0, 0, 0]]},
        "chn_node_mask: row 0 cuts all 4 channels of '0.0'; keep at least one",
    ),
    "too long by name": (
        {"masks": {"1.a.0": [1] * 5}},
        "masks: the row has 5 entries for the 4 channels of '1.a.0'; leave out the last 1",
    ),
    "cuts all by name": (
        {"masks": {"2.shortcut.0": [0] * 6}},
        "masks: the row cuts all 6 channels of '2.shortcut.0'; keep at least one",
    ),
}


@pytest.mark.parametrize(("options", "message"), MISFITS.values(), ids=MISFITS)
def test_rows_that_do_not_fit_are_a_warning_and_an_error_when_strict(net, options, message):
    with pytest.warns(PruneWarning) as warned:
        masks = prune(net, **options)
    assert [str(warning.message) for warning in warned] == [message]
    assert all(any(row) for row in masks.values())
    with refused(message):
        prune(net, **options, strict=True)


def test_all_that_does_not_fit_is_said_at_once(net):
    message = (
        "chn_node_mask: row 0 cuts all 4 channels of '0.0'; keep at least one\n"
        "chn_mask: row 0 has 5 entries for the 4 channels of '1.a.0'; leave out the last 1"
    )
    with refused(message):
        prune(net, chn_mask=[[1] * 5], chn_node_mask=[[0] * 4], strict=True)


def test_of_a_row_that_cuts_all_the_most_important_channel_stays_every_time(net):
    importance = sum(net.get_submodule(name).weight.abs().sum((1, 2, 3)) for name in ("0.0", "1.b.0"))
    with pytest.warns(PruneWarning):
        masks = prune(net, chn_node_mask=[[0] * 4])
    assert masks["0.0"].index(1) == int(importance.argmax())
    assert sum(masks["0.0"]) == 1


ERRORS = {
    "neither 0 nor 1": (
        {"chn_mask": [[1, 2]]},
        "chn_mask: row 0 has 2 for '1.a.0'; write 1 to keep a channel, 0 to cut it",
    ),
    "no such layer": (
        {"masks": {"1.a.1": [1]}},
        "masks: no layer '1.a.1' makes channels that can be cut; did you mean '1.a.0'?",
    ),
    "a layer that stays": (
        {"ratios": {"6": 0.5}},
        "ratios: no channel of '6' can be cut: '6' keeps its channels: they are the model's output",
    ),
    "widths of other groups": ({"widths": [1, 2]}, "widths: expected 5 numbers, one a group, got 2"),
    "too wide": ({"widths": {"1.a.0": 5}}, "widths: expected 1 to 4 channels of '1.a.0', got 5"),
    "no width": ({"widths": {"1.a.0": 0}}, "widths: expected 1 to 4 channels of '1.a.0', got 0"),
    "taylor": (
        {"ratios": 0.5, "criterion": "taylor"},
        "criterion: 'taylor' needs gradients; run a backward pass on the model before, or write 'l1'",
    ),
    "criterion": (
        {"criterion": "l3"},
        "criterion: expected one of 'l1', 'l2', 'bn_scale', 'taylor', 'random', got 'l3'",
    ),
    "ratio": ({"ratios": {"1.a.0": 1.0}}, "ratios: expected the share that is cut, from 0 to below 1, got 1.0"),
    "round_to": ({"round_to": 0}, "round_to: expected at least 1, got 0"),
    "two files": (
        {"path": "a.pth", "init_model_file": "b.pth"},
        "path: is another name of init_model_file; write one of them",
    ),
}


@pytest.mark.parametrize(("options", "message"), ERRORS.values(), ids=ERRORS)
def test_what_cannot_be_meant_is_an_error(net, options, message):
    with refused(message):
        prune(net, **options)
