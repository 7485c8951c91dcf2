"""The copied structure of a model is what `copy.deepcopy` makes: nothing is shared, and nothing is copied twice."""

from collections import OrderedDict

import torch
from fgspace_prune.structure import copied
from torch import nn


class Holds(nn.Module):
    """A module that holds tensors, modules and lists in containers of every kind."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.tuple = (self.weight, [1, 2], 3)
        self.pair = ([1], [2])
        self.plain = (1, "two", None)
        self.set = {1, 2}
        self.list = [torch.zeros(2), nn.Linear(1, 1)]
        self.dict = {"weight": self.weight, "list": self.list}
        self.ordered = OrderedDict(b=[1], a=[2])
        self.layers = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
        self.again = self.layers[0]


def test_every_container_of_a_module_is_copied_with_what_it_holds():
    model = Holds()
    made = copied(model, {})
    assert type(made) is Holds
    assert made.plain == model.plain
    assert made.set == model.set
    assert made.ordered == model.ordered
    assert type(made.ordered) is OrderedDict
    shared = [
        name
        for name in ("weight", "tuple", "set", "list", "dict", "ordered", "layers")
        if getattr(made, name) is getattr(model, name)
    ]
    assert shared == []
    assert made.tuple[1] is not model.tuple[1]
    assert made.pair[0] is not model.pair[0]
    assert made.list[0] is not model.list[0]
    assert made.ordered["b"] is not model.ordered["b"]
    made.set.add(3)
    assert model.set == {1, 2}


def test_an_object_in_several_places_is_one_object_in_the_copy():
    made = copied(Holds(), {})
    assert made.again is made.layers[0]
    assert made.dict["list"] is made.list
    assert made.dict["weight"] is made.weight
    assert made.tuple[0] is made.weight


def test_objects_that_are_copied_already_are_taken_from_the_memo_wherever_they_are():
    model, small = Holds(), nn.Parameter(torch.zeros(1))
    made = copied(model, {id(model.weight): small})
    assert made.weight is made.tuple[0] is made.dict["weight"] is small
    assert dict(made.named_parameters())["weight"] is small


class CopiesItself(nn.Module):
    def __deepcopy__(self, memo):
        return "copied by itself"


class SetsItsState(nn.Module):
    def __setstate__(self, state):
        super().__setstate__({**state, "restored": True})


def test_a_module_that_defines_how_it_is_copied_is_copied_that_way():
    made = copied(nn.ModuleDict({"a": nn.Sequential(SetsItsState())}), {})
    assert made["a"][0].restored
    assert copied([CopiesItself()], {}) == ["copied by itself"]
    assert copied(CopiesItself(), {}) == "copied by itself"


def test_hooks_and_modes_are_copied_too():
    model = nn.Sequential(nn.Linear(1, 1)).eval()
    calls = []
    model[0].register_forward_hook(lambda *_: calls.append(1))
    made = copied(model, {})
    made(torch.zeros(1, 1))
    assert calls == [1]
    assert not made[0].training
    made[0].register_forward_hook(lambda *_: calls.append(2))
    model(torch.zeros(1, 1))
    assert calls == [1, 1]
