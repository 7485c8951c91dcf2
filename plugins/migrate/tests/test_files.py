"""Whole files after the documented forms of Vega and PaddleSlim: each is converted, loaded, checked and sampled."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import json
from pathlib import Path

import pytest

FILES = Path(__file__).parent / "files"

SIZES = {
    "vega/asha.yml": "continuous",
    "vega/backbone.yml": "659,920 points",  # 2 · (28² + 56² + 120² + 560²), less 28² + 56² of the forbidden width
    "vega/bits.yml": "1,568 points",  # 56 · 28
    "vega/bohb.yml": "432 points",  # 2 · (12 + 3 + 6) · (5 · 2 + 2), less the 72 forbidden ones
    "vega/coarse.yml": "663,840 points",  # 2 · (28² + 56² + 120² + 560²)
    "vega/depths.yml": "9 points",
    "vega/fine_grained.yml": "225 points",  # 15²: two of six blocks in each list
    "vega/folder.yml": "4 points",
    "vega/general_resnet.yml": "about 10^135 points",  # 448 bits
    "vega/old_types.yml": "18 points",  # 3 · 2 · (1 + 2)
    "vega/prune_ea.yml": "about 10^135 points",
    "vega/quant_ea.yml": "about 10^19 points",  # 3^40
    "vega/script.yml": "118,720 points",  # (1 + 4 + 1) · 2 · 56 · 20 · (4 + 4 + 1), less 2 · 56 · 20
    "vega/script_logarithmic.yml": "continuous",
    "vega/training.yml": "1 point",
    "paddleslim/chain.json": "about 10^12 points",
    "paddleslim/mobilenet_v2.json": "about 10^17 points",
    "paddleslim/name.json": "3,439,800 points",
    "paddleslim/rlnas.json": "about 10^10 points",
    "paddleslim/sanas.json": "about 10^23 points",
}


def test_every_file_is_tried():
    names = {f"{path.parent.name}/{path.name}" for path in FILES.glob("*/*")}
    assert names == {*SIZES}
    assert len(names) >= 12


@pytest.mark.needs("annealing", "ea", "mobilenet", "predictor", "prune", "quant", "resnet", "stopping", "vision")
@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_what_a_file_becomes_is_in_order_and_can_be_sampled(converted, command, name, size):
    new, _ = converted(name)
    status, checked, told = command("check", new, "--points", "4")
    assert (status, checked.partition("; ")[0], told) == (0, f"{new}: in order", "")
    status, shown, _ = command("show", new)
    assert (status, f"size      {size}" in shown) == (0, True)
    _, sampled, _ = command("sample", new, "-n", "3", "--json")
    points = [json.loads(line)["point"] for line in sampled.splitlines()]
    assert len(points) == 3


def test_logarithmic_hyper_parameters_are_searched_on_a_logarithmic_scale(converted):
    new, notes = converted("vega/script_logarithmic.yml")
    assert new.read_text().splitlines()[2:] == [
        "# line 9: trainer: is not carried over; write an evaluator that takes the values of the space",
        "search_space:",
        "  trees: {int: [1, 1000], log: true}",
        "  rate: {float: [0.001, 1.0], log: true}",
        "search_algorithm: {type: RandomSearch}",
        "budget: {trials: 30}",
    ]
    assert notes == "9: trainer: is not carried over; write an evaluator that takes the values of the space\n"


def test_a_search_of_training_options_is_written_as_a_user_would(converted):
    new, notes = converted("vega/asha.yml")
    assert (
        new.read_text()
        == """\
# Converted from asha.yml, an experiment of Vega; comments name its lines that are not carried over as written.
# line 4: general.parallel_search: say how many trials run at a time by fgspace search --workers
search_space:
  modules: [backbone]
  backbone: {type: ResNet, depth: 18, init_plane: 64, small_input: true, num_class: 10}
  forbidden: [{evaluator.batch_size: 32, evaluator.optimizer: Adam}]
