"""Options of a choice wherever they may stand, whatever they are, however deep: the points of such spaces."""

import json
from itertools import pairwise, product
from random import Random

import fgspace
import pytest
from fgspace import DescriptionError, Study
from fgspace.documents.reader import read_text
from fgspace.plugins.default_registry import default_registry
from fgspace.spaces.border import plain_point
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

FOUND = [one for one in default_registry().types if one.kind == "algorithm" and one.short_name != "Auto"]
ALGORITHMS = [pytest.param(one.name, marks=[pytest.mark.soak] * (one.plugin == "optuna")) for one in FOUND]
NEEDED = {"fgspace/Relay": {"stages": [{"type": "RandomSearch", "trials": 4}, {"type": "RandomSearch"}]}}
CONV = {"type": "Conv2d", "kernel_size": 1}


@pytest.fixture(scope="module", autouse=True)
def evaluators():
    @fgspace.register("Trains", kind="evaluator")
    class Trains:
        """Takes an optimiser, and what else is given."""

        metrics = ("loss",)

        def __init__(self, optimizer: dict | None = None, augment: list | None = None, epochs: int = 1) -> None:
            self.optimizer = optimizer

        def __call__(self, description):
            return {"loss": 1.0}


LEAVES = st.sampled_from(
    [
        {"int": [1, 3]},
        {"int": [1, 4], "log": True},
        {"float": [0, 1, 0.5]},
        {"bits": 2},
        {"bits": 3, "ones": 1},
        {"choice": ["u", "v"]},
        {"vector": {"int": [0, 1]}, "length": 2},
        {"choice": [[1, 2], [3]]},
    ]
)
PLAIN = st.sampled_from([7, "p", "q", None, 2.5, [8, 9]])


def options(inner):
    each = st.one_of(
        PLAIN,
        inner,
        st.fixed_dictionaries({"type": st.sampled_from(["A", "B", "acme/A"])}, optional={"x": inner, "y": inner}),
        st.fixed_dictionaries({"z": inner}),
        st.tuples(inner, PLAIN).map(list),
    )
    distinct = st.lists(each, min_size=1, max_size=3, unique_by=lambda option: json.dumps(option, sort_keys=True))
    choice = st.fixed_dictionaries({"choice": distinct})
    vector = st.fixed_dictionaries({"vector": choice, "length": st.integers(1, 2)})
    return choice | vector


NODES = st.recursive(LEAVES, options, max_leaves=6)


@st.composite
def spaces(draw):
    """Draw a space with options at several places, and with few enough points to go through."""
    described = {"search_space": {"a": draw(NODES), "b": draw(LEAVES)}}
    if draw(st.booleans()):
        described["evaluator"] = {"type": "Trains", "optimizer": {"type": "Adam", "rate": draw(NODES)}}
    space = fgspace.space(described)
    assume(space.size <= 2000)
    return described, space


def heads(node):
    """Yield the keys of a description that are those of domains."""
    if isinstance(node, dict):
        yield from {"choice", "int", "float", "bits", "vector", "hyper_parameter"} & {*node}
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from heads(child)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(spaces(), st.integers(0, 2**32))
def test_the_points_of_a_space_of_options_are_counted_coded_and_filled(drawn, seed):
    _, space = drawn
    every = list(space.enumerate())
    assert len(every) == space.size == len({json.dumps(point) for point in every})
    assert space.size_is_exact
    rng = Random(seed)
    for point in (space.initial, *(space.sample(rng) for _ in range(10))):
        assert point in every
        assert plain_point(point) is point
        assert space.misfit(point) is None
        assert space.decode(space.encode(point)) == point
        assert list(heads(space.at(point))) == []
        moved, crossed = space.mutate(point, rng), space.crossover(point, rng.choice(every), rng)
        assert (space.misfit(moved), space.misfit(crossed)) == (None, None)
        assert (moved != point) == (space.size > 1)
        assert space.complete(dict(list(point.items())[:1])) in every


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None, max_examples=60)
@given(spaces(), st.data())
def test_no_algorithm_proposes_what_is_forbidden_among_options(drawn, data):
    described, space = drawn
    every = list(space.enumerate())
    entries = []
    for point in data.draw(st.lists(st.sampled_from(every), max_size=3)):
        paths = data.draw(st.lists(st.sampled_from(sorted(point)), min_size=1, max_size=3, unique=True))
        entries.append({path: point[path] for path in paths})

    def is_allowed(point):
        return not any(all(point.get(path, ...) == value for path, value in entry.items()) for entry in entries)

    assume(is_allowed(space.initial))
    limited = fgspace.space({**described, "search_space": {**described["search_space"], "forbidden": entries}})
    allowed = [point for point in every if is_allowed(point)]
    assert list(limited.enumerate()) == allowed
    assert limited.size == len(allowed)
    keys = {limited.key(point) for point in allowed}
    grid = Study(limited, "GridSearch", {"loss": "min"})
    grid.run(lambda description: {"loss": 1.0}, trials=len(allowed) + 1)
    assert len(grid.trials) == len(keys)
    algorithm = data.draw(st.sampled_from([one.name for one in FOUND if one.plugin != "optuna"]))
    study = Study(limited, algorithm, {"loss": "min"}, **NEEDED.get(algorithm, {}))
    study.run(lambda description: {"loss": float(len(json.dumps(description)))}, trials=12)
    assert all(limited.misfit(trial.point) is None for trial in study.trials)
    assert len({limited.key(trial.point) for trial in study.trials}) == len(study.trials)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_searches_options_within_options(algorithm):
    rate = {"choice": [{"type": "Adam", "beta": {"choice": [0.8, {"float": [0.9, 1, 0.05]}]}}, {"type": "SGD"}]}
    space = fgspace.space(
        {
            "search_space": {
                "modules": ["conv", "act"],
                "forbidden": [{"conv": "Identity", "evaluator.optimizer": "SGD"}],
                "conv": {"choice": [{**CONV, "out_channels": {"int": [1, 64], "log": True}}, {"type": "Identity"}]},
                "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.1, 0.3]}}]},
            },
            "evaluator": {"type": "Trains", "optimizer": rate, "augment": [{"choice": ["flip", {"int": [1, 2]}]}]},
        }
    )
    study = Study(space, algorithm, {"loss": "min"}, **NEEDED.get(algorithm, {}))
    study.run(lambda described: {"loss": float(len(json.dumps(described)))}, trials=40)
    assert study.evaluated == 40
    assert all(space.misfit(trial.point) is None for trial in study.trials)
    chosen = {trial.point["evaluator.optimizer"] for trial in study.trials}
    assert all("type" in space.at(trial.point)["evaluator"]["optimizer"] for trial in study.trials)
    assert chosen <= {"Adam", "SGD"}


