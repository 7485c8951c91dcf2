"""Points, tokens and shapes that programs give to a space become plain JSON, or an error that says what is wrong."""

import json
import pickle
from collections import OrderedDict
from enum import Enum, StrEnum
from random import Random
from types import MappingProxyType

import fgspace
import numpy as np
import pytest
import torch
from fgspace import FgspaceError, nn
from fgspace.spaces.border import Membership, PointError, plain_point
from fgspace.testing.problems import small_space
from hypothesis import given
from hypothesis import strategies as st

FLAT = fgspace.space(
    {
        "search_space": {
            "width": {"int": [1, 9]},
            "kernel": {"choice": [1, 3, 5]},
            "rate": {"float": [0, 1]},
            "mask": {"bits": 3},
            "pair": {"choice": [[1, 2], [3, 4]]},
            "shares": {"vector": {"float": [0, 1, 0.5]}, "length": 2},
        }
    }
)
POINT = {"width": 4, "kernel": 3, "rate": 0.5, "mask": [1, 0, 1], "pair": [3, 4], "shares": [0.5, 1.0]}
NETWORK = fgspace.space(
    {
        "modules": ["conv", "act"],
        "conv": {"type": "Conv2d", "out_channels": {"int": [4, 8]}, "kernel_size": {"choice": [1, 3]}},
        "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.01, 0.3]}}]},
    }
)
LEAKY = {"conv.kernel_size": 3, "conv.out_channels": 5, "act": "LeakyReLU", "act.LeakyReLU.negative_slope": 0.25}


class Path(StrEnum):
    WIDTH = "width"


class Kernel(Enum):
    SMALL = 3


def spoken(**change):
    """Return a point as a program of NumPy, torch and enums gives it."""
    return {
        Path.WIDTH: np.int64(4),
        "kernel": Kernel.SMALL,
        "rate": np.float32(0.5),
        "mask": np.array([1, 0, 1]),
        "pair": (3, np.uint8(4)),
        "shares": torch.tensor([0.5, 1.0]),
        **change,
    }


@pytest.mark.parametrize(
    "point",
    [
        POINT,
        spoken(),
        spoken(rate=np.array(0.5)),
        spoken(width=torch.tensor(4)),
        OrderedDict(spoken()),
        MappingProxyType(spoken()),
        {np.str_(path): value for path, value in POINT.items()},
    ],
    ids=str,
)
def test_every_method_takes_the_same_point_however_a_program_gives_it(point):
    assert json.dumps(FLAT.at(point)) == json.dumps(FLAT.at(POINT))
    assert (FLAT.key(point), FLAT.encode(point)) == (FLAT.key(POINT), FLAT.encode(POINT))
    assert (FLAT.misfit(point), FLAT.contains(point), FLAT.forbids(point)) == (None, True, False)
    assert FLAT.active(point) == FLAT.active(POINT)
    assert json.dumps(FLAT.restrict(point)) == json.dumps(FLAT.complete(point)) == json.dumps(FLAT.restrict(POINT))
    for made in (
        FLAT.mutate(point, Random(3)),
        FLAT.crossover(point, point, Random(3)),
        FLAT.crossover(POINT, point, Random(3)),
        FLAT.plain_point(point),
        FLAT.checked(point),
    ):
        assert plain_point(made) is made
        assert {type(path) for path in json.loads(json.dumps(made))} == {str}
    assert FLAT.mutate(point, Random(3)) == FLAT.mutate(POINT, Random(3))


def test_a_point_that_is_plain_is_passed_on_as_it_is():
    assert plain_point(POINT) is POINT
    assert FLAT.plain_point(POINT) is POINT
    assert FLAT.checked(POINT) is POINT
    nested = {"a": [[1, 2], [3, [4, None]]], "b": True}
    assert plain_point(nested) is nested
    changed = {"a": [[1, 2], [3, [np.int64(4), None]]], "b": True}
    assert json.dumps(plain_point(changed)) == '{"a": [[1, 2], [3, [4, null]]], "b": true}'


