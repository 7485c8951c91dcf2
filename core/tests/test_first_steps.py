"""What a person types first in a program or a notebook works, or says in one sentence what to write."""

import copy
import pickle
import random

import fgspace
import numpy as np
import pytest
from fgspace import FgspaceError, Objectives, Study
from torch import nn

CONV = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}
SEARCHED = {
    "type": "FineGrainedSpace",
    "modules": ["conv", "act"],
    "conv": {"type": "Conv2d", "out_channels": {"choice": [4, 8]}, "kernel_size": 3},
    "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.1, 0.3]}}]},
}
WIDTH, ACT, SLOPE = "conv.out_channels", "act", "act.LeakyReLU.negative_slope"
SPACE = fgspace.space(SEARCHED)
NUMBERS = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"x": {"int": [0, 9]}, "y": {"int": [0, 9]}}})
NO_SHAPE = (
    "input_shape: expected the sizes of one input, for instance [3, 32, 32], or {shape: [128], dtype: int64, below: "
    "30522}; got "
)
COMPLETE = "; space.complete(point) gives what is missing its initial value"


class Perceptron(fgspace.DescribedSpace):
    """Linear layers."""

    def __init__(self, depth: int = 2) -> None:
        self.depth = depth

    def description(self):
        names = [f"linear_{number}" for number in range(self.depth)]
        layers = {name: {"type": "Linear", "out_features": 8} for name in names}
        return {"type": "FineGrainedSpace", "modules": ["flat", *names], "flat": {"type": "Flatten"}, **layers}

    def hyper_parameters(self):
        return {f"linear_{number}.out_features": fgspace.Int(4, 16) for number in range(self.depth)}


class Row(fgspace.TokenSpace):
    """One convolution."""

    def __init__(self, first: int = 4) -> None:
        self.first = first

    def init_tokens(self):
        return [0]

    def range_table(self):
        return [3]

    def token2arch(self, tokens):
        return {
            "type": "FineGrainedSpace",
            "modules": ["conv"],
            "conv": {**CONV, "out_channels": self.first + tokens[0]},
        }


class Score:
    """An evaluator."""

    metrics = ("score",)

    def __call__(self, description):
        return {"score": float(description["x"])}


@pytest.fixture(autouse=True)
def _program(monkeypatch):
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    for one in (Perceptron, Row, Score):
        fgspace.register(one)


def features(network):
    return [layer.out_features for layer in network if isinstance(layer, nn.Linear)]


@pytest.mark.parametrize(
    "source",
    [
        {"type": "Perceptron"},
        {"type": "Perceptron", "depth": np.int64(2)},
        {"type": Perceptron},
        "Perceptron",
        Perceptron,
        Perceptron(),
        Perceptron(depth=2),
        Perceptron(np.int64(2)),
    ],
)
def test_a_space_class_is_built_and_is_a_space_however_it_is_given(source):
    assert features(fgspace.build(source, input_shape=(3, 8, 8))) == [8, 8]
    assert features(fgspace.build(source, (3, 8, 8))) == [8, 8]
    space = fgspace.space(source, input_shape=(3, 8, 8))
    assert (space, space.size) == (fgspace.space(Perceptron(), (3, 8, 8)), 169)


def test_a_token_space_is_built_by_its_tokens():
    for network in (
        fgspace.build({"type": "Row", "tokens": [2]}, input_shape=(3, 8, 8)),
        Row().build([2]),
        Row().build({"tokens": [2]}),
        Row(np.int64(4)).build(np.array([2])),
    ):
        assert network.conv.out_channels == 6


def test_a_description_with_domains_is_built_at_its_initial_point():
    for source in (SEARCHED, {"search_space": SEARCHED}, SPACE):
        network = fgspace.build(source, input_shape=(1, 8, 8))
        assert (network.conv.in_channels, network.conv.out_channels) == (1, 4)
    assert fgspace.build(fgspace.nn.Conv2d(3, 8, 1), (3, 8, 8)).kernel_size == (1, 1)
    assert fgspace.build(fgspace.Sequential(fgspace.nn.ReLU()))[0](nn.Parameter()).numel() == 0


