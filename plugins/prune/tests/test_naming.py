"""Every group of channels has a name of its own, and a layer that makes several groups names all of them."""

import numpy as np
import pytest
import torch
from fgspace_prune.encoding import bit_domains
from fgspace_prune.finding import plan
from fgspace_prune.groups import Group
from fgspace_prune.naming import Made, named
from fgspace_prune.process import Prune
from messages import refused
from torch import nn

IMAGE = (3, 12, 12)


class SumOfPieces(nn.Module):
    """`a` and the concatenation of `b` and `c` are added."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 24, 3), nn.Conv2d(3, 16, 3), nn.Conv2d(3, 8, 3)
        self.head = nn.Conv2d(24, 5, 1)

    def summed(self, x):
        return self.a(x) + torch.cat([self.b(x), self.c(x)], 1)

    def forward(self, x):
        return self.head(self.summed(x))


class SharedLater(nn.Module):
    """`b` makes channels with `a` in its first half, and with `c` in its second."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 16, 3), nn.Conv2d(3, 8, 3)
        self.head = nn.Conv2d(16, 5, 1)

    def forward(self, x):
        return self.head(torch.cat([self.a(x), self.c(x)], 1) + self.b(x))


class TwoWeights(nn.Module):
    """One module makes channels with two weights of its own."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Parameter(torch.randn(6, 3)), nn.Parameter(torch.randn(6, 6))
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        made = nn.functional.linear(x.mean((2, 3)), self.one).relu()
        return self.head(nn.functional.linear(made, self.two).relu())


class Inside(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.m = TwoWeights()


def widths(model):
    return {name: len(weight) for name, weight in model.named_parameters() if name.endswith("weight")}


def names(model):
    return [group.name for group in plan(model, IMAGE).groups]


def test_a_layer_that_makes_several_groups_is_named_with_the_channels_of_each():
    assert names(SumOfPieces()) == ["a[0:16]", "a[16:24]"]
    assert names(Inside()) == ["m.one[0:6]", "m.two[0:6]"]


def test_a_layer_that_makes_one_group_names_it_and_one_that_makes_two_names_both():
    model = SharedLater()
    assert names(model) == ["a", "c"]
    small = Prune(masks={"b": [1] * 7 + [0] * 2 + [1] * 7})(model, IMAGE)
    assert torch.equal(small.a.weight, model.a.weight[:7])
    assert torch.equal(small.c.weight, model.c.weight[1:])


def test_a_ratio_for_all_groups_cuts_each_of_them():
    small = Prune(ratios=0.5)(SumOfPieces(), IMAGE)
    assert widths(small) == {"a.weight": 12, "b.weight": 8, "c.weight": 4, "head.weight": 5}
    assert small(torch.zeros(1, *IMAGE)).shape == (1, 5, 10, 10)


@pytest.mark.parametrize(
    "options",
    [
        {"ratios": {"a": 0.5}},
        {"ratios": {"a[0:16]": 0.5, "a[16:24]": 0.5}},
        {"ratios": {"b": 0.5, "c": 0.5}},
        {"widths": [8, 4]},
        {"widths": {"a": 12}},
        {"widths": {"a[0:16]": 8, "a[16:24]": 4}},
        {"masks": {"a": [1, 0] * 12}},
        {"masks": {"a[0:16]": [1, 0] * 8, "c": [1, 0] * 4}},
        {"chn_node_mask": [[1, 0] * 8, [1, 0] * 4]},
    ],
    ids=str,
)
def test_every_option_takes_all_groups_of_a_layer(options):
    small = Prune(**options, strict=True)(SumOfPieces(), IMAGE)
    assert widths(small) == {"a.weight": 12, "b.weight": 8, "c.weight": 4, "head.weight": 5}
    assert Prune(**options).count(SumOfPieces(), IMAGE)["params"] == sum(p.numel() for p in small.parameters())


def test_a_row_for_a_layer_follows_the_order_of_its_channels():
    model = SumOfPieces()
    small = Prune(masks={"a": [1] * 15 + [0] * 2 + [1] * 7})(model, IMAGE)
    assert torch.equal(small.a.weight, model.a.weight[[*range(15), *range(17, 24)]])
    assert torch.equal(small.b.weight, model.b.weight[:15])
    assert torch.equal(small.c.weight, model.c.weight[1:])


def test_a_number_for_a_layer_is_divided_in_proportion_and_every_group_keeps_one():
    assert widths(Prune(widths={"a": 2})(SumOfPieces(), IMAGE))["a.weight"] == 2
    assert widths(Prune(widths={"a": 9})(SumOfPieces(), IMAGE)) == {
        "a.weight": 9,
        "b.weight": 6,
        "c.weight": 3,
        "head.weight": 5,
    }
    for number in (1, 25):
        with refused(f"widths: expected 2 to 24 channels of 'a', got {number}"):
            Prune(widths={"a": number})(SumOfPieces(), IMAGE)


def test_channels_that_are_not_in_a_run_are_named_with_their_step_and_equal_names_are_numbered():
    def group(first):
        return Group("a", 4, first, ("a",), ())

    made = [Made("a.weight", np.array([1, 2, 1, 2, 1, 2, 1, 2, 9])), Made("a.weight", np.array([5, 5, 9, 6, 7, 9, 8]))]
    classes = [np.array([1]), np.array([2]), np.array([5, 6, 7, 8]), np.array([1])]
    found = named([(group(4 * i), one) for i, one in enumerate(classes)], made)
    assert [one.name for one, _ in found] == ["a[0:7:2]", "a[1:8:2]", "a[0:2,3:5,6:7]", "a[0:7:2]#2"]


def test_the_domain_of_masks_has_one_row_for_each_group():
    counted = Prune.plan(SumOfPieces(), IMAGE)
    assert {name: len(start) for name, (_, start) in bit_domains((), counted).items()} == {"a[0:16]": 16, "a[16:24]": 8}
