"""Every named space of every installed package: its points, its tokens, and their networks."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import fgspace
import pytest
import torch
from fgspace import Space
from fgspace.plugins.registry import load_registry
from fgspace.signatures.parameters import parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

IMAGE = (3, 16, 16)
TEXT = {"shape": [6], "dtype": "int64", "below": 20}
TAKES = {
    found.short_name: frozenset(name for name, one in parameters(found.load()).items() if one.ignored is None)
    for found in load_registry().types
    if found.kind == "search_space" and found.plugin not in ("fgspace", "program")
}
NAMES = sorted(TAKES)
TOKEN_SPACES = [name for name in NAMES if hasattr(load_registry().get("search_space", name).load(), "token2arch")]
BLOCK_SPACES = [name for name in NAMES if "block_mask" in TAKES[name]]
TEXT_SPACES = [name for name in NAMES if "vocabulary" in TAKES[name]]
SIZES = {
    "size": st.just("tiny"),
    "version": st.sampled_from([1, 2]),
    "patch": st.sampled_from([2, 4]),
    "stages": st.integers(1, 3),
    "depth": st.integers(1, 3),
    "vocabulary": st.just(TEXT["below"]),
    "width": st.sampled_from([16, 32]),
    "heads": st.sampled_from([2, 4]),
}
"""What some spaces take, so that their networks are small and take what they are given."""
MASKS = st.lists(st.integers(0, 1), min_size=1, max_size=3)

over_every_space = pytest.mark.parametrize("name", NAMES)
over_every_block_space = pytest.mark.parametrize("name", BLOCK_SPACES)

Described = Mapping[str, Any]


@cache
def made(source: str) -> Space:
    reads_text = any(f'"{name}"' in source for name in TEXT_SPACES)
    return fgspace.space(json.loads(source), input_shape=TEXT if reads_text else IMAGE)


def space_of(source: Any) -> Space:
    """Return the space of a description; cached, since hypothesis asks for the same few very often."""
    return made(json.dumps(source))


@st.composite
def described(draw: Callable[..., Any], names: list[str], *, head: bool = True) -> Described:
    """Draw a named space and its parameters: halvings, scale, sizes, with or without a classifier."""
    name = draw(st.sampled_from(names))
    options: dict[str, Any] = {"scale": draw(st.sampled_from([0.25, 1.0]))}
    if draw(st.booleans()):
        options["block_mask"] = draw(MASKS)
    else:
        output = draw(st.sampled_from([16, 8, 4]))
        options |= {"input_size": 16, "output_size": output, "block_num": draw(st.integers(2, 4))}
    options["num_class"] = 5 if head and draw(st.booleans()) else None
    options |= {key: draw(value) for key, value in SIZES.items() if key in TAKES[name]}
    return {"type": name, **{key: value for key, value in options.items() if key in TAKES[name]}}


@st.composite
def chains(draw: Callable[..., Any]) -> list[Described]:
    """Draw rows of blocks in a chain, with or without a classifier at its end."""
    rows = draw(st.lists(described(BLOCK_SPACES, head=False), min_size=1, max_size=3))
    if draw(st.booleans()):
        rows[-1] = {**rows[-1], "num_class": 5}
    return rows


@st.composite
def parts(draw: Callable[..., Any], names: list[str] = NAMES) -> Described:
    """Draw a network with a named space between stem and head; one that reads text has no stem before it."""
    body = draw(described(names, head=False))
    space = space_of(body)
    puts_out_maps = len(space.network.cost(space.at(space.initial), space.input_shape).output_shape) == 3
    around = {
        "stem": {"type": "Conv2d", "out_channels": 7, "kernel_size": {"choice": [1, 3]}, "padding": 1},
        "body": body,
        "head": {"type": "FineGrainedSpace", "modules": [*HEAD], **HEAD} if puts_out_maps else HEAD["linear"],
    }
    modules = [name for name in around if name != "stem" or body["type"] not in TEXT_SPACES]
    return {"type": "FineGrainedSpace", "modules": modules, **{name: around[name] for name in modules}}


HEAD = {
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
    "view": {"type": "View"},
    "linear": {"type": "Linear", "out_features": 5},
}


def tokens_of(data: st.DataObject, space: Space, at_most: int | None = None) -> list[int]:
    """Draw tokens; `at_most` limits them to the first candidates, which are the smallest."""
    bounds = [bound if at_most is None else min(bound, at_most) for bound in space.range_table]
    return data.draw(st.tuples(*[st.integers(0, bound - 1) for bound in bounds]).map(list))


def assert_tokens_are_the_point(data: st.DataObject, space: Space) -> None:
    tokens = tokens_of(data, space)
    point = space.decode(tokens)
    assert space.encode(point) == tokens
    assert space.misfit(point) is None
    drawn = space.sample(data.draw(st.randoms(use_true_random=False)))
    assert space.decode(space.encode(drawn)) == drawn
    for encoded in (space.encode(drawn), space.init_tokens):
        assert all(0 <= token < bound for token, bound in zip(encoded, space.range_table, strict=True))
    assert space.decode(space.init_tokens) == space.initial


def assert_network_is_what_it_costs(data: st.DataObject, space: Space) -> None:
    """Run the network on the meta device, which can hold networks of any size, and count."""
    point, given = space.decode(tokens_of(data, space)), fgspace.trace.example(space.input_shape, 2)
    with torch.device("meta"):
        network = space.build(point).eval()
        with FlopCounterMode(display=False) as counter:
            output = network(given.to("meta"))
    cost = space.cost(point)
    assert cost["params"] == sum(weights.numel() for weights in network.parameters())
    assert 2 * 2 * cost["macs"] == counter.get_total_flops()
    assert space.network.cost(space.at(point), space.input_shape).output_shape == tuple(output.shape[1:])


def assert_small_network_runs(data: st.DataObject, space: Space) -> None:
    network = space.build(space.decode(tokens_of(data, space, at_most=2))).eval()
    with torch.no_grad():
        assert network(fgspace.trace.example(space.input_shape, 1)).isfinite().all()


CHECKS = [assert_tokens_are_the_point, assert_network_is_what_it_costs, assert_small_network_runs]
over_every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("assert_"))


def test_the_spaces_of_the_reference_are_among_them() -> None:
    names = ("MobileNetV1", "MobileNetV2", "ResNet")
    reference = {f"{name}{kind}" for name in names for kind in ("Space", "BlockSpace")}
    assert reference | {"InceptionABlockSpace", "InceptionCBlockSpace"} <= set(NAMES)


@over_every_check
@over_every_space
@settings(max_examples=4)
@given(data=st.data())
def test_a_named_space_holds(name: str, check: Callable[..., None], data: st.DataObject) -> None:
    check(data, space_of(data.draw(described([name]))))


@over_every_check
@settings(max_examples=10)
@given(data=st.data())
def test_a_chain_of_spaces_holds(check: Callable[..., None], data: st.DataObject) -> None:
    check(data, space_of(data.draw(chains())))


@over_every_check
@settings(max_examples=10)
@given(data=st.data())
def test_a_space_as_a_part_holds(check: Callable[..., None], data: st.DataObject) -> None:
    check(data, space_of(data.draw(parts())))


@settings(max_examples=10)
@given(chains())
def test_the_tokens_of_a_chain_are_those_of_its_spaces_in_order(rows: list[Described]) -> None:
    chain, alone = space_of(rows), [space_of(row) for row in rows]
    assert chain.range_table == [bound for space in alone for bound in space.range_table]
    assert chain.init_tokens == [token for space in alone for token in space.init_tokens]
    assert [domain.range_table for domain in chain.hyper_parameters.values()] == [space.range_table for space in alone]


@settings(max_examples=10)
@given(parts(TOKEN_SPACES))
def test_the_hyper_parameters_of_a_part_stand_under_its_path(network: Described) -> None:
    space = space_of(network)
    assert list(space.hyper_parameters) == ["stem.kernel_size", "body.tokens"]
    assert space.range_table == [2, *space_of(network["body"]).range_table]


@over_every_block_space
@settings(max_examples=10)
@given(mask=MASKS, height=st.integers(1, 40), width=st.integers(1, 40), data=st.data())
def test_a_row_of_blocks_halves_where_its_mask_says(
    name: str, mask: list[int], height: int, width: int, data: st.DataObject
) -> None:
    space = space_of({"type": name, "block_mask": mask})
    point = space.decode(tokens_of(data, space))
    out = space.network.cost(space.at(point), (3, height, width)).output_shape
    assert out[1:] == (halved(height, mask), halved(width, mask))


def halved(size: int, mask: list[int]) -> int:
    for _ in range(sum(mask)):
        size = (size + 1) // 2
    return size


@over_every_block_space
@settings(max_examples=10)
@given(size=st.integers(8, 300), halvings=st.integers(0, 3), spare=st.integers(0, 4), data=st.data())
def test_a_row_of_blocks_leads_from_its_input_size_to_its_output_size(
    name: str, size: int, halvings: int, spare: int, data: st.DataObject
) -> None:
    sizes = {"input_size": size, "output_size": halved(size, [1] * halvings), "block_num": max(1, halvings + spare)}
    space = fgspace.space({"type": name, **sizes})
    assert space.input_shape == (3, size, size)
    point = space.decode(tokens_of(data, space))
    assert space.network.cost(space.at(point), space.input_shape).output_shape[1:] == (sizes["output_size"],) * 2