def test_domains_and_types_may_be_objects_and_one_object_in_two_places_is_one_hyper_parameter():
    @fgspace.register
    class Half(fgspace.FineGrainedSpace):
        def constructor(self, in_channels: fgspace.InWidth, width: int):
            self.conv = fgspace.nn.Conv2d(in_channels, width, 1)

    width = fgspace.Int(4, 8)
    half = {"type": Half, "width": width}
    space = fgspace.space({"modules": ["a", "b"], "a": dict(half), "b": dict(half)})
    assert space.hyper_parameters == {"a.width": fgspace.Int(4, 8)}
    apart = {"hyper_parameters": {"x": fgspace.Float(0, 1), "y": range(3), "z": fgspace.bits(4)}}
    assert fgspace.space(apart).hyper_parameters["y"] == fgspace.Choice((0, 1, 2))

    class Nameless(fgspace.FineGrainedSpace): ...

    with pytest.raises(FgspaceError) as raised:
        fgspace.space({"type": Nameless})
    assert str(raised.value) == (
        f"search_space.type: {Nameless.__qualname__!r} has no name yet; register it with @fgspace.register"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fgspace.build(CONV, input_shape=3), f"{NO_SHAPE}3"),
        (lambda: fgspace.build(CONV, input_shape="3,8,8"), f"{NO_SHAPE}'3,8,8'"),
        (lambda: fgspace.build(CONV, (3.0, 8, 8)), f"{NO_SHAPE}[3.0, 8, 8]"),
        (lambda: fgspace.space(SEARCHED, (0, 8, 8)), f"{NO_SHAPE}[0, 8, 8]"),
        (lambda: SPACE.build(input_shape=8), f"{NO_SHAPE}8"),
        (lambda: SPACE.cost({}, "3,8,8"), f"{NO_SHAPE}'3,8,8'"),
        (
            lambda: fgspace.space("modules: [a]\na: {type: ReLU}"),
            "expected the path of a file, or a mapping; got text of several lines: give what "
            "yaml.safe_load makes of it",
        ),
        (lambda: fgspace.space("Perceptro"), "Perceptro: no such file or directory"),
        (lambda: fgspace.build(7), "expected a mapping with type, got 7"),
        (
            lambda: fgspace.reference("datasets", {"type": "Digits"}),
            "unknown kind 'datasets'; did you mean 'dataset'?",
        ),
        (
            lambda: fgspace.reference("module", {"typ": "Conv2d"}),
            "expected a mapping with type, such as {'type': 'Digits'}; got {'typ': 'Conv2d'}",
        ),
        (
            lambda: fgspace.compress("net.pt", {"type": "ReLU"}, (3, 8, 8)),
            "model: expected an nn.Module, got 'net.pt'; fgspace.build makes one of a description",
        ),
        (lambda: fgspace.compress(nn.ReLU(), {"type": "ReLU"}, "3,8,8"), f"{NO_SHAPE}'3,8,8'"),
        (
            lambda: fgspace.compress(nn.ReLU(), {"type": "ReLU"}, (3, 8, 8)),
            "process.type: 'ReLU' is a module type, not a process",
        ),
        (lambda: fgspace.split_processes("x"), "expected the description of a network, got 'x'"),
        (
            lambda: fgspace.digest({"a": object()}),
            "a: expected plain data (mappings, lists, text, numbers), got an object of class 'object'",
        ),
        (
            lambda: fgspace.non_dominated([1, 2]),
            "expected a tuple of values for each trial, such as (0.1, 3.0); got 1",
        ),
        (
            lambda: fgspace.non_dominated([(1, 2), (2,)]),
            "expected tuples of values of one length, got tuples of several",
        ),
        (lambda: fgspace.register(3), "expected a name, a class or a function, got 3"),
        (lambda: fgspace.register(Score()), "'Score' is an instance; register the class Score itself"),
        (lambda: fgspace.import_modules("nonsuch"), "-p nonsuch: No module named 'nonsuch'"),
        (lambda: fgspace.ProcessExecutor("2"), "workers: expected a whole number, got '2'"),
        (lambda: fgspace.ProcessExecutor(1.5), "workers: expected a whole number, got 1.5"),
        (lambda: fgspace.ProcessExecutor(2, seconds="9"), "seconds must be above 0 and at most 1,000,000, got 9"),
        pytest.param(
            lambda: fgspace.ProcessExecutor(10**6),
            "1000000 workers are more than this machine can start: can't start new thread; use fewer",
            marks=pytest.mark.soak,
        ),
        (lambda: Row().nothing, "'Row' object has no attribute 'nothing'"),
        (
            lambda: fgspace.nn.functional,
            "module 'fgspace.nn' has no attribute 'functional': it has the modules of torch.nn as parts",
        ),
    ],
)
def test_what_cannot_be_read_says_what_to_write(call, message):
    with pytest.raises((FgspaceError, AttributeError)) as raised:
        call()
    assert str(raised.value) == message