def test_values_are_written_as_their_domains_have_them():
    point = {**POINT, "rate": 1, "kernel": True, "shares": [1, 0], "pair": [3.0, 4]}
    own = {**POINT, "rate": 1.0, "kernel": 1, "shares": [1.0, 0.0], "pair": [3, 4]}
    assert json.dumps(FLAT.plain_point(point)) == json.dumps(own)
    assert json.dumps(FLAT.complete(point)) == json.dumps(FLAT.complete(own))
    assert repr(FLAT.key({**POINT, "rate": 1, "shares": [1, 0]})) == repr(
        FLAT.key({**POINT, "rate": 1.0, "shares": [1.0, 0.0]})
    )
    assert json.dumps(FLAT.decode(FLAT.encode(point))) == json.dumps(FLAT.restrict(own))


def test_tokens_may_speak_numpy_too():
    tokens = FLAT.encode(POINT)
    for spoken_tokens in (np.array(tokens), tuple(tokens), [np.int64(token) for token in tokens], torch.tensor(tokens)):
        made = FLAT.decode(spoken_tokens)
        assert made == POINT
        assert plain_point(made) is made


@pytest.mark.parametrize(
    "shape", [(3, 16, 16), [3, 16, 16], np.array([3, 16, 16]), (np.int64(3), 16, 16), torch.Size([3, 16, 16])], ids=str
)
def test_shapes_may_speak_numpy_too(shape):
    cost = NETWORK.cost(LEAKY, shape)
    assert cost == {"params": 140, "macs": 135 * 14 * 14}
    assert {type(value) for value in cost.values()} == {int}
    assert NETWORK.build(LEAKY, shape).conv.out_channels == 5
    described = {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}
    assert fgspace.build(described, input_shape=shape).in_channels == 3
    assert fgspace.space(described, input_shape=shape).input_shape == (3, 16, 16)
    assert {type(size) for size in fgspace.space(described, input_shape=shape).input_shape} == {int}


def test_a_network_of_a_spoken_point_holds_plain_numbers():
    given = {"conv.kernel_size": np.int64(3), "conv.out_channels": np.int32(5), "act": np.str_("ReLU")}
    network = NETWORK.build(given)
    assert [type(size) for size in (*network.conv.kernel_size, network.conv.out_channels)] == [int, int, int]
    assert NETWORK.cost(given) == NETWORK.cost({"conv.kernel_size": 3, "conv.out_channels": 5, "act": "ReLU"})


FORM = (
    "input_shape: expected the sizes of one input, for instance [3, 32, 32], or {shape: [128], dtype: int64, below:"
    " 30522}; got "
)
MISSING = "; space.complete(point) gives what is missing its initial value"


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({}, f"conv.kernel_size: is missing{MISSING}"),
        (
            {**LEAKY, "conv.out_chanels": 4},
            "conv.out_chanels: no such hyper-parameter; did you mean 'conv.out_channels'?",
        ),
        (
            {"conv.kernel_size": 1, "conv.out_chanels": 4, "act": "ReLU"},
            "conv.out_chanels: no such hyper-parameter; did you mean 'conv.out_channels'?",
        ),
        (
            {"conv.kernel_size": 1, "conv.out_channels": 4, "act": "LeakyReLU"},
            f"act.LeakyReLU.negative_slope: is missing{MISSING}",
        ),
        ([0, 1, 0, 0], "expected a mapping from hyper-parameters to values, got [0, 1, 0, 0]"),
        (None, "expected a mapping from hyper-parameters to values, got null"),
        (
            {**LEAKY, "act": len},
            "act: expected plain data (mappings, lists, text, numbers), got the builtin_function_or_method 'len'",
        ),
        ({**LEAKY, 3: 4}, "expected text as the key of a mapping, got 3"),
    ],
)
def test_what_is_no_point_is_told_by_every_method(point, message):
    for ask in (
        lambda: NETWORK.encode(point),
        lambda: NETWORK.mutate(point, Random(0)),
        lambda: NETWORK.crossover(LEAKY, point, Random(0)),
        lambda: NETWORK.checked(point),
        # Descriptions and costs complete a point, and take tokens.
        *((lambda: NETWORK.at(point),) if isinstance(point, dict) and not message.endswith(MISSING) else ()),
    ):
        with pytest.raises(PointError) as raised:
            ask()
        assert str(raised.value) == message
        assert isinstance(raised.value, ValueError | FgspaceError)


