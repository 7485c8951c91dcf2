"""Spaces of options within options: what is active, how walks go, tokens, order, and what of a space is written."""

from random import Random

import fgspace
import pytest
from fgspace.spaces.domains import Choice, Int
from fgspace.spaces.points import completed

INNER = {
    "type": "FineGrainedSpace",
    "modules": ["pool", "conv"],
    "pool": {"choice": [{"type": "Identity"}, {"type": "AvgPool2d", "kernel_size": {"int": [1, 2]}}]},
    "conv": {"type": "Conv2d", "out_channels": {"int": [3, 6]}, "kernel_size": 1},
}
SLOPED = {"type": "LeakyReLU", "negative_slope": {"choice": [0.1, 0.2, 0.3]}}
NESTED = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "modules": ["stem", "act"],
        "act": {"choice": [{"type": "ReLU"}, SLOPED, INNER]},
        "stem": {"type": "Conv2d", "out_channels": {"int": [2, 3]}, "kernel_size": 1, "bias": False},
    }
)
STEM, ACT, SLOPE = "stem.out_channels", "act", "act.LeakyReLU.negative_slope"
POOL, KERNEL = "act.FineGrainedSpace.pool", "act.FineGrainedSpace.pool.AvgPool2d.kernel_size"
CONV = "act.FineGrainedSpace.conv.out_channels"
DEEP = {STEM: 3, ACT: "FineGrainedSpace", POOL: "AvgPool2d", KERNEL: 2, CONV: 5}


def values(hyper_parameters, **described):
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters, **described})


def test_hyper_parameters_stand_in_the_order_of_the_parts_and_a_choice_before_what_it_brings():
    assert list(NESTED.hyper_parameters) == [STEM, ACT, POOL, KERNEL, CONV, SLOPE]


def test_the_elements_of_a_list_stand_in_the_order_of_their_numbers_and_names_in_that_of_the_alphabet():
    paths = {"l.10": [1, 2], "b.x": [1, 2], "l.9": [1, 2], "b.a": [1, 2], "l.2": [1, 2], "a": [1, 2]}
    space = values(paths, l=[1] * 11, b={"x": 1, "a": 1})
    assert list(space.hyper_parameters) == ["a", "b.a", "b.x", "l.2", "l.9", "l.10"]


def test_the_parts_of_an_element_of_a_list_stand_in_their_own_order():
    part = {"type": "FineGrainedSpace", "modules": ["b", "a"], "a": {"x": 1}, "b": {"x": 1}}
    space = values({"l.1.a.x": [1, 2], "l.1.b.x": [1, 2], "l.0.a.x": [1, 2]}, l=[part, part])
    assert list(space.hyper_parameters) == ["l.0.a.x", "l.1.b.x", "l.1.a.x"]


def test_options_of_options_are_counted_and_enumerated_in_the_order_of_their_tokens():
    points = list(NESTED.enumerate())
    assert NESTED.size == len(points) == 2 * (1 + 3 + (1 + 2) * 4)
    assert len({NESTED.key(point) for point in points}) == len(points)
    tokens = [NESTED.encode(point) for point in points]
    assert tokens == sorted(tokens)
    assert [NESTED.decode(one) for one in tokens] == points
    assert [NESTED.misfit(point) for point in points] == [None] * len(points)
    assert NESTED.range_table == [2, 3, 2, 2, 4, 3]


def test_the_tokens_of_what_is_not_active_are_zero_and_are_not_looked_at():
    assert NESTED.encode(DEEP) == [1, 2, 1, 1, 2, 0]
    assert NESTED.encode({STEM: 2, ACT: "LeakyReLU", SLOPE: 0.3}) == [0, 1, 0, 0, 0, 2]
    assert NESTED.decode([1, 2, 1, 1, 2, 99]) == DEEP
    assert NESTED.decode([0, 0, 7, 7, 7, 7]) == {STEM: 2, ACT: "ReLU"}


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([0, 0, 0, 0, 0], "expected 6 tokens, got 5"),
        ([0] * 7, "expected 6 tokens, got 7"),
        ([2, 0, 0, 0, 0, 0], "stem.out_channels: token 0 must be at least 0 and below 2, got 2"),
        ([0, 1, 0, 0, 0, 3], "act.LeakyReLU.negative_slope: token 0 must be at least 0 and below 3, got 3"),
        ([0, 2, 0, 0, -1, 0], f"{CONV}: token 0 must be at least 0 and below 4, got -1"),
    ],
)
def test_tokens_that_no_point_has_are_refused_with_the_path(tokens, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is asserted below
        NESTED.decode(tokens)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("change", "misfit"),
    [
        ({}, None),
        ({SLOPE: 0.1}, f"{SLOPE}: no such active hyper-parameter"),
        ({"extra": 1}, "extra: no such hyper-parameter"),
        ({STEM: 4}, "stem.out_channels: 4 is not in int [2, 3]"),
        ({KERNEL: 0}, f"{KERNEL}: 0 is not in int [1, 2]"),
        ({POOL: "Identity"}, f"{KERNEL}: no such active hyper-parameter"),
        ({ACT: "ELU"}, "act: 'ELU' is not in choice of ReLU, LeakyReLU, FineGrainedSpace"),
        ({ACT: "LeakyReLU"}, f"{SLOPE}: is missing"),
        ({ACT: "ReLU"}, f"{POOL}: no such active hyper-parameter"),
    ],
)
def test_what_is_no_point_says_why(change, misfit):
    assert NESTED.misfit({**DEEP, **change}) == misfit
    assert NESTED.contains({**DEEP, **change}) == (misfit is None)