@pytest.mark.parametrize("name", ["Module", "Conv2d"])
def test_a_module_of_fgspace_nn_is_no_class_to_subclass(name):
    with pytest.raises(FgspaceError) as raised:

        class Mine(getattr(fgspace.nn, name)): ...

    assert str(raised.value) == (
        f"fgspace.nn.{name} describes a module, and is no class: for a block made of parts, subclass "
        f"fgspace.FineGrainedSpace and write constructor; for a module of your own, torch.nn.{name}"
    )


@pytest.mark.parametrize(
    "point", [{WIDTH: 8}, {WIDTH: np.int64(8)}, {WIDTH: 8, ACT: "ReLU"}, [1, 0, 0], np.array([1, 0, 0])]
)
def test_a_point_may_be_given_in_part_or_as_tokens(point):
    whole = {WIDTH: 8, ACT: "ReLU"}
    described = SPACE.at(point)
    assert described == SPACE.at(whole) == SPACE.network_at(point)
    assert type(described["conv"]["out_channels"]) is int
    assert SPACE.build(point).conv.out_channels == 8
    assert SPACE.cost(point) == SPACE.cost(whole)


POINTS = [
    ({"conv.out_channel": 8}, f"conv.out_channel: no such hyper-parameter; did you mean '{WIDTH}'?"),
    ({WIDTH: 8, ACT: "ReLU", "extra": 1}, "extra: no such hyper-parameter"),
    ({WIDTH: 5}, f"{WIDTH}: 5 is not in choice of 4, 8"),
    ({WIDTH: "8"}, f"{WIDTH}: '8' is not in choice of 4, 8"),
    ({WIDTH: 8, ACT: "ReLu"}, f"{ACT}: 'ReLu' is not in choice of ReLU, LeakyReLU"),
    ({SLOPE: 0.2}, f"{SLOPE}: is searched only where act is 'LeakyReLU', but it is 'ReLU'"),
    ([0], "expected 3 tokens, got 1"),
    (3, "expected a mapping from hyper-parameters to values, or a list of tokens; got 3"),
    (
        f"{WIDTH}=4",
        f"expected a mapping from hyper-parameters to values, or a list of tokens; got '{WIDTH}=4'",
    ),
]


