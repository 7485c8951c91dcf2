"""The Python interface: spaces, networks and studies in a program."""

import ast
import importlib
import math
from pathlib import Path
from random import Random

import fgspace
import pytest
import torch
import yaml
from fgspace import DescriptionError, FgspaceError
from fgspace.config.loading import load

NETWORK = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {"stem.out_channels": [8, 12], "evaluator.rate": {"float": [0.01, 1], "log": True}},
    "modules": ["stem", "body", "head"],
    "stem": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "bias": False},
    "body": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.1, 0.3]}}]},
    "head": {"type": "FineGrainedSpace", "modules": ["pool", "flat", "linear"]}
    | {"pool": {"type": "AdaptiveAvgPool2d", "output_size": 1}, "flat": {"type": "Flatten"}}
    | {"linear": {"type": "Linear", "out_features": 5}},
}


class Rates:
    """An evaluator that only stores its rate, steps and seed."""

    metrics = ("accuracy",)
    input_shape = (3, 16, 16)

    def __init__(self, rate: float = 0.5, steps: int = 3, seed: int = 0, folder: Path | None = None) -> None:
        self.rate, self.steps, self.seed = rate, steps, seed


class Named:
    """An evaluator whose option names its metrics."""

    def __init__(self, names: list[str]) -> None:
        if not names:
            raise ValueError("names: give at least one")
        self.names = names

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(self.names)


EXPERIMENT = {
    "search_space": NETWORK,
    "search_algorithm": {"type": "RandomSearch"},
    "evaluator": {"type": "Rates", "rate": 0.5},
    "objectives": {"accuracy": "max", "macs": "min"},
    "constraints": {"params": {"max": 1000}},
    "budget": {"trials": 7},
    "seed": 11,
}


@pytest.fixture(autouse=True)
def _program(monkeypatch):
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    fgspace.register(Rates, kind="evaluator")
    fgspace.register(Named, kind="evaluator")


@pytest.fixture
def space():
    return fgspace.space(EXPERIMENT)


def test_a_file_a_mapping_and_what_stands_under_search_space_are_one_space(tmp_path, space):
    (tmp_path / "search.yaml").write_text(yaml.safe_dump(EXPERIMENT))
    assert fgspace.space(tmp_path / "search.yaml").digest == space.digest
    assert fgspace.space(str(tmp_path / "search.yaml")).digest == space.digest
    bare = {**NETWORK, "hyper_parameters": {"stem.out_channels": [8, 12]}}
    assert fgspace.space(bare).digest == fgspace.space({"search_space": bare}).digest


def test_an_experiment_holds_every_section(space):
    experiment = load(EXPERIMENT)
    assert experiment.algorithm == {"type": "RandomSearch"}
    assert experiment.objectives == {"accuracy": "max", "macs": "min"}
    assert experiment.constraints == {"params": {"max": 1000}}
    assert (experiment.budget, experiment.seed) == ({"trials": 7}, 11)
    evaluator = experiment.make_evaluator()
    assert (type(evaluator), evaluator.rate, evaluator.seed) == (Rates, 0.5, 11)


def test_what_a_file_leaves_out_has_its_default():
    experiment = load({"search_space": NETWORK | {"hyper_parameters": {}}, "evaluator": {"type": "Rates"}})
    assert (experiment.objectives, experiment.constraints) == ({"accuracy": "max"}, {})
    assert (experiment.budget, experiment.seed, experiment.algorithm) == ({"trials": 32}, 0, {})


def test_metrics_may_depend_on_the_options_of_the_evaluator():
    space = {**NETWORK, "hyper_parameters": {}}
    written = {"search_space": space, "evaluator": {"type": "Named", "names": ["words", "time"]}}
    assert load(written).objectives == {"words": "max"}
    assert load({**written, "objectives": {"time": "min"}}).make_evaluator().metrics == ("words", "time")
    with pytest.raises(fgspace.DescriptionError) as raised:
        load({**written, "objectives": {"word": "min"}})
    assert str(raised.value) == "objectives.word: unknown metric 'word'; did you mean 'words'?"
    with pytest.raises(fgspace.DescriptionError) as raised:
        load({**written, "evaluator": {"type": "Named", "names": []}})
    assert str(raised.value) == "evaluator: names: give at least one"