def test_a_vector_of_options_is_a_choice_for_each_element():
    act = {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0, 1, 0.5]}}, "none"]}
    space = fgspace.space({"search_space": {"acts": {"vector": act, "length": 2}}})
    assert list(space.hyper_parameters) == [
        *("acts.0", "acts.0.LeakyReLU.negative_slope", "acts.1", "acts.1.LeakyReLU.negative_slope"),
    ]
    assert space.size == 5 * 5
    point = {"acts.0": "LeakyReLU", "acts.0.LeakyReLU.negative_slope": 0.5, "acts.1": "none"}
    assert space.at(point)["acts"] == [{"type": "LeakyReLU", "negative_slope": 0.5}, "none"]
    apart = fgspace.space(
        {"search_space": {"acts": [1, 2], "hyper_parameters": {"acts": {"vector": act, "length": 2}}}}
    )
    assert (apart.size, apart.at(point)["acts"]) == (25, space.at(point)["acts"])


@pytest.mark.parametrize("element", [{"int": [1, 2]}, {"choice": [1, 2]}, {"choice": [[1], [2]]}])
def test_a_vector_of_values_stays_one_hyper_parameter(element):
    space = fgspace.space({"search_space": {"a": {"vector": element, "length": 3}}})
    assert list(space.hyper_parameters) == ["a"]
    assert space.size == 8


@pytest.mark.parametrize(
    ("element", "size"),
    [
        ({"choice": [{"int": [1, 2]}, {"int": [5, 6]}]}, 16),
        ({"vector": {"choice": [{"type": "A"}, {"type": "B", "x": {"int": [1, 2]}}]}, "length": 2}, 81),
        ({"choice": [[{"int": [1, 2]}, 3], 4]}, 9),
        ({"choice": [{"type": "A", "x": 1}, {"type": "B", "x": 2}]}, 4),
    ],
)
def test_elements_may_be_domains_lists_and_vectors_again(element, size):
    space = fgspace.space({"search_space": {"a": {"vector": element, "length": 2}}})
    assert space.size == size == len({space.key(point) for point in space.enumerate()})
    assert all(list(heads(space.at(point))) == [] for point in space.enumerate())


def test_what_an_alias_shares_is_shared_by_the_elements_too():
    text = """\
definitions:
  own: &own {int: [1, 2]}
search_space:
  width: &width {int: [1, 3]}
  a: {vector: {choice: [{type: A, w: *width, x: *own}, {type: B}]}, length: 2}
"""
    space = fgspace.space(read_text(text, "space.yaml"))
    assert list(space.hyper_parameters) == ["a.0", "a.0.A.w", "a.0.A.x", "a.1", "a.1.A.x"]
    widths = [one["w"] for one in space.at({"a.0": "A", "a.1": "A", "a.0.A.w": 3, "a.0.A.x": 1, "a.1.A.x": 2})["a"]]
    assert widths == [3, 3]