@pytest.mark.parametrize(("point", "message"), POINTS)
@pytest.mark.parametrize("method", ["at", "network_at", "cost", "build"])
def test_what_is_no_point_of_the_space_is_refused(method, point, message):
    with pytest.raises(FgspaceError) as raised:
        getattr(SPACE, method)(point)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SPACE.mutate({}, 0), f"{WIDTH}: is missing{COMPLETE}"),
        (lambda: SPACE.mutate({WIDTH: 9, ACT: "ReLU"}, 0, WIDTH), f"{WIDTH}: 9 is not in choice of 4, 8"),
        (lambda: SPACE.mutate(SPACE.initial, 0, "nope"), "nope: no such hyper-parameter"),
        (
            lambda: SPACE.mutate(SPACE.initial, 0, "conv.out_channel"),
            f"conv.out_channel: no such hyper-parameter; did you mean '{WIDTH}'?",
        ),
        (lambda: NUMBERS.mutate({"x": 3}, 0, "y"), f"y: is missing{COMPLETE}"),
        (lambda: SPACE.encode({}), f"{WIDTH}: is missing{COMPLETE}"),
        (lambda: SPACE.encode({WIDTH: 4, ACT: "ReLU", "extra": 1}), "extra: no such hyper-parameter"),
        (lambda: SPACE.encode([0, 0]), "expected a mapping from hyper-parameters to values, got [0, 0]"),
        (lambda: SPACE.complete({"conv.out_channel": 4}), POINTS[0][1]),
        (lambda: SPACE.restrict({}), f"{WIDTH}: is missing{COMPLETE}"),
        (lambda: SPACE.key({}), f"{WIDTH}: is missing{COMPLETE}"),
        (lambda: SPACE.active(3), "expected a mapping from hyper-parameters to values, got 3"),
        (lambda: SPACE.guard("nope"), "nope: no such hyper-parameter"),
        (
            lambda: SPACE.decode(SPACE),
            "expected plain data (mappings, lists, text, numbers), got an object of class 'Space'",
        ),
        (
            lambda: SPACE.decode(["a", "b", "c"]),
            "expected tokens, which are whole numbers; got ['a', 'b', 'c']",
        ),
    ],
)
def test_the_methods_of_a_space_say_what_is_wrong_with_a_point(call, message):
    with pytest.raises((FgspaceError, ValueError)) as raised:
        call()
    assert str(raised.value) == message


def test_what_is_no_mapping_is_no_point():
    assert not SPACE.contains(3)
    assert not SPACE.contains([0, 0, 0])


def test_a_seed_stands_for_a_generator_and_so_does_one_of_numpy():
    for seed in (0, np.int64(0)):
        assert SPACE.sample(seed) == SPACE.sample(random.Random(0))
        assert SPACE.mutate(SPACE.initial, seed) == SPACE.mutate(SPACE.initial, random.Random(0))
        assert SPACE.crossover(SPACE.initial, SPACE.initial, seed) == SPACE.initial
    for numpy in (np.random.default_rng, np.random.RandomState):
        drawn = [SPACE.sample(numpy(3)), SPACE.sample(numpy(3))]
        assert drawn[0] == drawn[1]
        assert SPACE.contains(drawn[0])
        assert {type(value) for value in drawn[0].values()} <= {int, float, str}
    assert Perceptron().sample(0) == Perceptron().sample(random.Random(0))


@pytest.mark.parametrize("given", ["seed", None, 1.5])
def test_what_is_neither_a_seed_nor_a_generator_is_refused(given):
    with pytest.raises(FgspaceError) as raised:
        SPACE.sample(given)
    shown = "null" if given is None else repr(given)
    assert str(raised.value) == (f"expected a random generator or a seed, such as random.Random(0) or 0; got {shown}")


def test_spaces_of_one_file_and_of_one_class_are_equal_and_pickle(tmp_path):
    (tmp_path / "space.yaml").write_text("hyper_parameters: {x: {int: [0, 9]}, y: {int: [0, 9]}}\n")
    first, second = (fgspace.space({**SEARCHED}) for _ in range(2))
    assert (first == second, hash(first) == hash(second)) == (True, True)
    assert pickle.loads(pickle.dumps(first)) == copy.deepcopy(first) == first
    (tmp_path / "search.yaml").write_text(
        "search_space: {modules: [a], a: {type: Conv2d, out_channels: 4, kernel_size: {choice: [1, 3]}}}\n"
    )
    assert fgspace.space(tmp_path / "search.yaml") == fgspace.space(str(tmp_path / "search.yaml"))
    assert Perceptron(depth=3) == Perceptron(3)
    assert Perceptron(depth=3) != Perceptron(2)
    assert Row() != Perceptron()
    assert pickle.loads(pickle.dumps(Perceptron(3))) == Perceptron(3)
    assert pickle.loads(pickle.dumps(Row(5))).space == Row(5).space
    assert repr(Perceptron(depth=3)) == "Perceptron(depth=3)"


