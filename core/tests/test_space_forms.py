"""How hyper-parameters are written: what each form is understood as, which places they may name, what is refused."""

import fgspace
import pytest
from fgspace import DescriptionError
from fgspace.spaces.domains import Choice, Float, Int, Tokens, Vector, bits

FORMS = "{choice: [...]}, {int: [low, high]}, {float: [low, high]}, {bits: n} or {vector: DOMAIN, length: n}"
RELU = {"type": "ReLU"}


def made(hyper_parameters, **described):
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters, **described})


def said(hyper_parameters, **described):
    with pytest.raises(DescriptionError) as raised:
        made(hyper_parameters, **described)
    return str(raised.value)


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ({"choice": [3, "x", [1, 2]]}, Choice((3, "x", [1, 2]))),
        ({"int": [1, 9]}, Int(1, 9)),
        ({"int": [1, 9, 2]}, Int(1, 9, 2)),
        ({"float": [0, 1.5]}, Float(0, 1.5)),
        ({"float": [0, 1], "log": False}, Float(0, 1)),
        ({"log": True, "float": [0.1, 1]}, Float(0.1, 1, log=True)),
        ({"bits": 4}, bits(4)),
        ({"bits": 4, "ones": 2}, bits(4, 2)),
        ({"at_least": 3, "bits": 4}, bits(4, at_least=3)),
        ({"tokens": [2, 3]}, Tokens((2, 3))),
        ({"vector": {"vector": {"int": [1, 2]}, "length": 2}, "length": 3}, Vector(Vector(Int(1, 2), 2), 3)),
        ([1, 2], Choice((1, 2))),
    ],
)
def test_a_domain_may_stand_apart_or_in_place_of_the_value(written, domain):
    assert made({"a": written}).hyper_parameters == {"a": domain}
    if isinstance(written, dict):
        assert made({}, a=written).hyper_parameters == {"a": domain}
        assert made({}, a=written).forms == {"a": "in place"}
        assert made({"a": written}).forms == {"a": "domain"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"float": [1]}, "float: expected [low, high] or [low, high, step], got [1]"),
        ({"float": [1, "x"]}, "float: expected [low, high] or [low, high, step], got [1, 'x']"),
        ({"float": [True, 2]}, "float: expected [low, high] or [low, high, step], got [True, 2]"),
        ({"float": 3}, "float: expected [low, high] or [low, high, step], got 3"),
        ({"float": [1, 2], "log": 1}, "float: expected log to be true or false, got 1"),
        ({"float": [1, 2], "lag": True}, "float: takes no 'lag'; did you mean 'log'?"),
        ({"int": 5}, "int: expected [low, high] or [low, high, step] of whole numbers, got 5"),
        ({"int": [1, 2, 3, 4]}, "int: expected [low, high] or [low, high, step] of whole numbers, got [1, 2, 3, 4]"),
        ({"int": [1, True]}, "int: expected [low, high] or [low, high, step] of whole numbers, got [1, True]"),
        ({"int": [1, 2.0]}, "int: expected [low, high] or [low, high, step] of whole numbers, got [1, 2.0]"),
        ({"bits": "a"}, "bits: expected a whole number as length, got 'a'"),
        ({"bits": True}, "bits: expected a whole number as length, got True"),
        ({"bits": 3, "ones": 1.5}, "bits: expected a whole number as ones, got 1.5"),
        ({"bits": 3, "at_least": "x"}, "bits: expected a whole number as at_least, got 'x'"),
        ({"vector": {"int": [0, 1]}, "length": "x"}, "vector: expected a whole number as length, got 'x'"),
        ({"vector": 3, "length": 2}, f"vector: expected a domain, {FORMS}; got 3"),
        ({"vector": {"int": [0, 1]}, "length": 2, "x": 1}, "vector: takes no 'x'; it also takes length"),
        ({"bits": 3, "x": 1}, "bits: takes no 'x'; it also takes at_least, ones"),
        ({"tokens": 3}, "tokens: expected the number of values of each token, got 3"),
        ({"tokens": [1, "x"]}, "tokens: expected the number of values of each token, got [1, 'x']"),
        ({"tokens": [1, 0]}, "tokens: the range of token 1 must be at least 1, got 0"),
        ({"choice": [1, 2], "ones": 3}, "choice: takes no 'ones'"),
        ({}, f"expected a domain, {FORMS}; got {{}}"),
        ({"chioce": [1]}, f"expected a domain, {FORMS}; got {{'chioce': [1]}}; did you mean 'choice'?"),
    ],
)
def test_a_domain_that_is_written_wrong_is_refused(written, message):
    assert said({"a": written}) == f"a: {message}"


@pytest.mark.parametrize(
    ("path", "described", "message"),
    [
        ("a.b", {"a": 3}, "names nothing: a is 3"),
        ("a.b", {"a": "x"}, "names nothing: a is 'x'"),
        ("a.2", {"a": [3, 4]}, "names nothing: a is a list of 2 and has no '2'"),
        ("a.x", {"a": [3, 4]}, "names nothing: a is a list of 2 and has no 'x'"),
        ("a.-1", {"a": [3, 4]}, "names nothing: a is a list of 2 and has no '-1'"),
        ("a.1.b", {"a": [{"b": 1}, 4]}, "names nothing: a.1 is 4"),
        ("a.2.b", {"a": [{"b": 1}, 4]}, "names nothing: a is a list of 2 and has no '2'"),
        ("a.b.c", {"a": {"b": 1}}, "names nothing: a.b is 1"),
        ("a.bb.c", {"a": {"b": {"c": 1}}}, "names nothing: a has no 'bb'; did you mean 'b'?"),
        ("a.b", {"a": {"int": [1, 5]}}, "names nothing: a is searched itself"),
        ("a.ReLU", {"a": {"choice": [1, RELU]}}, "names nothing: a is searched itself"),
        ("a.ReLU.x.y", {"a": {"choice": [1, {"type": "ReLU", "x": 3}]}}, "names nothing: a.ReLU.x is 3"),
        ("a", {"a": {"int": [1, 5]}}, "is already searched, by the domain in its place"),
        ("c", {"modules": ["b"], "b": RELU}, "names nothing: the space has no part 'c'"),
        ("bb", {"modules": ["b"], "b": RELU}, "names nothing: the space has no part 'bb'; did you mean 'b'?"),
        ("c.x", {"modules": ["b"], "b": RELU}, "names nothing: the space has no 'c'"),
        (
            "b.c",
            {"modules": ["b"], "b": {"type": "FineGrainedSpace", "modules": ["x"], "x": RELU}},
            "names nothing: b has no part 'c'",
        ),
    ],
)
def test_a_path_that_names_nothing_is_refused_with_how_far_it_leads(path, described, message):
    assert said({path: [1, 2]}, **described) == f"{path}: {message}"


