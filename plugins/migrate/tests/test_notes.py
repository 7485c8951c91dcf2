"""What of a file of Vega is not carried over is said in a note, with the line it is in."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import json
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from fgspace.config.foreign_files import read_foreign
from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError
from fgspace_migrate.paddleslim import PaddleSlimConverter
from fgspace_migrate.vega.converter import VegaConverter

FILES = Path(__file__).parent / "files"
LR, KIND, MOMENTUM = (f"trainer.optimizer.{name}" for name in ("params.lr", "type", "params.momentum"))


def one(key: str, kind: str, *bounds: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "range": list(bounds)}


def converted(folder: Path, **sections: Any) -> Any:
    """Convert a file with one step of these sections; sections of the file are in `file`."""
    network = {"modules": ["backbone"], "backbone": {"type": "ResNet", "depth": 18}}
    beside = sections.pop("file", {})
    step = {"model": {"model_desc": network}, "dataset": {"type": "Mnist", "common": {"data_path": "/data"}}}
    step |= {"trainer": {"epochs": 1, "optimizer": {"type": "SGD"}, "lr_scheduler": {"type": "StepLR", "step_size": 2}}}
    step |= {"search_space": {"type": "SearchSpace"}}
    path = folder / "old.yml"
    path.write_text(json.dumps({"pipeline": ["nas"], "nas": step | sections, **beside}))
    return VegaConverter().convert(read_foreign(path))


SPACES = [
    ({"hyperparameters": "many"}, "hyperparameters: is not carried over, since it is not a list"),
    ({"hyperparameters": [3]}, "hyperparameters: an entry that is not a mapping is not carried over"),
    ({"hyperparameters": [{"key": "a"}]}, "hyperparameters: an entry without a key or a type is not carried over"),
    ({"hyperparameters": [one(LR, "INT", 1, 2), one(LR, "INT", 1, 3)]}, f"{LR}: is listed twice; only the first is carried over"),
    ({"hyperparameters": [one("trainer.epochs", "INT", 1, 2), one("trainer.epochs.x", "INT", 1, 2)]}, "trainer.epochs.x: is not carried over, since it stands inside another hyper-parameter"),
    ({"hyperparameters": [one("network.backbone.depth.x", "INT", 1, 2)]}, "network.backbone.depth.x: is not carried over, since model.model_desc.backbone.depth is no mapping"),
    ({"hyperparameters": [one("pipe.width", "INT", 1, 2)]}, "pipe: has no counterpart here"),
    ({"hyperparameters": [one(LR, "CATEGORY")]}, f"{LR}: is not searched, since CATEGORY needs a list of values, not []"),
    ({"hyperparameters": [{"key": LR, "type": "CATEGORY"}]}, f"{LR}: is not searched, since CATEGORY needs a list of values, not null"),
    ({"hyperparameters": [one(LR, "CATEGORY", 1, 1.0, 2)]}, f"{LR}: lists equal values, which are one candidate here"),
    ({"hyperparameters": [one(LR, "BOOL", 0, 1)]}, f"{LR}: is not searched, since BOOL needs true and false, not [0, 1]"),
    ({"hyperparameters": [one(LR, "INT", 1, 2, 3)]}, f"{LR}: is not searched, since INT needs two numbers, not [1, 2, 3]"),
    ({"hyperparameters": [one(LR, "INT", 3, 1)]}, f"{LR}: is not searched, since INT needs the lower bound first, not [3, 1]"),
    ({"hyperparameters": [one(LR, "INT", 0.5, 1)]}, f"{LR}: is not searched, since INT needs whole numbers, not [0.5, 1]"),
    ({"hyperparameters": [one(LR, "FLOAT_EXP", 0, 1)]}, f"{LR}: is not searched, since FLOAT_EXP needs a lower bound above 0, not 0"),
    ({"hyperparameters": [one(LR, "BINARY_CODE", 4, 5)]}, f"{LR}: is not searched, since BINARY_CODE needs at most as many ones as bits, not [4, 5]"),
    ({"hyperparameters": [one(LR, "BINARY_CODE", 0)]}, f"{LR}: is not searched, since BINARY_CODE needs a number of bits, and perhaps one of ones, not [0]"),
    ({"hyperparameters": [one(LR, "HALF", 4, 2)]}, f"{LR}: is not searched, since HALF needs a number of bits, not [4, 2]"),
    ({"hyperparameters": [one(LR, "BINARY_CODE", 4)]}, f"{LR}: Vega draws codes of mostly ones; here every code is as likely as any other"),
    ({"hyperparameters": [one("network.backbone.depth", "CATEGORY", 18, 19), one("network.backbone.doublechannel", "CATEGORY", 2, 3)]}, "model.model_desc.backbone: no ResNet of depth 19 is known here"),
    ({"hyperparameters": [one("network.backbone.depth", "INT", 1, 200)]}, "network.backbone.depth: is not searched, since it has too many values to be options"),
    ({"hyperparameters": [one("network.backbone.doublechannel", "CATEGORY", 2, "many")]}, "model.model_desc.backbone: 'many' is no number of ones, so it is left out"),
    ({"hyperparameters": [one("dataset.train_portion", "FLOAT", 0.5, 0.9)]}, "dataset.train_portion: is no portion, {'float': [0.5, 0.9]}"),
    ({"type": "SearchSpace", "codec": 1}, "search_space.codec: has no counterpart here"),
]  # fmt: skip

TWO = [one(KIND, "CATEGORY", "SGD", "Adam"), one(LR, "INT", 1, 100), one("trainer.lr_scheduler.gamma", "FLOAT", 0, 1)]


def given(child: str, parent: str, kind: str = "EQUAL", values: Any = ("SGD",)) -> dict[str, Any]:
    return {"key": "c", "child": child, "parent": parent, "type": kind, "range": list(values)}


CONDITIONS = [
    ([given("x", KIND)], "condition: is not carried over, since 'x' is not searched"),
    ([given(LR, "x")], "condition: is not carried over, since 'x' is not searched"),
    ([given(LR, KIND, "LESS")], f"{LR}: is always active here, since its condition 'LESS' of ['SGD'] is not known"),
    ([given(LR, LR, "IN", [1, 2])], f"{LR}: is always active here, since it depends on itself"),
    ([given(KIND, LR, "IN", [1, 2]), given(LR, KIND)], f"{LR}: is always active here, since it depends on itself"),
    ([given("trainer.lr_scheduler.gamma", KIND), given("trainer.lr_scheduler.gamma", LR, "IN", [1, 2])], "trainer.lr_scheduler.gamma: is always active here, since it depends on several others"),
    ([given("trainer.lr_scheduler.gamma", KIND)], f"trainer.lr_scheduler.gamma: is always active here, since {KIND}, on which it depends, stands elsewhere"),
    ([given(KIND, LR, "IN", [1, 2])], f"{KIND}: is always active here, since {LR}, on which it depends, has too many values"),
]  # fmt: skip

FORBIDDEN = [
    ([{LR: 1, "x": 2}], "forbidden: an entry is not carried over, since not all of its values are searched here"),
    ([{LR: 0}], "forbidden: an entry is not carried over, since not all of its values are searched here"),
    ([{LR: 1}], "forbidden: {evaluator.optimizer.SGD.lr: 1} is left out, since the search begins there"),
]

SECTIONS = [
    ({"trainer": {"loss": "CrossEntropyLoss"}}, "trainer.loss: is not carried over, since it is not a mapping"),
    ({"trainer": {"optimizer": "SGD"}}, "trainer.optimizer: is not carried over, since it is not a mapping"),
    ({"trainer": {"lr_scheduler": {"type": "StepLR"}}}, "trainer.lr_scheduler: StepLR needs step_size; add it"),
    ({"trainer": {"lr_scheduler": {"type": "StepLR", "T_max": 3}}}, "trainer.lr_scheduler.T_max: StepLR has no T_max, so it is left out there"),
    ({"dataset": {"type": "Cifar10"}}, "dataset: names no data_path, where its files are; add evaluator.dataset.path"),
    ({"trainer": {"loss": {"type": "CrossEntropyLoss", "params": {"weight": [1, 2]}}}}, "trainer.loss.params.weight: has no counterpart here"),
    ({"trainer": []}, "trainer: is not carried over, since it is not a mapping"),
    ({"trainer": {"epochs": 1}}, "trainer: what the file leaves out has another default here than in Vega: optimizer (Adam at 0.1), lr_scheduler (MultiStepLR at 75 and 150 by 0.5)"),
    ({"trainer": {"type": "MyTrainer"}}, "trainer.type: 'MyTrainer' is no evaluator; this one trains in its place"),
    ({"trainer": {"metric": {"type": "accuracy", "params": {"topk": [1, 5]}}}}, "trainer.metric.params: has no counterpart here"),
    ({"trainer": {"seed": "ten"}}, "trainer.seed: is no seed, 'ten'"),
    ({"trainer": {"type": "ScriptRunner"}, "search_algorithm": {"type": "AshaHpo"}, "search_space": {"hyperparameters": TWO}}, "search_algorithm: a trial has up to 81 epochs; your evaluator decides that"),
    ({"search_algorithm": {"type": "RandomSearch", "policy": {"num_sample": "all"}}}, "search_algorithm.policy.num_sample: is no number of at least 1, 'all'"),
    ({"search_algorithm": {"objective_keys": {"accuracy": 1}}}, "search_algorithm.objective_keys: {'accuracy': 1} is not measured here"),
    ({"dataset": {"type": "Mnist", "common": {"train_portion": 2}}}, "dataset.common.train_portion: is no portion, 2"),
    ({"dataset": {"type": "Mnist", "train": {"transforms": "all"}}}, "dataset.train.transforms: is not carried over, since it is not a list"),
    ({"dataset": {}}, "dataset: is missing, so there is no evaluator; add one"),
    ({"dataset": {}}, "trainer.epochs: is not carried over without a dataset"),
    ({"dataset": {"type": "Mnist", "val": {"transforms": [{"type": "Pad"}]}}}, "dataset.val.transforms: 'Pad'; held-out images are only scaled here"),
    ({"dataset": {"type": "Mnist", "common": {"shuffle": False}}}, "dataset.common.shuffle: training images are always shuffled here"),
    ({"model": {"model_desc": {"modules": ["a", "b"], "a": {"type": "Flatten"}}}}, "model.model_desc.b: is listed in modules, but not described"),
    ({"model": {"model_desc": {"modules": ["a"], "a": {"type": "torchvision_resnet18", "pretrained": True}}}}, "model.model_desc.a.pretrained: the weights are not carried over; evaluators take weights of this network"),
    ({"model": {"model_desc": {"modules": ["a"], "a": {"type": "torchvision_resnet"}}}}, "'torchvision_resnet' is a network of Vega without counterpart here; describe it by modules, or provide it by a plugin"),
    ({"search_algorithm": {"type": "QuantEA"}}, "search_algorithm.policy.length: is missing, so bits are those that Quant searches, not bit_candidates"),
    ({"search_algorithm": {"type": "EvolutionAlgorithm"}}, "search_algorithm.type: is RegularizedEvolution here, which evolves otherwise"),
    ({"evaluator": {"host_evaluator": {"metric": {"type": "IoUMetric"}}}}, "evaluator.host_evaluator.metric.type: is not measured here; accuracy is"),
    ({"dataset": {"ref": "hpo.dataset"}}, "dataset.ref: names nothing in this file: 'hpo.dataset'"),
    ({"file": {"general": {"backend": "tensorflow"}}}, "general.backend: networks are trained with PyTorch here"),
    ({"file": {"general": {"quota": 3}}}, "quota: is not carried over, since it is neither text nor a mapping"),
    ({"file": {"general": {"quota": {"restrict": {"flops": "few"}}}}}, "quota.flops: expected a number or two, not 'few'"),
    ({"file": {"general": {"quota": "flops < 2"}}}, "quota.flops: is read in billions, as Vega's code compares it; its documentation says millions"),
    ({"file": {"benchmark": {"nas": {}}}}, "benchmark: is not carried over"),
    ({"file": {"version": 2}}, "version: is not carried over, since it is no step"),
    ({"file": {"other": {"trainer": {}}}}, "other: is not in the pipeline, so it is not carried over"),
    ({"file": {"pipeline": ["nas", "lost"]}}, "pipeline: 'lost' has no section of its own"),
    ({"file": {"pipeline": ["nas", "hpo"], "hpo": {"search_space": {}}}}, "hpo: only the first search is carried over"),
    ({"file": {"pipeline": ["nas", "run"], "run": {"pipe_step": {"type": "BenchmarkPipeStep"}}}}, "run: is not carried over, since it neither searches nor describes a network"),
]  # fmt: skip


@pytest.mark.parametrize(("space", "message"), SPACES)
def test_what_a_space_cannot_carry_over_is_noted(tmp_path, space, message):
    assert message in [note.message for note in converted(tmp_path, search_space=space).notes]


@pytest.mark.parametrize(("conditions", "message"), CONDITIONS)
def test_a_condition_that_no_options_express_is_noted_and_its_child_stays(tmp_path, conditions, message):
    made = converted(tmp_path, search_space={"hyperparameters": TWO, "condition": conditions})
    assert message in [note.message for note in made.notes]
    assert made.sections["evaluator"]["lr_scheduler"]["gamma"] == {"float": [0, 1]}


@pytest.mark.parametrize(("forbidden", "message"), FORBIDDEN)
def test_a_forbidden_entry_that_cannot_be_said_is_noted(tmp_path, forbidden, message):
    made = converted(tmp_path, search_space={"hyperparameters": TWO, "forbidden": forbidden})
    assert message in [note.message for note in made.notes]
    assert "forbidden" not in made.sections["search_space"]


@pytest.mark.parametrize(("sections", "message"), SECTIONS)
def test_what_a_step_cannot_carry_over_is_noted(tmp_path, sections, message):
    assert message in [note.message for note in converted(tmp_path, **sections).notes]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pipeline: [nas]\nnas: {pipe_step: {type: NasPipeStep}}\n", "has no step with a search_space or a model; there is nothing to convert"),
        ("pipeline: [nas]\nnas: {search_space: {}}\n", "describes no network and searches nothing; there is nothing to convert"),
    ],
)  # fmt: skip
def test_a_file_with_nothing_to_convert_is_refused(tmp_path, command, text, message):
    (tmp_path / "old.yml").write_text(text)
    assert command("convert", tmp_path / "old.yml") == (2, "", f"{tmp_path / 'old.yml'}: {message}\n")


def test_an_option_that_there_is_not_here_is_left_out_and_the_others_stay(tmp_path):
    listed = [one(KIND, "CATEGORY", "Lamb", "SGD"), one(LR, "FLOAT", 0.1, 1)]
    made = converted(tmp_path, search_space={"hyperparameters": listed})
    assert "trainer.optimizer.type: 'Lamb' is no optimiser of torch" in [note.message for note in made.notes]
    assert made.sections["evaluator"]["optimizer"] == {"choice": [{"type": "SGD", "lr": {"float": [0.1, 1]}}]}


def test_what_depends_on_the_type_of_a_loss_is_noted_line_by_line(tmp_path):
    kind, weight = "trainer.loss.type", "trainer.loss.params.aux_weight"
    listed = [one(kind, "CATEGORY", "CrossEntropyLoss", "MixAuxiliaryLoss"), one(weight, "FLOAT", 0, 1)]
    space = {"hyperparameters": listed, "condition": [given(weight, kind, values=["MixAuxiliaryLoss"])]}
    made = converted(tmp_path, search_space=space)
    assert [note.message for note in made.notes if "loss" in note.message] == [
        "trainer.loss.type: is not carried over; networks are trained with cross entropy here",
        "trainer.loss.params.aux_weight: has no counterpart here",
    ]


def test_a_list_of_hyper_parameters_alone_is_a_file(tmp_path):
    (tmp_path / "space.yml").write_text(
        "type: SearchSpace\nhyperparameters:\n- {key: width, type: INT, range: [1, 9]}\n- {key: depth, type: INT}\n"
    )
    made = VegaConverter().convert(read_foreign(tmp_path / "space.yml"))
    assert made.sections == {"search_space": {"width": {"int": [1, 9]}}}
    assert [(note.line, note.message) for note in made.notes] == [
        (4, "depth: is not searched, since INT needs two numbers, not null")
    ]


def test_a_parent_of_few_integers_makes_options_too(tmp_path):
    listed = [one("network.backbone.depth", "CATEGORY", 18, 34), one("network.backbone.base_channel", "INT", 8, 9)]
    condition = given("network.backbone.base_channel", "network.backbone.depth", "IN", [34])
    made = converted(tmp_path, search_space={"hyperparameters": listed, "condition": [condition]})
    shape = {"small_input": True}
    assert made.sections["search_space"]["backbone"] == {
        "choice": [
            {"type": "ResNet", "depth": 18, "init_plane": 64, **shape},
            {"type": "ResNet", "depth": 34, "init_plane": {"int": [8, 9]}, **shape},
        ]
    }


def test_a_range_of_integers_may_be_the_parent(tmp_path):
    listed = [one("network.backbone.stage", "INT", 3, 4), one("network.backbone.base_channel", "INT", 8, 9)]
    condition = given("network.backbone.base_channel", "network.backbone.stage", "IN", [4, 6])
    made = converted(tmp_path, search_space={"hyperparameters": listed, "condition": [condition]})
    widths = [option["init_plane"] for option in made.sections["search_space"]["backbone"]["choice"]]
    assert widths == [64, {"int": [8, 9]}]


def test_a_child_of_a_child_is_active_only_where_both_are(tmp_path):
    listed = [
        one("kind", "CATEGORY", "tree", "net"),
        one("booster", "CATEGORY", "gbm", "forest"),
        one("shrink", "CATEGORY", 0.1, 0.2),
    ]
    conditions = [given("shrink", "booster", values=["gbm"]), given("booster", "kind", values=["tree"])]
    space = {"hyperparameters": listed, "condition": conditions}
    made = converted(tmp_path, search_space=space, trainer={"type": "ScriptRunner"}, model={})
    assert made.sections["search_space"] == {
        "kind": {
            "choice": [
                {
                    "type": "tree",
                    "booster": {
                        "choice": [{"type": "gbm", "shrink": {"choice": [0.1, 0.2]}}, {"type": "forest"}],
                    },
                },
                {"type": "net"},
            ]
        }
    }


def test_a_step_alone_is_a_file_and_a_reference_is_followed(tmp_path):
    (tmp_path / "step.yml").write_text(
        "search_space: {hyperparameters: [{key: trainer.epochs, type: INT, range: [1, 4]}]}\n"
        "model: {model_desc: {modules: [net], net: {type: ResNet}}}\n"
        "trainer: {epochs: 2}\n"
        "dataset: {type: Mnist, common: {data_path: /data}}\n"
    )
    made = VegaConverter().convert(read_foreign(tmp_path / "step.yml"))
    assert made.sections["evaluator"]["epochs"] == {"int": [1, 4]}
    referring = {"hpo": {"dataset": {"type": "Mnist", "common": {"data_path": "/a", "batch_size": 8}}}}
    made = converted(
        tmp_path,
        dataset={"ref": "hpo.dataset", "common": {"data_path": "/b"}},
        file={"pipeline": ["nas", "hpo"], **referring},
    )
    assert made.sections["evaluator"]["dataset"] == {"type": "Idx", "path": "/b"}
    assert made.sections["evaluator"]["batch_size"] == 8


def test_widths_of_pruning_that_are_no_resnet_are_given_block_by_block(tmp_path):
    backbone = {"name": "PruneResNet", "base_chn": [8, 9, 20, 30], "base_chn_node": [8, 8, 16, 32]}
    made = converted(tmp_path, search_space={"type": "SearchSpace", "modules": ["net"], "net": backbone}, model={})
    assert made.sections["search_space"]["net"] == {
        "type": "ResNet",
        "depth": 20,
        "init_plane": 8,
        "block": {"type": "BasicBlock"},
        "num_reps": 4,
        "items": {
            "inchannel": [8, 8, 16, 32],
            "outchannel": [8, 16, 32, 32],
            "inner_plane": [8, 9, 20, 30],
            "stride": [1, 2, 2, 1],
        },
        "small_input": True,
    }


WHOLE = """
pipeline: [nas]
general: {backend: pytorch, quota: {restrict: {params: 9000}}}
nas:
  pipe_step: {type: SearchPipeStep}
  search_algorithm: {type: BackboneNas, policy: {num_mutate: 4}, range: {max_sample: 9}}
  search_space:
    type: SearchSpace
    hyperparameters: [{key: trainer.optimizer.type, type: CATEGORY, range: [SGD, Adam]}, {key: trainer.optimizer.params.lr, type: FLOAT, range: [0.1, 1]}]
    condition: [{child: trainer.optimizer.params.lr, parent: trainer.optimizer.type, type: EQUAL, range: [SGD]}]
  model: {model_desc: {modules: [backbone, head], backbone: {type: ResNetGeneral, base_depth: 18}, head: {type: LinearClassificationHead, num_classes: 10}}}
  trainer:
    type: Trainer
    optimizer: {type: SGD, params: {weight_decay: 0.1}}
    lr_scheduler: {type: StepLR, params: {step_size: 1}}
    loss: {type: CrossEntropyLoss, params: {sparse: true}}
    metric: {type: accuracy}
    limits: {flop_range: [0, 10000000000]}
  dataset: {type: Mnist, common: {data_path: /data}, train: {batch_size: 8}, val: {batch_size: 8}, test: {batch_size: 8}}
  evaluator: {type: Evaluator, host_evaluator: {type: HostEvaluator, metric: {type: accuracy}}}