def test_a_point_that_is_completed_keeps_what_is_active_and_starts_elsewhere_as_described():
    assert NESTED.complete({}) == NESTED.initial == {STEM: 2, ACT: "ReLU"}
    assert NESTED.complete({ACT: "FineGrainedSpace", CONV: 6, SLOPE: 0.2}) == {
        **{STEM: 2, ACT: "FineGrainedSpace", POOL: "Identity"},
        CONV: 6,
    }
    whole = {**DEEP, SLOPE: 0.3}
    assert NESTED.restrict(whole) == DEEP
    assert NESTED.restrict({**whole, ACT: "LeakyReLU"}) == {STEM: 3, ACT: "LeakyReLU", SLOPE: 0.3}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({CONV: 3}, f"{CONV}: is searched only where act is 'FineGrainedSpace', but it is 'ReLU'"),
        (
            {ACT: "LeakyReLU", KERNEL: 1},
            f"{KERNEL}: is searched only where {POOL} is 'AvgPool2d', which is not searched here",
        ),
        ({STEM: 4}, "stem.out_channels: 4 is not in int [2, 3]"),
        ({"stem.out_channel": 2}, "stem.out_channel: no such hyper-parameter; did you mean 'stem.out_channels'?"),
        ([0, 0, 0], "expected 6 tokens, got 3"),
        (7, "expected a mapping from hyper-parameters to values, or a list of tokens; got 7"),
    ],
)
def test_what_cannot_be_completed_says_why(written, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is asserted below
        completed(NESTED, written)
    assert str(raised.value) == message


def test_what_belongs_to_an_option_names_its_choice():
    assert [NESTED.guard(path) for path in (STEM, ACT, POOL, KERNEL, SLOPE)] == [
        *(None, None, (ACT, "FineGrainedSpace")),
        *((POOL, "AvgPool2d"), (ACT, "LeakyReLU")),
    ]
    assert NESTED.active(DEEP) == {
        STEM: Int(2, 3),
        ACT: Choice(("ReLU", "LeakyReLU", "FineGrainedSpace")),
        POOL: Choice(("Identity", "AvgPool2d")),
        KERNEL: Int(1, 2),
        CONV: Int(3, 6),
    }


def test_a_mutation_that_chooses_another_option_keeps_the_rest_and_draws_what_the_option_brings():
    rng = Random(0)
    moved = [NESTED.mutate(DEEP, rng, POOL) for _ in range(5)]
    assert moved == [{path: value for path, value in DEEP.items() if path != KERNEL} | {POOL: "Identity"}] * 5
    back = [NESTED.mutate(moved[0], rng, POOL) for _ in range(50)]
    assert {point[KERNEL] for point in back} == {1, 2}
    assert all(point | {KERNEL: 2} == DEEP for point in back)
    assert {NESTED.mutate(DEEP, rng, ACT)[STEM] for _ in range(20)} == {3}


def test_a_mutation_moves_each_active_hyper_parameter_equally_often():
    rng = Random(0)
    flat = values({"a": [1, 2], "b": [5], "c": {"int": [0, 9]}, "d": {"bits": 3}})
    for space, point, movable in ((NESTED, DEEP, list(DEEP)), (flat, flat.initial, ["a", "c", "d"])):
        moved = []
        for _ in range(1500):
            new = space.mutate(point, rng)
            (first, *_) = [path for path in movable if new.get(path) != point[path]]
            moved.append(first)
        for path in movable:
            assert moved.count(path) / 1500 == pytest.approx(1 / len(movable), abs=0.04)


def test_a_mutation_of_a_space_of_one_point_gives_that_point_anew():
    nested = values({"a": {"choice": [{"type": "LeakyReLU", "negative_slope": {"choice": [0.1]}}]}})
    for space in (values({"a": [1], "b": {"int": [3, 3]}}), nested, values({})):
        assert space.size == 1
        moved = space.mutate(space.initial, Random(0))
        assert moved == space.initial
        assert moved is not space.initial


def test_mutating_and_crossing_leave_their_parents_alone():
    rng, flat = Random(0), values({"a": [1, 2], "d": {"bits": 3}})
    for space in (NESTED, flat):
        for _ in range(20):
            first, second = space.sample(rng), space.sample(rng)
            before = (dict(first), dict(second))
            space.mutate(first, rng)
            space.crossover(first, second, rng)
            assert (first, second) == before


def test_crossing_takes_what_both_have_from_either_and_what_one_has_from_that_one():
    rng, other = Random(0), {STEM: 2, ACT: "LeakyReLU", SLOPE: 0.3}
    children = [NESTED.crossover(DEEP, other, rng) for _ in range(400)]
    assert {child[STEM] for child in children} == {2, 3}
    assert sum(child[STEM] == 2 for child in children) == pytest.approx(200, abs=40)
    for child in children:
        if child[ACT] == "LeakyReLU":
            assert child == {STEM: child[STEM], ACT: "LeakyReLU", SLOPE: 0.3}
        else:
            assert child == {**DEEP, STEM: child[STEM]}
    same = {**DEEP, POOL: "Identity", CONV: 3}
    del same[KERNEL]
    mixed = [NESTED.crossover(same, DEEP, rng) for _ in range(200)]
    assert {child.get(KERNEL) for child in mixed} == {None, 2}
    assert {child[CONV] for child in mixed} == {3, 5}


def test_an_option_may_be_a_domain_whose_options_are_domains():
    space = values({}, a={"choice": [1, {"choice": [2, {"int": [4, 5]}]}]})
    points = [{"a": 1}, {"a": "option", "a.option": 2}]
    points += [{"a": "option", "a.option": "option", "a.option.option": value} for value in (4, 5)]
    assert list(space.enumerate()) == points
    assert space.size == 4
    assert [space.at(point)["a"] for point in points] == [1, 2, 4, 5]


def test_keys_tell_lists_apart_from_one_another_and_not_points_of_one_description():
    flat = values({"a": [[1, 2], [2, 1]], "b": {"bits": 2}})
    points = list(flat.enumerate())
    assert len({flat.key(point) for point in points}) == flat.size == 8
    assert flat.key(dict(points[0])) == flat.key(dict(reversed(points[0].items())))
    one = values({"a": {"bits": 2}})
    assert len({one.key(point) for point in one.enumerate()}) == 4
    assert NESTED.key(DEEP) == NESTED.key({**DEEP, SLOPE: 0.3}) != NESTED.key({**DEEP, KERNEL: 1})


def test_a_space_is_written_with_the_full_names_of_its_types_and_holes_in_place_of_its_values():
    space = fgspace.space(
        {"type": "FineGrainedSpace", "modules": ["act"], "act": {"choice": [{"type": "ReLU"}, SLOPED]}}
    )
    slope = {"hyper_parameter": SLOPE}
    assert space.to_json() == {
        "description": {
            "type": "fgspace/FineGrainedSpace",
            "modules": ["act"],
            "act": {"hyper_parameter": "act"},
        },
        "hyper_parameters": {
            "act": {
                "domain": {"choice": ["ReLU", "LeakyReLU"]},
                "initial": "ReLU",
                "branches": {
                    "ReLU": {"type": "fgspace/ReLU"},
                    "LeakyReLU": {"type": "fgspace/LeakyReLU", "negative_slope": slope},
                },
            },
            SLOPE: {"domain": {"choice": [0.1, 0.2, 0.3]}, "initial": 0.1},
        },
        "input_shape": [3, 32, 32],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"act": {"choice": [{"type": "ReLU"}, SLOPED, {**INNER, "conv": {**INNER["conv"], "kernel_size": 3}}]}},
        {"act": {"choice": [SLOPED, {"type": "ReLU"}, INNER]}},
        {"modules": ["act", "stem"]},
        {"input_shape": [1, 8, 8]},
    ],
)
def test_spaces_that_differ_in_an_option_in_order_or_in_input_have_different_digests(change):
    same = {
        "type": "FineGrainedSpace",
        "modules": ["stem", "act"],
        "stem": {"type": "Conv2d", "out_channels": {"int": [2, 3]}, "kernel_size": 1, "bias": False},
        "act": {"choice": [{"type": "ReLU"}, SLOPED, INNER]},
    }
    assert fgspace.space(same).digest == NESTED.digest
    assert fgspace.space({**same, **change}).digest != NESTED.digest


def test_the_network_at_a_point_costs_what_that_point_says():
    assert NESTED.cost()["params"] == 3 * 2
    assert NESTED.cost(DEEP)["params"] == 3 * 3 + (3 * 5 + 5)
    assert NESTED.cost(DEEP)["macs"] == 3 * 3 * 32 * 32 + 3 * 5 * 16 * 16
    assert NESTED.cost(DEEP, (3, 8, 8))["macs"] == 3 * 3 * 8 * 8 + 3 * 5 * 4 * 4
    assert NESTED.network_at() == NESTED.at(NESTED.initial)