def test_hyper_parameters_that_are_neither_a_mapping_nor_a_list_of_paths_are_refused():
    assert said(3) == "hyper_parameters: expected paths and their domains, got 3"
    assert said([3]) == "hyper_parameters: expected paths and their domains, got [3]"
    assert said(["a"], a=1) == "a: has no declared domain; write one"
    assert said(["conv.groups"], modules=["conv"], conv={"type": "Conv2d", "out_channels": 3, "kernel_size": 1}) == (
        "conv.groups: has no declared domain; write one"
    )


def test_a_path_may_lead_into_lists_and_into_the_options_of_a_choice():
    space = made({"a.1": [5, 6], "b.0.c": {"int": [1, 2]}, "d.ReLU.x": [7, 8]}, a=[3, 6], b=[{"c": 2}],
                 d={"choice": [1, {"type": "ReLU", "x": 8}]})  # fmt: skip
    assert space.initial == {"a.1": 6, "b.0.c": 2, "d": 1}
    point = {"a.1": 5, "b.0.c": 1, "d": "ReLU", "d.ReLU.x": 7}
    assert space.misfit(point) is None
    assert space.at(point) == {"type": "FineGrainedSpace", "a": [3, 5], "b": [{"c": 1}], "d": {"type": "ReLU", "x": 7}}


@pytest.mark.parametrize(
    ("candidates", "described", "domain", "start"),
    [
        ([3, 4], [1, 2], Vector(Choice((3, 4)), 2), [3, 4]),
        ([4, 4, 3], [1, 2, 3], Vector(Choice((4, 3)), 3), [4, 4, 3]),
        ([[1, 2], [3, 4]], [3, 4], Choice(([1, 2], [3, 4])), [3, 4]),
        ([[1, 2], [3, 4]], [5, 6], Choice(([1, 2], [3, 4])), [1, 2]),
        ([3, 4], 4, Choice((3, 4)), 4),
        ([3, 4], 5, Choice((3, 4)), 3),
    ],
)
def test_a_plain_list_is_a_vector_where_a_list_is_described_and_candidates_elsewhere(
    candidates, described, domain, start
):
    space = made({"a": candidates}, a=described)
    assert (space.hyper_parameters, space.initial) == ({"a": domain}, {"a": start})


def test_options_that_are_modules_or_mappings_have_names_of_their_own():
    options = [1, RELU, {"type": "fgspace/ELU"}, {"alpha": {"int": [1, 3]}}, "x", {"int": [5, 6]}]
    space = made({"a": {"choice": options}})
    assert space.hyper_parameters["a"] == Choice((1, "ReLU", "ELU", "option#3", "x", "option#5"))
    assert space.at({"a": "option#3", "a.option#3.alpha": 2})["a"] == {"alpha": 2}
    assert space.at({"a": "option#5", "a.option#5": 6})["a"] == 6
    assert space.at({"a": "x"})["a"] == "x"
    assert space.size == 1 + 1 + 1 + 3 + 1 + 2


def test_a_domain_under_two_paths_is_one_hyper_parameter_and_two_equal_ones_are_two():
    shared = {"int": [1, 5]}
    assert list(made({"a": shared, "b": shared}).hyper_parameters) == ["a"]
    assert made({"a": shared, "b": shared}).at({"a": 3}) == {"type": "FineGrainedSpace", "a": 3, "b": 3}
    assert list(made({"a": {"int": [1, 5]}, "b": {"int": [1, 5]}}).hyper_parameters) == ["a", "b"]
    lists = [1, 2]
    assert list(made({"a": lists, "b": lists}).hyper_parameters) == ["a"]


def test_a_part_may_have_hyper_parameters_of_its_own_beside_those_of_the_space():
    inner = {
        "type": "FineGrainedSpace",
        "hyper_parameters": {"conv.out_channels": [4, 8], "conv.kernel_size": {"choice": [1, 3]}},
        "modules": ["conv"],
        "conv": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "bias": False},
    }
    space = made({"part.conv.bias": [False, True]}, modules=["part"], part=inner)
    assert space.initial == {"part.conv.bias": False, "part.conv.kernel_size": 3, "part.conv.out_channels": 8}
    point = {"part.conv.bias": True, "part.conv.kernel_size": 1, "part.conv.out_channels": 4}
    assert space.at(point)["part"] == {
        "type": "FineGrainedSpace",
        "modules": ["conv"],
        "conv": {"type": "Conv2d", "out_channels": 4, "kernel_size": 1, "bias": True},
    }
    misspelt = {**inner, "hyper_parameters": 3}
    assert said({}, modules=["part"], part=misspelt) == (
        "part.hyper_parameters: expected paths and their domains, got 3"
    )
