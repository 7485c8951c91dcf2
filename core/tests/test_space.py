"""Spaces: every operation gives a point of the space, tokens are lossless, equal spaces are equal in any order."""

import json
from random import Random

import fgspace
import pytest
from fgspace import DescriptionError
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32)


def values_only(**hyper_parameters):
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters})


FLAT = {
    "bits": {"bits": 5},
    "pattern": {"bits": 6, "ones": 2},
    "depth": {"int": [1, 9, 2]},
    "rate": {"float": [1e-4, 1e-1], "log": True},
    "kernel": {"choice": [3, 5, 7]},
    "widths": {"vector": {"choice": [8, 16, 32]}, "length": 3},
}
CONDITIONAL = {
    "type": "FineGrainedSpace",
    "modules": ["stem", "body", "head"],
    "stem": {"type": "Conv2d", "out_channels": {"choice": [8, 16]}, "kernel_size": 3, "padding": 1},
    "body": {
        "choice": [
            {"type": "Identity"},
            {"type": "Conv2d", "out_channels": {"int": [4, 8]}, "kernel_size": {"choice": [1, 3]}},
            {
                "type": "FineGrainedSpace",
                "modules": ["conv", "act"],
                "conv": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": {"int": [1, 2]}},
                "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.1, 0.2]}}]},
            },
        ]
    },
    "head": {"type": "AdaptiveAvgPool2d", "output_size": 1},
}
spaces = st.sampled_from([values_only(**FLAT), fgspace.space(CONDITIONAL)])


@given(spaces, SEEDS)
def test_every_walk_gives_a_point_of_the_space(space, seed):
    rng = Random(seed)
    first, second = space.sample(rng), space.sample(rng)
    for point in (space.initial, first, space.mutate(first, rng), space.crossover(first, second, rng)):
        assert space.misfit(point) is None
        assert json.loads(json.dumps(point)) == point


@given(spaces, SEEDS)
def test_tokens_are_the_point_and_keep_to_the_range_table(space, seed):
    point = space.sample(Random(seed))
    tokens = space.encode(point)
    assert all(0 <= token < bound for token, bound in zip(tokens, space.range_table, strict=True))
    assert space.decode(tokens) == point
    assert space.decode(space.init_tokens) == space.initial


@given(spaces, SEEDS)
def test_a_mutation_moves_and_moves_only_what_it_names(space, seed):
    rng = Random(seed)
    point = space.sample(rng)
    assert space.mutate(point, rng) != point
    path = rng.choice([path for path, domain in space.active(point).items() if domain.size > 1])
    moved = space.mutate(point, rng, path)
    changed = {name for name in point if moved.get(name) != point[name]}
    assert path in changed
    assert all(name == path or name.startswith(f"{path}.") for name in changed)


@given(spaces, SEEDS)
def test_a_description_is_plain_json_and_its_key_tells_descriptions_apart(space, seed):
    rng = Random(seed)
    first, second = space.sample(rng), space.sample(rng)
    assert json.loads(json.dumps(space.at(first))) == space.at(first)
    assert (space.key(first) == space.key(second)) == (space.at(first) == space.at(second))


def test_only_the_chosen_option_is_active():
    space = fgspace.space(CONDITIONAL)
    assert set(space.initial) == {"stem.out_channels", "body"}
    point = {"stem.out_channels": 8, "body": "FineGrainedSpace", "body.FineGrainedSpace.conv.stride": 2}
    assert space.misfit(point) == "body.FineGrainedSpace.act: is missing"
    point["body.FineGrainedSpace.act"] = "ReLU"
    assert space.misfit(point) is None
    assert space.at(point)["body"] == {
        "type": "FineGrainedSpace",
        "modules": ["conv", "act"],
        "conv": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2},
        "act": {"type": "ReLU"},
    }
    assert space.misfit({**point, "body.Conv2d.kernel_size": 3}) == (
        "body.Conv2d.kernel_size: no such active hyper-parameter"
    )
    assert space.misfit({**point, "stem.out_channels": 9}) == "stem.out_channels: 9 is not in choice of 8, 16"


def test_a_space_with_options_counts_and_enumerates_each_point_once():
    space = fgspace.space({**CONDITIONAL, "body": {"choice": CONDITIONAL["body"]["choice"][:2]}})
    points = list(space.enumerate())
    assert space.size == len(points) == 2 * (1 + 5 * 2)
    assert len({space.key(point) for point in points}) == len(points)
    assert all(map(space.contains, points))


def test_an_unnamed_choice_of_equal_types_is_told_apart_by_number():
    space = values_only(act={"choice": [{"type": "ReLU"}, {"type": "ReLU", "inplace": True}, {"type": "ELU"}]})
    assert [point["act"] for point in space.enumerate()] == ["ReLU#0", "ReLU#1", "ELU"]


def test_an_alias_is_one_hyper_parameter():
    width = {"choice": [8, 16]}
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["one", "two"],
            "one": {"type": "Conv2d", "out_channels": width, "kernel_size": 1},
            "two": {"type": "Conv2d", "out_channels": width, "kernel_size": 1},
        }
    )
    assert list(space.hyper_parameters) == ["one.out_channels"]
    assert space.at({"one.out_channels": 16})["two"]["out_channels"] == 16