def begun(space=NUMBERS, algorithm="RandomSearch", objectives=None, **more):
    return Study(space, algorithm, objectives or {"score": "max"}, **more)


@pytest.mark.parametrize("space", [NUMBERS, {"hyper_parameters": {"x": {"int": [0, 9]}}}, Row(), Row, "Row"])
def test_a_study_takes_whatever_is_a_space(space):
    study = begun(space)
    study.run(lambda description: {"score": 1.0}, 2)
    assert [trial.state for trial in study.trials] == ["complete"] * 2
    assert pickle.loads(pickle.dumps(study)).trials[1] == study.trials[1]


def test_a_study_takes_an_algorithm_a_rule_and_options_in_any_clear_form():
    for algorithm, options in (
        ("GridSearch", {"steps": 3}),
        ({"type": "GridSearch", "steps": 3}, {}),
        ("GridSearch", {"steps": np.int64(3)}),
    ):
        assert begun(algorithm=algorithm, **options).identity.options == {"steps": 3}
    assert type(begun(algorithm=None).algorithm).__name__ != "Auto"
    assert begun(initial_points=None, seed=np.int64(3), deterministic=np.int64(2)).identity.deterministic == 2
    study = begun(constraints={"score": {"max": np.int64(5)}})
    study.run(Score(), np.int64(3))
    assert len(study.trials) == 3