@pytest.mark.parametrize("method", ["at", "cost", "build", "key", "restrict"])
def test_a_point_with_a_misspelt_name_is_told_before_anything_is_built(method):
    with pytest.raises(FgspaceError) as raised:
        getattr(NETWORK, method)({"conv.kernel_size": 1, "conv.out_chanels": 4, "act": "ReLU"})
    assert str(raised.value) == "conv.out_chanels: no such hyper-parameter; did you mean 'conv.out_channels'?"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: NETWORK.encode({**LEAKY, "conv.out_channels": 99}), "conv.out_channels: 99 is not in int [4, 8]"),
        (lambda: NETWORK.complete({"conv.out_channels": 99}), "conv.out_channels: 99 is not in int [4, 8]"),
        (
            lambda: NETWORK.complete({"conv.out_chanels": 5}),
            "conv.out_chanels: no such hyper-parameter; did you mean 'conv.out_channels'?",
        ),
        (
            lambda: NETWORK.mutate(LEAKY, Random(0), "conv.out_chanels"),
            "conv.out_chanels: no such hyper-parameter; did you mean 'conv.out_channels'?",
        ),
        (lambda: NETWORK.decode("0000"), "expected tokens, which are whole numbers; got '0000'"),
        (lambda: NETWORK.decode([0, 0.0, 0, 0]), "expected tokens, which are whole numbers; got [0, 0.0, 0, 0]"),
        (lambda: NETWORK.decode([0, 0]), "expected 4 tokens, got 2"),
        (
            lambda: NETWORK.cost(LEAKY, "3,16,16"),
            FORM + "'3,16,16'",
        ),
        (
            lambda: NETWORK.cost(LEAKY, (3, 16.5, 16)),
            FORM + "[3, 16.5, 16]",
        ),
        (
            lambda: fgspace.build({"type": "ReLU"}, input_shape=(3, -1, 16)),
            FORM + "[3, -1, 16]",
        ),
    ],
)
def test_what_cannot_be_taken_says_what_was_expected(ask, message):
    with pytest.raises(FgspaceError) as raised:
        ask()
    assert str(raised.value) == message


def test_a_whole_point_may_have_values_of_options_that_are_not_chosen():
    inactive = {"conv.kernel_size": 1, "conv.out_channels": 5, "act": "ReLU", "act.LeakyReLU.negative_slope": 0.1}
    assert NETWORK.at(inactive) == NETWORK.at({"conv.out_channels": np.int64(5)})
    assert NETWORK.cost({**inactive, "conv.kernel_size": np.int64(1)}) == NETWORK.cost({"conv.out_channels": 5})


@given(st.integers(0, 2**32), st.data())
def test_what_is_taken_as_it_is_is_a_whole_plain_point(seed, data):
    for space in (FLAT, NETWORK, small_space("options"), small_space("scales")):
        point = space.sample(Random(seed))
        taken = Membership(space._parameters)
        assert point in taken
        path = data.draw(st.sampled_from(sorted(point)))
        value = point[path]
        assert {key: one for key, one in point.items() if key != path} not in taken
        assert {**point, "extra": 1} not in taken
        for other in (np.array(value)[()], [value], None, "nothing", True, 10**9):
            assert {**point, path: other} not in taken


def test_the_trusting_space_is_the_same_space_without_the_border():
    trusting = NETWORK.trusting
    assert isinstance(trusting, fgspace.Space)
    assert trusting == NETWORK
    assert (trusting.digest, trusting.size, trusting.trusting) == (NETWORK.digest, NETWORK.size, trusting)
    assert trusting.at(LEAKY) == NETWORK.at(LEAKY)
    assert trusting.sample(Random(5)) == NETWORK.sample(Random(5))
    assert trusting.mutate(LEAKY, Random(5)) == NETWORK.mutate(LEAKY, Random(5))
    assert type(pickle.loads(pickle.dumps(trusting))) is fgspace.Space
    given = {**LEAKY, "conv.out_channels": np.int64(5)}
    assert trusting.plain_point(given) is given


