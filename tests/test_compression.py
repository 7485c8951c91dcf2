"""Compression inside the space: a network and its processes are counted, built and searched together."""

import copy
from pathlib import Path
from random import Random
from typing import Any

import fgspace
import pytest
import torch
from fgspace import DescriptionError, FgspaceError
from fgspace.cli import main
from fgspace.config.loading import load
from fgspace.documents.reader import read
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry
from fgspace.runs.driver import Driver
from fgspace.spaces.domains import Choice, Vector
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.study import Study
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

IMAGE = (3, 32, 32)
CONFIGS = Path(__file__).parents[2] / "shared" / "reference" / "configs"
EXAMPLES = Path(__file__).parents[1] / "examples"
RESNET20 = {"type": "ResNet", "depth": 20, "small_input": True}


def described(net: dict, **processes: dict) -> dict:
    return {"type": "FineGrainedSpace", "modules": ["net", *processes], "net": net, **processes}


def counted(model: nn.Module, shape: tuple[int, ...] = IMAGE) -> tuple[int, int]:
    """Return the parameters and multiply-adds that torch counts while the model runs."""
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        model.eval()(torch.zeros(1, *shape))
    return sum(parameter.numel() for parameter in model.parameters()), flops.get_total_flops() // 2


class Users(nn.Module):
    """A user's own network in plain torch: two branches that are added, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.left = nn.Conv2d(16, 24, 3, padding=1)
        self.right = nn.Conv2d(16, 24, 1)
        self.head = nn.Linear(24, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = torch.relu(self.left(x) + self.right(x))
        return self.head(x.mean((2, 3)))


def test_a_users_own_module_is_pruned_and_stays_as_it_was() -> None:
    model = Users()
    before = copy.deepcopy(model.state_dict())
    small = fgspace.compress(model, {"type": "Prune", "ratios": 0.5}, IMAGE)
    assert [small.stem[0].out_channels, small.left.out_channels, small.right.out_channels] == [8, 12, 12]
    assert small(torch.zeros(2, *IMAGE)).shape == (2, 10)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_users_own_module_is_ranked_by_the_gradients_that_it_has() -> None:
    model = Users()
    model(torch.randn(4, *IMAGE)).square().sum().backward()
    taylor = (model.stem[0].weight * model.stem[0].weight.grad).abs().sum((1, 2, 3))
    small = fgspace.compress(model, {"type": "Prune", "ratios": {"stem.0": 0.5}, "criterion": "taylor"}, IMAGE)
    assert torch.equal(small.stem[0].weight, model.stem[0].weight[taylor.topk(8).indices.sort().values])


def test_a_list_of_processes_is_applied_in_order() -> None:
    model = fgspace.compress(Users(), [{"type": "Prune", "ratios": 0.5}, {"type": "Quant", "nbit_w_list": 4}], IMAGE)
    assert model.model.stem[0].out_channels == 8
    assert {bits.weight for bits in model.plan.bits.values()} == {4, 8}


@pytest.mark.parametrize(
    ("processes", "message"),
    [
        ([], "expected a process, or a list of processes, each a mapping with type; got []"),
        ("Prune", "expected a process, or a list of processes, each a mapping with type; got 'Prune'"),
        ([{"type": "Quant"}, {"type": "ReLU"}], "process.1.type: 'ReLU' is a module type, not a process"),
        (
            [{"type": "Prune", "ratios": 2.0}],
            "process.0: ratios: expected the share that is cut, from 0 to below 1, got 2.0",
        ),
    ],
)
def test_mistakes_in_a_list_of_processes_are_told_with_their_place(processes: Any, message: str) -> None:
    with pytest.raises(FgspaceError) as caught:
        fgspace.compress(Users(), processes, IMAGE)
    assert str(caught.value) == message


def test_what_was_pruned_is_quantised_and_the_model_between_stays_as_it_was() -> None:
    small = fgspace.compress(Users(), {"type": "Prune", "ratios": 0.5}, IMAGE).eval()
    before = copy.deepcopy(small.state_dict())
    quantised = fgspace.compress(small, {"type": "Quant", "nbit_w_list": 4}, IMAGE)
    quantised.calibrate([torch.randn(8, *IMAGE)])
    x = torch.randn(4, *IMAGE)
    assert quantised(x).shape == (4, 10)
    assert not torch.equal(quantised(x), small(x))
    assert all(torch.equal(value, before[name]) for name, value in small.state_dict().items())


@pytest.mark.parametrize(
    "net",
    [RESNET20, {"type": "ResNet", "depth": 50, "init_plane": 16}, {"type": "MobileNetV2", "width_mult": 0.5}],
    ids=lambda net: net["type"] + str(net.get("depth", "")),
)
def test_a_pruned_networks_costs_are_those_of_the_network_that_is_built(net: dict) -> None:
    space = fgspace.space({**described(net, prune={"type": "Prune"}), "hyper_parameters": {"prune.widths": None}})
    for seed in range(2):
        point = space.sample(Random(seed))
        cost = space.cost(point)
        assert (cost["params"], cost["macs"]) == counted(space.build(point))


def test_a_pruned_and_quantised_networks_bit_operations_are_those_of_the_pruned_network() -> None:
    prune = {"type": "Prune", "ratios": 0.5}
    quant = {"type": "Quant", "nbit_w_list": 4, "nbit_a_list": 2, "first_last": "same"}
    cost = fgspace.space(described(RESNET20, prune=prune, quant=quant)).cost()
    params, macs = counted(fgspace.build(described(RESNET20, prune=prune), input_shape=IMAGE))
    assert (cost["params"], cost["macs"], cost["bops"]) == (params, macs, macs * 4 * 2)
    whole = fgspace.space(described(RESNET20, quant=quant)).cost()
    assert cost["weight_bytes"] < whole["weight_bytes"] / 3
    assert cost["act_bytes_peak"] == whole["act_bytes_peak"] / 2


def test_processes_in_the_other_order_cost_the_same() -> None:
    prune, quant = {"type": "Prune", "ratios": 0.5}, {"type": "Quant", "nbit_w_list": 4}
    there = fgspace.space(described(RESNET20, prune=prune, quant=quant)).cost()
    assert there == fgspace.space(described(RESNET20, quant=quant, prune=prune)).cost()


def test_a_second_pruning_is_counted_from_what_the_first_leaves() -> None:
    net = described(RESNET20, one={"type": "Prune", "ratios": 0.5}, two={"type": "Prune", "ratios": 0.25})
    space = fgspace.space(net)
    assert (space.cost()["params"], space.cost()["macs"]) == counted(space.build())


def test_the_layers_of_a_processed_network_are_those_that_it_has() -> None:
    space = fgspace.space(described(RESNET20, prune={"type": "Prune", "ratios": 0.5}))
    rows = space.network.layers(space.at(space.initial), IMAGE)
    model = space.build()
    convs = {name: module for name, module in model.named_modules() if isinstance(module, nn.Conv2d)}
    assert {row.path: row.out_shape[0] for row in rows if row.type == "Conv2d"} == {
        name: conv.out_channels for name, conv in convs.items()
    }
    assert sum(row.macs for row in rows) == space.cost()["macs"]


def test_counting_a_candidate_reads_no_weights_and_builds_nothing(tmp_path: Path) -> None:
    prune = {"type": "Prune", "ratios": 0.5, "init_model_file": str(tmp_path / "missing.pth")}
    assert fgspace.space(described(RESNET20, prune=prune)).cost()["params"] < 272_474 / 3


def test_domains_follow_from_the_network() -> None:
    apart = {"prune.masks": None, "quant.nbit_w_list": None, "quant.nbit_a_list": None}
    net = described(RESNET20, prune={"type": "Prune"}, quant={"type": "Quant"})
    space = fgspace.space({**net, "hyper_parameters": apart})
    masks = {path: domain for path, domain in space.hyper_parameters.items() if path.startswith("prune.masks.")}
    assert len(masks) == 12
    assert sum(domain.length for domain in masks.values()) == 448
    assert space.hyper_parameters["quant.nbit_w_list"] == Vector(Choice((2, 4, 8)), 20)
    assert space.hyper_parameters["quant.nbit_a_list"] == Vector(Choice((2, 4, 8)), 20)
    assert set(space.forms.values()) == {"declared domain, which follows from the network"}
    assert space.cost()["params"] == 272_474
    assert space.initial["quant.nbit_w_list"] == [8] * 20


def test_a_declared_domain_starts_where_the_description_does() -> None:
    apart = {"prune.widths": None, "quant.nbit_w_list": None}
    prune = {"type": "Prune", "widths": {"net.init_block.conv": 5}}
    net = described(RESNET20, prune=prune, quant={"type": "Quant", "nbit_w_list": [4] * 20})
    initial = fgspace.space({**net, "hyper_parameters": apart}).initial
    assert initial["prune.widths.net.init_block.conv"] == 5
    assert initial["prune.widths.net.layers.layers_0.residual.conv.conv1"] == 16
    assert initial["quant.nbit_w_list"] == [4] * 20


def test_a_domain_follows_from_the_network_at_its_start_wherever_it_is_written() -> None:
    apart = {"prune.widths": None, "net.init_plane": {"choice": [8, 16]}}
    net = described({**RESNET20, "init_plane": 8}, prune={"type": "Prune"})
    space = fgspace.space({**net, "hyper_parameters": apart})
    assert space.hyper_parameters["prune.widths.net.init_block.conv"].high == 8


def test_every_sampled_point_of_a_declared_domain_builds() -> None:
    net = described({**RESNET20, "num_reps": [1, 1, 1]}, prune={"type": "Prune"}, quant={"type": "Quant"})
    space = fgspace.space({**net, "hyper_parameters": ["prune.masks", "quant.nbit_w_list", "quant.nbit_a_list"]})
    for seed in range(3):
        model = space.build(space.sample(Random(seed)))
        assert model.eval()(torch.zeros(1, *IMAGE)).shape == (1, 10)


@pytest.mark.parametrize(
    ("search_space", "message"),
    [
        pytest.param(
            {
                **described({"type": "Linear", "out_features": 4}, quant={"type": "Quant"}),
                "hyper_parameters": ["quant.nbit_w_list"],
                "input_shape": [8],
            },
            "quant.nbit_w_list: the network has 1 layers, and none between the first and the last; write bits",
            id="no layer between",
        ),
        pytest.param(
            {
                "type": "FineGrainedSpace",
                "modules": ["inner"],
                "inner": described(RESNET20, prune={"type": "Prune"}),
                "hyper_parameters": ["inner.prune.widths"],
            },
            "inner.prune.widths: has a declared domain only if its process is a part of the whole network; write one",
            id="a process inside a part",
        ),
        pytest.param(
            {
                **described({"type": "ResNet", "depth": 21}, prune={"type": "Prune"}),
                "hyper_parameters": ["prune.masks"],
            },
            "net: depth must be one of 18, 20, 32, 34, 44, 50, 56, 101, 110, 152, or needs block, num_reps and items; "
            "got 21",
            id="a network that cannot be made",
        ),
    ],
)
def test_why_no_domain_follows_is_said(search_space: dict, message: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        fgspace.space(search_space)
    assert str(caught.value) == message


def test_a_joint_space_over_architecture_pruning_and_bits_is_sampled_counted_and_built() -> None:
    experiment = load(EXAMPLES / "joint.yaml")
    space = experiment.space
    assert set(space.hyper_parameters) == {
        "net.init_plane",
        "net.num_reps",
        *(f"prune.chn_node_mask.{stage}" for stage in range(3)),
        "prune.ratios",
        "quant.nbit_w_list",
        "quant.nbit_a_list",
    }
    for seed in range(4):
        point = space.sample(Random(seed))
        cost = space.cost(point)
        net = {key: value for key, value in space.at(point).items() if key != "quant"}
        pruned = fgspace.build({**net, "modules": ["net", "prune"]}, input_shape=space.input_shape)
        assert (cost["params"], cost["macs"]) == counted(pruned, space.input_shape)
        assert space.build(point).eval()(torch.zeros(2, *space.input_shape)).shape == (2, 10)


@pytest.mark.soak
def test_one_study_searches_architecture_masks_and_bits(tmp_path: Path) -> None:
    example = dict(read(EXAMPLES / "joint.yaml").data)
    driver = Driver(load({**example, "evaluator": {**example["evaluator"], "epochs": 1}}), tmp_path, trials=8)
    driver.run(on_trial=lambda trial: None)
    space, trials = driver.experiment.space, [trial for trial in driver.study.trials if trial.state == "complete"]
    assert len(trials) == 8
    for path in ("net.init_plane", "prune.chn_node_mask.2", "quant.nbit_w_list", "quant.nbit_a_list"):
        assert len({str(trial.point[path]) for trial in trials}) > 1
    architectures = {(trial.point["net.init_plane"], str(trial.point["net.num_reps"])) for trial in trials}
    assert len(list((tmp_path / "weights" / "trained").glob("*.pt"))) == len(architectures)
    for trial in trials:
        cost = space.cost(trial.point)
        assert (trial.metrics["bops"], trial.metrics["params"]) == (cost["bops"], cost["params"])
        assert cost["params"] <= 250_000
    for trial in driver.finish(test=True):
        assert 0 < trial.metrics["test_accuracy"] <= 1
        assert main(["build", str(tmp_path / "front" / str(trial.number) / "description.yaml")]) == 0


def test_a_bound_on_bit_operations_is_held_before_anything_is_evaluated() -> None:
    net = described(RESNET20, quant={"type": "Quant", "nbit_w_list": {"choice": [2, 8]}})
    evaluated = []

    def evaluate(description: dict) -> dict[str, float]:
        evaluated.append(description["quant"]["nbit_w_list"])
        return {"accuracy": 0.5}

    study = Study(
        fgspace.space(net),
        GridSearch,
        {"accuracy": "max", "weight_bytes": "min"},
        {"bops": {"max": 1e9}},
    )
    study.run(evaluate, trials=2)
    assert evaluated == [2]
    assert [trial.state for trial in study.trials] == ["complete", "infeasible"]


@pytest.mark.parametrize(
    ("name", "params", "costs"),
    [
        ("04_quant_resnet20", 274_394, {"macs": 3_125_888}),
        ("05_quant_resnet18", 11_181_642, {"vega_flops": 409_785_344}),
        ("06_prune_resnet20", 145_740, {"macs": 1_077_604}),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_reference_description_of_a_process_is_counted_and_built(name: str, params: int, costs: dict) -> None:
    file = CONFIGS / f"{name}.yaml"
    if not file.exists():
        pytest.skip("the originals are not beside this repository")
    space = fgspace.space(file)
    cost = space.cost()
    assert cost["params"] == params
    assert {key: cost[key] for key in costs} == costs
    assert main(["build", str(file), "--without-weights"]) == 0


def test_networks_are_planned_once_and_few_are_remembered() -> None:
    network = type(network_of(default_registry()))(default_registry())
    net = described({**RESNET20, "num_reps": [1, 1, 1]})
    for ratio in (0.25, 0.5, 0.75):
        network.cost({**net, "modules": ["net", "prune"], "prune": {"type": "Prune", "ratios": ratio}}, IMAGE)
    assert len(network.counter.processes.plans) == 2  # the rows of the layers, and the channels that can be pruned


class Remembering(nn.Module):
    """Keeps in a mapping what it computed last, with its history, as LeViT keeps the biases of its attention."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head, self.kept = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(8, 10), {}
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.kept["gate"] = [self.gate.sigmoid()]
        return self.head((self.conv(x).relu() * self.kept["gate"][0]).mean((2, 3)))


@pytest.mark.parametrize(
    "process", [{"type": "Prune", "ratios": 0.5}, {"type": "Quant"}, {"type": "LowRank", "ranks": 2}], ids=str
)
def test_a_network_that_ran_and_keeps_what_it_computed_is_compressed(process):
    model = Remembering().eval()
    model(torch.rand(2, *IMAGE))
    small = fgspace.compress(model, process, IMAGE)
    assert small(torch.rand(2, *IMAGE)).shape == (2, 10)