search_algorithm: {type: RandomSearch}
# line 34: trainer.epochs: the search algorithm trains up to 27 epochs, so this is left out
# line 34: trainer: what the file leaves out has another default here than in Vega: lr_scheduler (MultiStepLR at 75 and
#   150 by 0.5), transforms (crops and flips)
evaluator:
  type: ImageClassification
  dataset: {type: Cifar10, path: /data/cifar}
  batch_size: {choice: [32, 64, 128]}
  epochs: 27
  optimizer:
    choice:
    - {type: SGD, lr: &lr {float: [0.0001, 0.1], log: true}, momentum: {float: [0.0, 0.99]}}
    - {type: Adam, lr: *lr}
early_stopping: {type: SuccessiveHalving}
# line 13: search_algorithm.policy.total_epochs: epochs of all trials together; here budget.trials counts trials
budget: {trials: 12}
"""
    )
    assert notes == (
        "4: general.parallel_search: say how many trials run at a time by fgspace search --workers\n"
        "13: search_algorithm.policy.total_epochs: epochs of all trials together; here budget.trials counts trials\n"
        "34: trainer.epochs: the search algorithm trains up to 27 epochs, so this is left out\n"
        "34: trainer: what the file leaves out has another default here than in Vega: lr_scheduler (MultiStepLR at 75 and 150 by 0.5), transforms (crops and flips)\n"
    )


@pytest.mark.needs("annealing", "ea", "mobilenet", "predictor", "prune", "quant", "resnet", "stopping", "vision")
def test_options_that_depend_on_types_are_active_only_there(converted, command):
    new, _ = converted("vega/bohb.yml")
    _, sampled, _ = command("sample", new, "-n", "40", "--json")
    points = [json.loads(line)["point"] for line in sampled.splitlines()]
    beside = {
        "SGD": {"evaluator.optimizer.SGD.momentum", "evaluator.optimizer.SGD.nesterov"},
        "Adam": set(),
        "RMSprop": {"evaluator.optimizer.RMSprop.momentum"},
    }
    always = {"evaluator.batch_size", "evaluator.optimizer", "evaluator.lr_scheduler"}
    shared = {"evaluator.optimizer.SGD.lr", "evaluator.lr_scheduler.StepLR.gamma"}
    step = {"evaluator.lr_scheduler.StepLR.step_size"}
    for point in points:
        stepped = step if point["evaluator.lr_scheduler"] == "StepLR" else set()
        assert set(point) == always | shared | stepped | beside[point["evaluator.optimizer"]]
        assert (point["evaluator.optimizer.SGD.lr"], point.get("evaluator.optimizer.SGD.momentum")) != (0.1, 0.9)
    assert {point["evaluator.optimizer"] for point in points} == set(beside)


def test_the_values_of_a_program_keep_their_names(converted):
    new, notes = converted("vega/script.yml")
    assert (
        new.read_text()
        == """\
# Converted from script.yml, an experiment of Vega; comments name its lines that are not carried over as written.
# line 14: layers.kept: Vega also draws codes of ones only, and rounds their half to a multiple of 16; here it is half
#   of them
# line 22: trainer: is not carried over; write an evaluator that takes the values of the space
search_space:
  kernel: {choice: [{type: rbf}, {type: poly, degree: {int: [2, 5]}}, {type: linear}]}
  shrink: {choice: [true, false]}
  layers: {mask: {bits: 8, ones: 3}, kept: {bits: 6, ones: 3}}
  folds:
    choice: [{type: 4, shuffles: {int: [1, 4]}}, {type: 5, shuffles: {int: [1, 4]}}, {type: 3}]
  forbidden: [{kernel: rbf, folds: '3'}]