def test_an_alias_of_the_evaluator_and_the_network_is_one_hyper_parameter():
    width = {"int": [1, 3]}
    space = fgspace.space(
        {
            "search_space": {"modules": ["conv"], "conv": {**CONV, "out_channels": width}},
            "evaluator": {"type": "Trains", "optimizer": {"choice": [{"type": "Adam", "w": width}, {"type": "SGD"}]}},
        }
    )
    assert list(space.hyper_parameters) == ["conv.out_channels", "evaluator.optimizer"]
    assert space.size == 6 == len(list(space.enumerate()))
    described = space.at({"conv.out_channels": 3, "evaluator.optimizer": "Adam"})
    assert (described["conv"]["out_channels"], described["evaluator"]["optimizer"]["w"]) == (3, 3)


def test_options_of_one_name_are_told_apart():
    options = [{"type": "A", "x": {"int": [1, 2]}}, "A", {"type": "acme/A"}, {"type": "A#2"}]
    space = fgspace.space({"search_space": {"a": {"choice": options}}})
    assert list(space.hyper_parameters["a"].options) == ["A#0", "A", "A#2#", "A#2"]
    assert [space.at(point)["a"] for point in space.enumerate()] == [
        *({"type": "A", "x": 1}, {"type": "A", "x": 2}, "A", {"type": "acme/A"}, {"type": "A#2"}),
    ]


WITH_DOTS = """\
search_space:
  depth: 1
evaluator:
  type: Trains
  optimizer: {a.b: {int: [1, 2]}, a: {b: {int: [1, 3]}}}
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            WITH_DOTS,
            "space.yaml:5:42: evaluator.optimizer.a.b: is the path of two hyper-parameters; rename one whose name has a"
            " dot",
        ),
        (
            "search_space: {a: {vector: {choice: [{type: A}, {type: B}]}, length: 1001}}\n",
            "space.yaml:1:19: a: vector: expected a length of at most 1,000 where options have mappings or domains, got"
            " 1,001",
        ),
        (
            "search_space: {a: {vector: {choice: [{type: A}, {type: A}]}, length: two}}\n",
            "space.yaml:1:19: a: vector: expected a whole number as length, got 'two'",
        ),
        (
            "search_space: {a: {vector: {choice: [{type: A}, {type: A}]}, length: 2}}\n",
            "space.yaml:1:19: a: choice: option {'type': 'A'} is given twice",
        ),
        (
            "search_space:\n  a: [{int: [1, 2]}, {int: [3, 4]}]\n  hyper_parameters: {a: [5, 6]}\n",
            "space.yaml:3:22: a: a.0 is searched already, which this domain replaces; leave one of them out",
        ),
        (
            "search_space:\n  a: {type: A, x: {int: [1, 2]}}\n  hyper_parameters: {a: [{type: A}, {type: B}]}\n",
            "space.yaml:3:22: a: a.x is searched already, which this domain replaces; leave one of them out",
        ),
    ],
)
def test_what_cannot_be_searched_is_told_where_it_stands(text, message):
    with pytest.raises(DescriptionError) as raised:
        fgspace.space(read_text(text, "space.yaml"))
    assert str(raised.value) == message


def test_processes_and_token_spaces_may_be_options():
    @fgspace.register("Widths", kind="search_space")
    class Widths(fgspace.TokenSpace):
        """One convolution for each token."""

        def __init__(self, depth: int = 2) -> None:
            self.depth = depth

        def init_tokens(self):
            return [0] * self.depth

        def range_table(self):
            return [2] * self.depth

        def token2arch(self, tokens):
            parts = {f"conv{index}": {**CONV, "out_channels": 4 + token} for index, token in enumerate(tokens)}
            return {"type": "FineGrainedSpace", "modules": list(parts), **parts}

    options = [
        {"type": "Widths", "depth": 2},
        {**CONV, "out_channels": {"int": [1, 3]}},
        {"type": "Widths", "depth": 1},
    ]
    space = fgspace.space({"modules": ["body"], "body": {"choice": options}})
    assert space.size == 4 + 3 + 2

    def params(*widths):
        return sum((inside + 1) * out for inside, out in pairwise((3, *widths)))

    costs = [space.cost(point)["params"] for point in space.enumerate()]
    assert costs == [
        *(params(4 + one, 4 + two) for one, two in product((0, 1), repeat=2)),
        *map(params, (1, 2, 3, 4, 5)),
    ]


def test_a_process_may_be_one_of_the_options():
    prune = {"type": "Prune", "ratios": {"choice": [0.25, 0.5]}}
    described = {"modules": ["a", "b", "c"], "a": {**CONV, "out_channels": 8}, "b": {**CONV, "out_channels": 8}}
    space = fgspace.space({**described, "c": {"choice": [prune, {"type": "Identity"}]}})
    assert list(space.hyper_parameters) == ["c", "c.Prune.ratios"]
    assert [space.cost(point)["params"] for point in space.enumerate()] == [
        80,
        56,
        104,
    ]  # the last convolution keeps its outputs
