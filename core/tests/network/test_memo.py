"""Caches never change a result: a cached count equals a fresh one."""

import functools

import pytest
import torch
from fgspace import Add, Concat, FineGrainedSpace, Repeat, Sequential, nn
from fgspace.network.costs import PartError
from fgspace.network.network import Network
from fgspace.network.resolve.keys import OpaqueError, freeze, part_key
from fgspace.plugins.registry import load_registry
from hypothesis import given, settings
from hypothesis import strategies as st


class Stack(FineGrainedSpace):
    """Convolutions of these widths."""

    def constructor(self, width, widths, kernel=1):
        for idx, out in enumerate(widths):
            setattr(self, f"conv_{idx}", nn.Conv2d(width, out, kernel))
            width = out


class Eager(FineGrainedSpace):
    """The same, at once."""

    def __init__(self, width, widths):
        for idx, out in enumerate(widths):
            setattr(self, f"conv_{idx}", nn.Conv2d(width, out, 1, bias=bool(idx)))
            width = out


WIDTHS = st.lists(st.integers(1, 3), min_size=1, max_size=3)
VALUES = st.one_of(st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 1.0, 2.0]), st.none(), st.sampled_from("01"))
TREES = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    ),
    max_leaves=5,
)


@st.composite
def parts(draw, depth=2):
    width = 3
    kind = draw(st.sampled_from(["leaf", "stack", "eager", "add", "concat", "described", "repeat", "bare"]))
    if kind == "leaf" or depth == 0:
        return nn.Conv2d(width, draw(st.integers(1, 3)), draw(st.integers(1, 2)), bias=draw(st.booleans()))
    if kind in ("stack", "eager"):
        return (Stack if kind == "stack" else Eager)(width, draw(WIDTHS))
    if kind == "described":
        return {"type": "Conv2d", "out_channels": draw(st.integers(1, 3)), "kernel_size": draw(st.integers(1, 2))}
    if kind == "repeat":
        return Repeat(2, {"out_channels": draw(st.integers(1, 3))}, {"type": "Conv2d", "kernel_size": 1})
    inner = draw(st.lists(parts(depth=depth - 1), min_size=1, max_size=2))
    if kind == "bare":
        bare = FineGrainedSpace()
        bare.only = inner[0]
        return bare
    return {"add": Add, "concat": Concat}[kind](*inner)


def cost_or_error(network, part):
    try:
        return network.cost(part, (3, 5, 5))
    except PartError as error:
        return error.path, error.message


@functools.cache
def registry():
    return load_registry()


@functools.cache
def warm():
    return Network(registry())


@settings(max_examples=150, deadline=None)
@given(st.one_of(parts(), parts().map(lambda part: Sequential(part, nn.ReLU()))))
def test_a_warm_count_equals_a_cold_one(part):
    assert cost_or_error(warm(), part) == cost_or_error(Network(registry()), part)


@settings(max_examples=100, deadline=None)
@given(parts())
def test_a_network_built_from_what_is_remembered_is_the_same(part):
    if isinstance(cost_or_error(warm(), part), tuple):
        return
    built = [network.build(part, (3, 5, 5)) for network in (warm(), warm(), Network(registry()))]
    assert len({str(module) for module in built}) == 1


@settings(max_examples=500, deadline=None)
@given(TREES, TREES)
def test_keys_are_equal_exactly_for_equal_values_of_equal_types(one, other):
    def exact(value):
        if isinstance(value, dict):
            return dict, [(key, exact(item)) for key, item in value.items()]
        if isinstance(value, list | tuple):
            return type(value), [exact(item) for item in value]
        return type(value), value

    assert (freeze(one) == freeze(other)) == (exact(one) == exact(other))


def test_parts_made_alike_have_one_key_and_others_another():
    assert part_key(Stack(3, [1, 2])) == part_key(Stack(3, [1, 2]))
    assert part_key(Stack(3, [1, 2])) != part_key(Stack(3, [1, 3]))
    assert part_key(Stack(3, [1])) != part_key(Eager(3, [1]))
    assert part_key(Add(nn.ReLU())) != part_key(Concat(nn.ReLU()))
    assert part_key(Sequential(nn.ReLU(), out_list=[0])) != part_key(Sequential(nn.ReLU()))
    assert part_key(nn.Dropout(1)) != part_key(nn.Dropout(True))


def test_what_holds_a_module_has_no_key():
    for part in (Sequential(torch.nn.ReLU()), Stack(torch.nn.ReLU(), [1])):
        with pytest.raises(OpaqueError):
            part_key(part)


def test_the_memory_is_bounded(monkeypatch):
    from fgspace.network.build import expansions
    from fgspace.network.count import counter

    monkeypatch.setattr(counter, "MEMO_LIMIT", 3)
    monkeypatch.setattr(expansions, "LIMIT", 3)
    network = Network(registry())
    for width in range(1, 20):
        assert network.cost(Stack(3, [width]), (3, 4, 4)).params == 4 * width
        assert network.build(Stack(3, [width]), (3, 4, 4)).conv_0.out_channels == width
    assert len(network.counter._memo) <= 3
    assert len(network._builder.expansions._kept) <= 3