search_algorithm: {type: Predictor}
budget: {trials: 40}
"""
    )
    assert notes.count("\n") == 2


def test_a_search_of_positions_has_as_many_ones_in_both_lists(converted, command):
    new, _ = converted("vega/coarse.yml")
    _, sampled, _ = command("sample", new, "-n", "20", "--json")
    for line in sampled.splitlines():
        point = json.loads(line)["point"]
        doubled, halved = (
            next(value for path, value in point.items() if path.endswith(name))
            for name in ("doublechannel", "downsample")
        )
        assert len(doubled) == len(halved) in (8, 16)
        assert sum(doubled) == sum(halved) in (2, 3)


@pytest.mark.needs("annealing", "ea", "mobilenet", "predictor", "prune", "quant", "resnet", "stopping", "vision")
def test_pruning_and_quantisation_become_processes_and_their_costs_objectives(converted, command):
    new, _ = converted("vega/quant_ea.yml")
    shown = command("show", new)[1]
    assert "quant.nbit_w_list  vector of 20, each choice of 2, 4, 8" in shown
    assert "objectives: {accuracy: max, vega_flops: min}\nbudget: {trials: 50}\nseed: 10\n" in new.read_text()
    new, notes = converted("vega/prune_ea.yml")
    assert command("show", new)[1].count("prune.masks.") == 12
    assert "24: trainer.init_model_file: its weights have Vega's names; the network is trained once here\n" in notes
    assert "27: trainer.lr_scheduler: candidates are trained at one rate here\n" in notes


def test_a_chain_of_spaces_stays_a_list_with_notes_at_its_elements(converted):
    new, notes = converted("paddleslim/chain.json")
    assert (
        new.read_text()
        == """\
# Converted from chain.json, a search of PaddleSlim; comments name its lines that are not carried over as written.
# line 1: configs: your program trains the networks; add an evaluator, and num_class to the last space
search_space:
# line 2: MobileNetV2BlockSpace: tokens mean the corrected network; as_published: true decodes them as PaddleSlim does
- {type: MobileNetV2BlockSpace, block_mask: [1, 0]}
# line 3: ResNetBlockSpace: tokens mean the corrected network; as_published: true decodes them as PaddleSlim does
- {type: ResNetBlockSpace, input_size: 16, output_size: 8, block_num: 1}
"""
    )
    assert notes.splitlines()[1:] == [
        "2: MobileNetV2BlockSpace: tokens mean the corrected network; as_published: true decodes them as PaddleSlim does",
        "3: ResNetBlockSpace: tokens mean the corrected network; as_published: true decodes them as PaddleSlim does",
    ]


def test_the_parameters_that_whole_networks_ignore_are_named_line_by_line(converted):
    _, notes = converted("paddleslim/sanas.json")
    assert notes == (
        "2: MobileNetV1Space: tokens mean the corrected network; as_published: true decodes them as PaddleSlim does\n"
        "2: MobileNetV1Space.output_size: is left out, as PaddleSlim ignores it\n"
        "2: MobileNetV1Space.block_num: is left out, as PaddleSlim ignores it\n"
        "2: configs: your program trains the networks; add an evaluator, and num_class to the last space\n"
        "3: server_addr: a search runs in worker processes (--workers), or on a cluster (--executor ray)\n"
        "8: save_checkpoint: every search is kept, in the folder that --out names\n"
    )


@pytest.mark.needs("annealing", "ea", "mobilenet", "predictor", "prune", "quant", "resnet", "stopping", "vision")
def test_the_images_of_a_folder_are_searched_on(converted, command, tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image", reason="Pillow makes the images of this test")
    for part in ("train", "val", "test"):
        for kind in ("cat", "dog"):
            (tmp_path / "photos" / part / kind).mkdir(parents=True)
            for number in range(8):
                colour = (number * 30, 255 * (kind == "cat"), 0)
                image.new("RGB", (20, 20), colour).save(tmp_path / "photos" / part / kind / f"{number}.png")
    new, _ = converted("vega/folder.yml")
    text = new.read_text().replace("epochs: 3", "epochs: 1")
    new.write_text(text.replace("{type: ResNet, depth: 18, num_class: 2}", "{type: ResNet, depth: 20, num_class: 2}"))
    monkeypatch.chdir(tmp_path)
    status, out, _ = command("search", new, "--out", tmp_path / "run")
    assert status == 0
    assert "front: " in out