@given(st.integers(0, 2**32))
def test_a_point_may_be_made_of_numpy_scalars_all_over(seed):
    def speak(value):
        return [speak(one) for one in value] if isinstance(value, list) else np.array(value)[()]

    point = FLAT.sample(Random(seed))
    given = {path: speak(value) for path, value in point.items()}
    assert FLAT.decode(FLAT.encode(given)) == point
    assert json.dumps(FLAT.at(given)) == json.dumps(FLAT.at(point))


def test_code_that_makes_parts_may_speak_numpy():
    @fgspace.register("SpeaksNumpy")
    class SpeaksNumpy(fgspace.FineGrainedSpace):
        """Computes its widths with NumPy."""

        def constructor(self, in_channels: fgspace.InWidth, width: int = 8) -> None:
            inner = np.array([1, 2])[1] * width
            self.add("conv", nn.Conv2d(in_channels, inner, (np.int64(3), 1), padding=(np.int64(1), 0)))
            self.add("norm", nn.BatchNorm2d(inner))
            self.add("last", {"type": "Conv2d", "out_channels": inner // 2, "kernel_size": np.int64(1)})
            self.add("odd", nn.Softplus(np.float32(0.5)))

    @fgspace.register("SpeaksPython")
    class SpeaksPython(fgspace.FineGrainedSpace):
        """Computes the same widths without."""

        def constructor(self, in_channels: fgspace.InWidth, width: int = 8) -> None:
            self.add("conv", nn.Conv2d(in_channels, 2 * width, (3, 1), padding=(1, 0)))
            self.add("norm", nn.BatchNorm2d(2 * width))
            self.add("last", {"type": "Conv2d", "out_channels": width, "kernel_size": 1})
            self.add("odd", nn.Softplus(0.5))

    spoken_cost, plain_cost = (fgspace.space({"type": name}).cost() for name in ("SpeaksNumpy", "SpeaksPython"))
    assert json.dumps(spoken_cost) == json.dumps(plain_cost)
    network = fgspace.build({"type": "SpeaksNumpy", "width": np.int64(4)}, input_shape=(3, 8, 8))
    assert repr(network) == repr(fgspace.build({"type": "SpeaksPython", "width": 4}, input_shape=(3, 8, 8)))


def test_a_space_class_may_be_made_with_numpy():
    @fgspace.register("SpokenTokens", kind="search_space")
    class SpokenTokens(fgspace.TokenSpace):
        """Convolutions of some widths."""

        def __init__(self, widths: list[int] = (8, 16)) -> None:
            self.widths = widths

        def init_tokens(self):
            return [0]

        def range_table(self):
            return [len(self.widths)]

        def token2arch(self, tokens):
            return {"type": "Conv2d", "out_channels": self.widths[tokens[0]], "kernel_size": 1}

    space = SpokenTokens(widths=np.array([4, 8, 12]))
    assert space.digest == SpokenTokens(widths=[4, 8, 12]).digest
    assert json.dumps(space.cost({"tokens": np.array([2])})) == '{"params": 48, "macs": 36864}'
    with pytest.raises(FgspaceError) as raised:
        _ = SpokenTokens(widths={1, 2}).digest
    assert str(raised.value) == (
        "SpokenTokens.widths: expected plain data (mappings, lists, text, numbers), got an object of class 'set'"
    )


def test_the_functions_of_fgspace_take_numpy():
    assert fgspace.digest({"a": np.int64(3)}) == fgspace.digest({"a": 3})
    described = {"modules": ("a",), "a": {"type": "Conv2d", "out_channels": np.int64(3), "kernel_size": 1}}
    assert json.dumps(fgspace.split_processes(described)[0]) == json.dumps(
        {"modules": ["a"], "a": {"type": "Conv2d", "out_channels": 3, "kernel_size": 1}}
    )
    bound = fgspace.reference("dataset", {"type": "Digits", "validation": np.float64(0.25)}).bound
    assert (bound, type(bound["validation"])) == ({"validation": 0.25}, float)
