"""Criteria rank channels; ratios and widths keep the highest."""

import numpy as np
import pytest
import torch
from fgspace_prune.criterion import highest, kept_count, scores
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

IMAGE = (3, 6, 6)


@pytest.fixture
def net():
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2))


def test_l1_sums_the_sizes_of_the_weights_that_make_a_channel_and_l2_their_squares(net):
    found = plan(net, IMAGE)
    weights = [net[0].weight.detach().double(), net[3].weight.detach().double()]
    assert np.allclose(scores(found, net, "l1"), torch.cat([w.abs().sum((1, 2, 3)) for w in weights]))
    assert np.allclose(scores(found, net, "l2"), torch.cat([w.square().sum((1, 2, 3)) for w in weights]))


def test_bn_scale_is_the_size_of_the_norms_weights_and_l1_where_there_is_no_norm(net):
    nn.init.normal_(net[1].weight)
    found = plan(net, IMAGE)
    assert np.allclose(scores(found, net, "bn_scale")[:4], net[1].weight.abs().detach())
    assert np.array_equal(scores(found, net, "bn_scale")[4:], scores(found, net, "l1")[4:])


def test_taylor_is_weight_times_gradient(net):
    net(torch.randn(2, *IMAGE)).sum().backward()
    expected = (net[3].weight * net[3].weight.grad).abs().sum((1, 2, 3)).detach()
    assert np.allclose(scores(plan(net, IMAGE), net, "taylor")[4:], expected)


def test_random_is_decided_by_the_seed(net):
    found = plan(net, IMAGE)
    assert np.array_equal(scores(found, net, "random", 1), scores(found, net, "random", 1))
    assert not np.array_equal(scores(found, net, "random", 1), scores(found, net, "random", 2))
    assert np.array_equal(scores(found, net, "random"), scores(found, net, "random", 0))


def test_ratios_cut_the_least_important_channels(net):
    with torch.no_grad():
        net[0].weight[:] = torch.tensor([3.0, 1.0, 4.0, 2.0]).reshape(4, 1, 1, 1)
    assert Prune(ratios={"0": 0.5}).masks(plan(net, IMAGE), net) == {"0": (1, 0, 1, 0)}


def test_widths_keep_the_most_important_channels_and_masks_stand_over_ratios(net):
    found = plan(net, IMAGE)
    assert [sum(row) for row in Prune(widths=[2, 3]).masks(found, net).values()] == [2, 3]
    masks = Prune(ratios=0.5, masks={"3": [1, 0, 0, 0, 1]}, widths={"0": 3}).masks(found, net)
    assert masks["3"] == (1, 0, 0, 0, 1)
    assert sum(masks["0"]) == 3


@given(st.integers(1, 300), st.floats(0, 1, exclude_max=True), st.integers(1, 16))
def test_what_a_ratio_keeps_is_between_one_and_all_and_rounded_up(width, ratio, round_to):
    kept = kept_count(width, ratio, round_to)
    assert 1 <= kept <= width
    assert kept == width or kept % round_to == 0
    assert kept >= min(width, round(width * (1 - ratio)))


def test_without_a_multiple_a_ratio_keeps_the_nearest_width():
    assert [kept_count(width, 0.5) for width in (1, 3, 6, 9)] == [1, 2, 3, 4]


def test_of_equally_important_channels_the_first_stays(net):
    group = plan(net, IMAGE).groups[0]
    assert highest(group, np.zeros(9), 2) == (1, 1, 0, 0)