"""


def mappings(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else []
    return [
        *([at] if isinstance(data, dict) else []),
        *(one for key, value in inside for one in mappings(value, (*at, key))),
    ]


@pytest.mark.parametrize("at", mappings(yaml.safe_load(WHOLE)), ids=lambda at: ".".join(map(str, at)) or "root")
def test_a_key_that_nobody_knows_is_named_wherever_it_stands(tmp_path, at):
    data = yaml.safe_load(WHOLE)
    holder = data
    for key in at:
        holder = holder[key]
    holder["surplus"] = 1
    (tmp_path / "old.yml").write_text(yaml.safe_dump(data, sort_keys=False))
    made = VegaConverter().convert(read_foreign(tmp_path / "old.yml"))
    assert [note.message for note in made.notes if "surplus" in note.message]


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ({"name": "PruneResNet", "base_chn": "wide"}, "search_space.net.base_chn: is no list of numbers of at least 1, 'wide'; [16, 16, 16, 32, 32, 32, 64, 64, 64] is in its place"),
        ({"name": "QuantResNet", "num_blocks": [3, 0]}, "search_space.net.num_blocks: is no list of numbers of at least 1, [3, 0]; [3, 3, 3] is in its place"),
        ({"name": "QuantResNet", "encoding": 1}, "search_space.net.encoding: has no counterpart here"),
    ],
)  # fmt: skip
def test_a_network_of_vega_with_a_mistake_is_noted(tmp_path, backbone, message):
    made = converted(tmp_path, search_space={"type": "SearchSpace", "modules": ["net"], "net": backbone}, model={})
    assert message in [note.message for note in made.notes]


JUNK = (None, [], {}, "", "x", 0, -1, 3.5, True, [1], ["a", 1], {"type": "x"}, [[1, 2], [3]], 10**12, float("inf"))


def test_no_mutant_of_the_files_is_answered_with_anything_but_an_experiment_or_an_error(tmp_path):
    rng = Random(0)
    files = [read_foreign(path) for path in sorted(FILES.glob("*/*"))]
    for _ in range(600):
        file = rng.choice(files)
        data = deepcopy(file.data)
        for _ in range(rng.randint(1, 3)):
            mutate(data, rng)
        mutant = type(file)(file.path, data)
        for converter in (VegaConverter(), PaddleSlimConverter()):
            if converter.recognises(mutant) is not None:
                with suppress(FgspaceError):
                    plain(converter.convert(mutant).sections)


def mutate(data: Any, rng: Random) -> None:
    """Replace, remove or repeat something in data."""
    holder = rng.choice([one for one in holders(data) if one] or [{}])
    key: Any = rng.choice([*(holder if isinstance(holder, dict) else range(len(holder)))] or [None])
    way = rng.random()
    if key is None:
        return
    if way < 0.6:
        holder[key] = deepcopy(rng.choice(JUNK))
    elif way < 0.8:
        del holder[key]
    elif isinstance(holder, list):
        holder.append(deepcopy(holder[key]))


def holders(data: Any) -> list[Any]:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    return [*([data] if isinstance(data, dict | list) else []), *(one for value in inside for one in holders(value))]