def test_the_input_has_the_shape_that_is_given_or_written_or_that_of_the_data(space):
    assert space.input_shape == (3, 16, 16)
    assert fgspace.space(EXPERIMENT, input_shape=(1, 8, 8)).input_shape == (1, 8, 8)
    written = {**EXPERIMENT, "search_space": {**NETWORK, "input_shape": [4, 9, 9]}}
    assert fgspace.space(written).input_shape == (4, 9, 9)
    assert fgspace.space({**NETWORK, "hyper_parameters": {}}).input_shape == (3, 32, 32)


def test_the_points_of_a_space_are_those_of_its_hyper_parameters(space):
    assert list(space.hyper_parameters) == [
        "stem.out_channels",
        "body",
        "body.LeakyReLU.negative_slope",
        "evaluator.rate",
    ]
    assert space.initial == {"stem.out_channels": 8, "body": "ReLU", "evaluator.rate": 0.5}
    assert space.size == math.inf
    rng = Random(1)
    first, second = space.sample(rng), space.sample(rng)
    for point in (first, space.mutate(first, rng), space.crossover(first, second, rng)):
        assert space.contains(point)
        assert space.decode(space.encode(point)) == point


def test_the_description_of_a_point_is_plain_and_whole(space):
    point = {"stem.out_channels": 12, "body": "LeakyReLU", "body.LeakyReLU.negative_slope": 0.2, "evaluator.rate": 0.1}
    described = space.at(point)
    assert described["stem"] == {"type": "Conv2d", "out_channels": 12, "kernel_size": 3, "bias": False}
    assert described["body"] == {"type": "LeakyReLU", "negative_slope": 0.2}
    assert described["evaluator"] == {"type": "Rates", "rate": 0.1}
    assert "hyper_parameters" not in described


def test_a_point_costs_what_its_network_has(space):
    point = {**space.initial, "stem.out_channels": 12}
    weights = sum(tensor.numel() for tensor in space.build(point).parameters())
    assert space.cost(point) == {"params": weights, "macs": 12 * 27 * 14 * 14 + 12 * 5}
    assert space.cost(point, input_shape=(3, 4, 4)) == {"params": weights, "macs": 12 * 27 * 2 * 2 + 12 * 5}


def test_the_keys_of_the_weights_are_the_names_of_the_parts(space):
    model = space.build()
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == {
        "stem.weight": (8, 3, 3, 3),
        "head.linear.weight": (5, 8),
        "head.linear.bias": (5,),
    }
    assert model(torch.zeros(2, 3, 16, 16)).shape == (2, 5)


def test_a_network_is_built_from_the_description_of_a_point(space):
    described = {name: value for name, value in space.at(space.initial).items() if name != "evaluator"}
    torch.manual_seed(0)
    one = space.build()
    torch.manual_seed(0)
    other = fgspace.build(described, input_shape=space.input_shape)
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(one(images), other(images))


def test_without_initialisation_nothing_is_drawn_and_weights_can_be_loaded(space):
    trained = space.build()
    before = torch.get_rng_state()
    empty = space.build(init=False)
    assert torch.equal(torch.get_rng_state(), before)
    empty.load_state_dict(trained.state_dict())
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(empty(images), trained(images))


def test_a_space_of_hyper_parameters_alone_can_be_searched():
    table = fgspace.space(
        {"type": "FineGrainedSpace", "hyper_parameters": {"lr": [0.1, 0.01], "depth": {"int": [1, 4]}}}
    )
    assert table.size == 8
    study = fgspace.Study(table, "GridSearch", {"loss": "min"})
    study.run(lambda described: {"loss": described["lr"] * described["depth"]}, trials=100)
    assert len(study.trials) == 8
    assert study.best.point == {"lr": 0.01, "depth": 1}


