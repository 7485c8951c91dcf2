"""Whatever a program hands in becomes plain JSON at the border, or an error that says what it is and where."""

import json
from collections import OrderedDict
from enum import Enum, IntEnum
from pathlib import Path
from random import Random

import fgspace
import numpy as np
import pytest
from fgspace import FgspaceError, Study, TokenSpace
from fgspace.documents.plain import plain


class Width(IntEnum):
    NARROW = 8
    WIDE = 32


class Kind(Enum):
    CONV = "Conv2d"


@pytest.fixture(scope="module", autouse=True)
def spaces():
    @fgspace.register("NumpyTokens", kind="search_space")
    class NumpyTokens(TokenSpace):
        """Writes NumPy integers into what it describes."""

        def init_tokens(self):
            return np.array([0, 1])

        def range_table(self):
            return np.array([3, 2])

        def token2arch(self, tokens):
            width = np.array([8, 16, 32])[tokens[0]]
            return {
                "type": "FineGrainedSpace",
                "modules": ("conv", "act"),
                "conv": {"type": Kind.CONV, "out_channels": width, "kernel_size": np.int64(2 * tokens[1] + 1)},
                "act": {"type": "ReLU"},
            }

    @fgspace.register("FunctionTokens", kind="search_space")
    class FunctionTokens(TokenSpace):
        """Returns a function."""

        def init_tokens(self):
            return [0]

        def range_table(self):
            return [2]

        def token2arch(self, tokens):
            return lambda x: x


def test_a_token_space_may_speak_numpy(tmp_path):
    space = fgspace.space({"type": "NumpyTokens"})
    assert (space.range_table, space.init_tokens) == ([3, 2], [0, 1])
    cost = space.cost(space.decode(np.array([2, 0])))
    assert cost == {"params": 128, "macs": 96 * 32 * 32}
    assert all(type(value) is int for value in cost.values())
    assert json.loads(json.dumps(space.to_json())) == space.to_json()
    study = Study(space, "RandomSearch", {"macs": "min"}, store=tmp_path, initial_points=[np.array([1, 1])])
    study.run(lambda description: {}, trials=4)
    assert study.trials[0].point == {"tokens": [1, 1]}
    study.close()
    assert len(Study.open(tmp_path).trials) == 4
    assert space.build(space.sample(Random(0))) is not None


def test_a_description_of_a_program_may_speak_numpy():
    described = {"type": "Conv2d", "out_channels": np.int32(8), "kernel_size": (np.int64(3), np.int64(1))}
    space = fgspace.space(described)
    assert space.at({}) == {"type": "Conv2d", "out_channels": 8, "kernel_size": [3, 1]}
    assert space == fgspace.space({"type": "Conv2d", "out_channels": 8, "kernel_size": [3, 1]})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(7), 7),
        (np.bool_(True), True),
        (np.str_("wide"), "wide"),
        ((1, (2, 3)), [1, [2, 3]]),
        (Width.WIDE, 32),
        (Kind.CONV, "Conv2d"),
        (Path("a") / "b", "a/b"),
        (OrderedDict(a=(1,)), {"a": [1]}),
        ({Kind.CONV: {"x": np.int8(3)}}, {"Conv2d": {"x": 3}}),
    ],
)
def test_plain_json_is_made_of(given, expected):
    made = plain(given)
    assert made == expected
    assert type(made) is type(expected)
    assert json.loads(json.dumps(made)) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": [1, {2}]}, "a.1: expected plain data (mappings, lists, text, numbers), got an object of class 'set'"),
        ({"a": {3: 1}}, "a: expected text as the key of a mapping, got 3"),
        (
            {"a": len},
            "a: expected plain data (mappings, lists, text, numbers), got the builtin_function_or_method 'len'",
        ),
        (b"x", "expected plain data (mappings, lists, text, numbers), got an object of class 'bytes'"),
    ],
)
def test_what_is_not_plain_is_named_with_its_place(given, message):
    with pytest.raises(ValueError, match=r".") as raised:
        plain(given)
    assert str(raised.value) == message
    if isinstance(given, dict):
        with pytest.raises(FgspaceError) as refused:
            fgspace.space({"search_space": {"type": "ReLU"}, **given})
        assert str(refused.value) == message


def test_what_stands_in_two_places_is_one_hyper_parameter():
    width = {"int": [4, 8]}
    conv = {"type": "Conv2d", "kernel_size": 1}
    space = fgspace.space(
        {"modules": ["a", "b"], "a": {**conv, "out_channels": width}, "b": {**conv, "out_channels": width}}
    )
    assert list(space.hyper_parameters) == ["a.out_channels"]


def test_a_function_in_place_of_a_network_is_told_what_to_return():
    with pytest.raises(FgspaceError) as raised:
        fgspace.space({"type": "FunctionTokens"})
    assert str(raised.value) == (
        "FunctionTokens.token2arch returned a function; return a description, such as"
        ' {"type": "FineGrainedSpace", "modules": ["body", "head"], "body": ..., "head": ...}, or an nn.Module'
        " whose forward(self, x) is that function"
    )