NO_ALGORITHM = (
    "algorithm: expected the name of an algorithm, such as 'RandomSearch', or a subclass of fgspace.Algorithm; got "
)
NO_RULE = "early_stopping: expected a rule, such as {'type': 'MedianStop'}; got "


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: begun(objectives=["macs"]),
            "objectives: expected a mapping of metrics with max or min, such as {'macs': 'min'}; got ['macs']",
        ),
        (
            lambda: begun(objectives="score"),
            "objectives: expected a mapping of metrics with max or min, such as {'score': 'max'}; got 'score'",
        ),
        (
            lambda: begun(objectives=("score", "params")),
            "objectives: expected a mapping of metrics with max or min, such as {'score': 'max', 'params': 'min'}; got "
            "('score', 'params')",
        ),
        (lambda: begun(objectives={3: "max"}), "objectives: expected text as the key of a mapping, got 3"),
        (
            lambda: begun(objectives={"score": "maximize"}),
            "objective 'score': expected max or min, got 'maximize'; did you mean 'max'?",
        ),
        (
            lambda: begun(constraints=["size"]),
            "constraints: expected a mapping of metrics with their bounds, such as {'size': {'max': "
            "1000}}; got ['size']",
        ),
        (
            lambda: Objectives({"a": "max"}, "b"),
            "constraints: expected a mapping of metrics with their bounds, such as {'b': {'max': 1000}}; got 'b'",
        ),
        (
            lambda: begun(folder="out"),
            "neither Study nor RandomSearch takes 'folder'; the folder of a study is its argument 'store'",
        ),
        (lambda: begun(stor="out"), "neither Study nor RandomSearch takes 'stor'; did you mean 'store'?"),
        (
            lambda: begun(workers=2),
            "neither Study nor RandomSearch takes 'workers'; study.run(evaluate, trials, executor) takes what a run "
            "needs",
        ),
        (
            lambda: begun(direction="max"),
            "neither Study nor RandomSearch takes 'direction'; objectives={'accuracy': 'max'} names "
            "what is searched for",
        ),
        (lambda: begun(qwertz=1), "RandomSearch has no option 'qwertz'"),
        (lambda: begun(algorithm="GridSearch", step=3), "GridSearch has no option 'step'; did you mean 'steps'?"),
        (lambda: begun(algorithm="GridSearch", steps="3"), "GridSearch: steps: expected int, got '3'"),
        (lambda: begun(algorithm={"score": "max"}), f"{NO_ALGORITHM}{{'score': 'max'}}"),
        (lambda: begun(algorithm=int), f"{NO_ALGORITHM}<class 'int'>"),
        (lambda: begun(algorithm=fgspace.Algorithm), "algorithm: Algorithm lacks propose"),
        (
            lambda: begun(algorithm=begun().algorithm),
            "algorithm: give the class RandomSearch and its options, not an instance",
        ),
        (lambda: begun(seed="a"), "seed: expected a whole number, got 'a'"),
        (lambda: begun(seed=1.5), "seed: expected a whole number, got 1.5"),
        (lambda: begun(deterministic=True), "deterministic: expected a whole number of at least 1, got True"),
        (lambda: begun(deterministic=0), "deterministic: expected a whole number of at least 1, got 0"),
        (lambda: begun(store=3), "expected the folder of a study, or a file that ends in .db; got 3"),
        (lambda: begun(store=""), "expected the folder of a study, or a file that ends in .db; got ''"),
        (
            lambda: begun(store="sqlite:///x.db"),
            "expected the folder of a study, or a file that ends in .db; got 'sqlite:///x.db'",
        ),
        (lambda: Study.open(3), "expected the folder of a study, or a file that ends in .db; got 3"),
        (lambda: begun(early_stopping=True), f"{NO_RULE}True"),
        (lambda: begun(early_stopping={"typ": "MedianStop"}), f"{NO_RULE}{{'typ': 'MedianStop'}}"),
        (lambda: begun(initial_points=3), "initial_points: expected a list of points, got 3"),
        (
            lambda: begun(initial_points={"x": 3}),
            "initial_points: expected a list of points, got {'x': 3}; write [{'x': 3}]",
        ),
        (
            lambda: begun(evaluator="Score"),
            "evaluator: expected a mapping that is recorded with the study, got 'Score'; the evaluator itself goes to "
            "study.run(evaluate, trials)",
        ),
        (lambda: begun(data=3), "data: expected text, got 3"),
        (lambda: begun(None), "expected a mapping with type, got null"),
        (lambda: begun().run(Score, 2), "evaluate: Score is a class; give an instance, such as Score()"),
        (
            lambda: begun().run({"type": "Score"}, 2),
            "evaluate: expected a function of a description, or an object of an evaluator's class, got "
            "{'type': 'Score'}",
        ),
        (lambda: begun().run(Score(), "3"), "trials: expected a whole number of at least 0, got '3'"),
        (lambda: begun().run(Score(), -3), "trials: expected a whole number of at least 0, got -3"),
        (lambda: begun().run(Score(), 2, 4), "executor: expected an executor, such as ProcessExecutor(4); got 4"),
        (
            lambda: begun().run(Score(), 2, fgspace.SerialExecutor),
            "executor: SerialExecutor is a class; give an instance, such as SerialExecutor()",
        ),
        (lambda: begun().run(Score(), 2, on_trial=3), "on_trial: expected a function of a trial, got 3"),
        (lambda: begun().tell(3, {"score": 1}), "expected a trial, as study.ask() returns it; got 3"),
    ],
)
def test_a_study_says_what_to_write(call, message):
    with pytest.raises(FgspaceError) as raised:
        call()
    assert str(raised.value) == message


def test_what_numpy_and_lists_hold_is_taken_by_the_small_functions():
    assert fgspace.digest({"a": np.int64(1)}) == fgspace.digest({"a": 1})
    assert fgspace.non_dominated(np.array([[1, 2], [2, 1], [2, 2]])) == [0, 1]
    assert fgspace.non_dominated([[1, 2], {"a": 2, "b": 1}]) == [0, 1]
    assert fgspace.reference("module", "ReLU").bound == {}
    kept, processes = fgspace.split_processes(SEARCHED)
    assert (kept["modules"], processes) == (["conv", "act"], {})