def test_a_study_is_asked_and_told(tmp_path, space):
    study = fgspace.Study(space, "RandomSearch", {"accuracy": "max", "macs": "min"}, seed=3, store=tmp_path)
    for number in range(6):
        trial = study.ask()
        assert (trial.number, trial.state) == (number, "running")
        assert space.contains(trial.point)
        if number == 2:
            assert study.tell(trial, failed="diverged").error == "diverged"
        else:
            study.tell(trial, {"accuracy": number / 10})
    assert [trial.state for trial in study.trials] == ["complete", "complete", "failed", *["complete"] * 3]
    assert study.trials[1].metrics["macs"] == space.cost(study.trials[1].point)["macs"]
    assert 5 in [trial.number for trial in study.front()]
    with pytest.raises(FgspaceError) as raised:
        _ = study.best
    assert str(raised.value) == "best needs a single objective, this study has accuracy and macs; look at front()"
    front = study.front()
    study.close()
    opened = fgspace.Study.open(tmp_path)
    assert opened.front() == front
    opened.close()


def test_a_study_takes_an_algorithm_by_name_or_class_and_its_options():
    table = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 99]}}})

    class Downwards(fgspace.Algorithm):
        """Goes down from a start."""

        def __init__(self, space, objectives, *, seed=0, start: int = 50):
            super().__init__(space, objectives, seed=seed)
            self.value = start

        def propose(self, rng):
            self.value -= 1
            return {"a": self.value}

    study = fgspace.Study(table, Downwards, {"loss": "min"}, start=9)
    study.run(lambda described: {"loss": described["a"]}, trials=3)
    assert [trial.point["a"] for trial in study.trials] == [8, 7, 6]
    with pytest.raises(FgspaceError) as raised:
        fgspace.Study(table, "RandomSerch", {"loss": "min"})
    assert str(raised.value) == "unknown search algorithm 'RandomSerch'; did you mean 'RandomSearch'?"


def test_a_trial_that_raises_or_runs_out_of_memory_costs_itself_only():
    table = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 3]}}})

    def evaluate(described):
        if described["a"] == 1:
            raise RuntimeError("no gradient")
        if described["a"] == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return {"loss": described["a"]}

    study = fgspace.Study(table, "GridSearch", {"loss": "min"})
    study.run(evaluate, trials=4)
    assert [trial.error for trial in study.trials] == [
        None,
        "RuntimeError: no gradient",
        "OutOfMemoryError: CUDA out of memory",
        None,
    ]


def test_what_type_checkers_see_of_the_package_is_what_it_has():
    tree = ast.parse(Path(fgspace.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.asname: node.module
        for block in tree.body
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    modules = {name: f"fgspace.{module}".rpartition(".") for name, module in fgspace._MODULES.items()}
    assert seen == fgspace._LAZY | {name: room for name, (room, _, _) in modules.items()}
    assert {*fgspace.__all__} == {*seen, "DescriptionError", "FgspaceError", "Fit", "Provided", "SearchTask"} | {
        "__version__",
        "hookimpl",
    }
    assert dir(fgspace) == sorted(fgspace.__all__)
    for name in fgspace.__all__:
        assert getattr(fgspace, name) is not None
    for name, module in seen.items():
        assert getattr(fgspace, name) is getattr(importlib.import_module(module), name)


def test_a_name_that_the_package_has_not_is_an_attribute_error():
    with pytest.raises(AttributeError) as raised:
        _ = fgspace.Spaec
    assert str(raised.value) == "module 'fgspace' has no attribute 'Spaec'"


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("score", "evaluator: Named.metrics: expected a tuple of names, such as ('score',); got 'score'"),
        (3, "evaluator: Named.metrics: expected a tuple of names, such as ('accuracy',); got 3"),
        ((3,), "evaluator: Named.metrics: expected a tuple of names, such as ('accuracy',); got (3,)"),
    ],
)
def test_metrics_that_are_no_names_are_told(metrics, message):
    fgspace.register(type("Named", (), {"metrics": metrics, "__call__": lambda self, description: {}}))
    with pytest.raises(DescriptionError) as raised:
        load({"search_space": NETWORK | {"hyper_parameters": {}}, "evaluator": {"type": "Named"}})
    assert str(raised.value) == message


@pytest.mark.parametrize("metrics", [{}, {"metrics": property(lambda self: ("accuracy",))}])
def test_metrics_that_only_an_instance_has_are_not_checked_in_the_file(metrics):
    fgspace.register(type("Late", (), {**metrics, "__call__": lambda self, description: {}}))
    written = {**EXPERIMENT, "search_space": NETWORK | {"hyper_parameters": {}}, "evaluator": {"type": "Late"}}
    assert load(written).objectives == EXPERIMENT["objectives"]