def test_an_alias_in_several_options_is_always_active():
    slope = {"float": [0.1, 0.2]}
    options = [{"type": "LeakyReLU", "negative_slope": slope}, {"type": "ELU", "alpha": slope}]
    space = values_only(act={"choice": options})
    assert set(space.initial) == {"act", "act.LeakyReLU.negative_slope"}


def test_equal_spaces_have_one_digest_whatever_the_order_of_their_keys():
    def turned(node):
        return {key: turned(node[key]) for key in reversed(node)} if isinstance(node, dict) else node

    one, other = fgspace.space(CONDITIONAL), fgspace.space(turned(CONDITIONAL))
    assert one.digest == other.digest
    assert list(one.hyper_parameters) == list(other.hyper_parameters)
    assert one.sample(Random(1)) == other.sample(Random(1))
    changed = {**CONDITIONAL, "head": {"type": "AdaptiveAvgPool2d", "output_size": 2}}
    assert fgspace.space(changed).digest != one.digest


def test_the_digest_is_the_same_in_every_program():
    assert values_only(kernel={"choice": [3, 5]}, depth={"int": [1, 4]}).digest == "3fb190d64ea202f3"


def test_the_short_form_of_a_described_list_is_a_vector_that_starts_there():
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "hyper_parameters": {"block.pattern": [0, 1, 1], "block.kernel": [3, 5], "block.free": [1, 2]},
            "block": {"pattern": [1, 1, 1], "kernel": 5},
        }
    )
    assert space.forms == {
        "block.free": "candidates",
        "block.kernel": "candidates",
        "block.pattern": "vector that starts at the given value",
    }
    assert space.initial == {"block.pattern": [0, 1, 1], "block.kernel": 5, "block.free": 1}
    assert space.size == 2**3 * 2 * 2


def test_a_described_value_is_where_the_search_starts():
    raw = {"type": "FineGrainedSpace", "hyper_parameters": {"lr": {"float": [0.01, 1]}, "n": {"int": [1, 5]}}}
    assert fgspace.space({**raw, "lr": 0.1, "n": 9}).initial == {"lr": 0.1, "n": 1}


def test_given_widths_are_checked_as_written_and_follow_elsewhere():
    raw = {
        "type": "FineGrainedSpace",
        "hyper_parameters": {"one.out_channels": [8, 16]},
        "modules": ["one", "two"],
        "one": {"type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 1},
        "two": {"type": "Conv2d", "in_channels": 8, "out_channels": 4, "kernel_size": 1},
    }
    space = fgspace.space(raw)
    assert space.cost({"one.out_channels": 16})["params"] == (3 * 16 + 16) + (16 * 4 + 4)
    wrong = {**raw, "two": {**raw["two"], "in_channels": 9}}
    with pytest.raises(DescriptionError) as raised:
        fgspace.space(wrong)
    assert str(raised.value) == "two.in_channels: is 9, but one puts out 8; write auto, or 8"


def test_what_is_searched_of_the_evaluator_is_part_of_the_description(tmp_path):
    @fgspace.register("Counting", kind="evaluator")
    class Counting:
        metrics = ("score",)
        input_shape = None

        def __init__(self, lr: float = 0.1, seed: int = 0, folder: str | None = None) -> None:
            self.lr = lr

    experiment = {
        "search_space": {"type": "FineGrainedSpace", "hyper_parameters": {"evaluator.lr": {"float": [0.01, 1]}}},
        "evaluator": {"type": "Counting", "lr": 0.5},
    }
    space = fgspace.space(experiment)
    assert space.initial == {"evaluator.lr": 0.5}
    assert space.at({"evaluator.lr": 0.25})["evaluator"] == {"type": "Counting", "lr": 0.25}
    fixed = {"search_space": {"type": "FineGrainedSpace"}, "evaluator": {"type": "Counting"}}
    assert "evaluator" not in fgspace.space(fixed).at({})


@pytest.mark.parametrize("name", ["double", "nodes", "types"])
def test_a_hyper_parameter_of_a_space_without_parts_may_be_called_nearly_as_a_word_of_the_language(name):
    made = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {name: {"bits": 4}}})
    assert list(made.hyper_parameters) == [name]


@given(SEEDS)
def test_a_point_is_what_its_domains_draw_one_after_the_other(seed):
    tables = values_only(kernel=FLAT["kernel"], depth=FLAT["depth"])
    for space in (tables, values_only(**FLAT), values_only(kernel=FLAT["kernel"], long={"int": [0, 2**60]})):
        rng = Random(seed)
        drawn = {path: domain.sample(rng) for path, domain in space.hyper_parameters.items()}
        assert space.sample(Random(seed)) == drawn


@given(SEEDS, st.integers(1, 500))
def test_bits_are_the_digits_of_one_random_number(seed, length):
    number = Random(seed).getrandbits(length)
    drawn = values_only(bits={"bits": length}).sample(Random(seed))["bits"]
    assert drawn == [number >> place & 1 for place in range(length)]
