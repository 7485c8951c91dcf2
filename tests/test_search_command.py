"""`fgspace search` with trained networks: digits, one epoch per trial, and every file that it writes."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import fgspace
import pytest
import torch
import yaml

FILE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    layer.doublechannel: {bits: 2}
    evaluator.optimizer.lr: {float: [0.01, 0.2], log: true}
  modules: [init, layer, head]
  init: {type: SmallInputInitialBlock, init_plane: 4}
  layer:
    type: VariantLayer
    block: {type: BasicBlock}
    doublechannel: [0, 1]
    downsample: [1, 1]
  head: {type: LinearClassificationHead, num_classes: 10}
search_algorithm: {type: BackboneNasSearch, min_sample: 2}
evaluator:
  type: ImageClassification
  dataset: {type: Digits}
  epochs: 1
  optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
objectives: {accuracy: max, macs: min}
budget: {trials: 3}
seed: 1
"""


def command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "fgspace", *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def told(folder: Path, *arguments: str) -> str:
    done = command(folder, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def accuracies(file: Path) -> list[tuple[str, ...]]:
    with file.open(newline="") as text:
        return [(row["number"], row["layer.doublechannel"], row["accuracy"]) for row in csv.DictReader(text)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return the folder of a finished search."""
    folder = tmp_path_factory.mktemp("search")
    (folder / "digits.yaml").write_text(FILE)
    lines = told(folder, "search", "digits.yaml", "--out", "out", "--test").splitlines()
    assert len([line for line in lines if line.startswith("trial")]) == 3
    assert lines[-1].startswith("next: fgspace build out/front/")
    return folder


def members(folder: Path) -> list[Path]:
    return sorted((folder / "out" / "front").iterdir(), key=lambda member: int(member.name))


def test_every_member_of_the_front_has_its_description_metrics_and_weights(folder):
    for member in members(folder):
        assert sorted(path.name for path in member.iterdir()) == ["description.yaml", "metrics.json", "weights.pt"]
        metrics = json.loads((member / "metrics.json").read_text())
        assert {"accuracy", "macs", "loss", "weight_bytes", "test_accuracy", "test_loss"} <= metrics.keys()


def test_the_weights_of_a_member_load_into_the_network_of_its_description(folder):
    for member in members(folder):
        weights = torch.load(member / "weights.pt", weights_only=True)
        network = fgspace.build(member / "description.yaml", init=False)
        assert list(network.state_dict()) == list(weights)
        network.load_state_dict(weights)
        assert network.eval()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
        size = sum(tensor.numel() * tensor.element_size() for tensor in network.parameters())
        assert size == json.loads((member / "metrics.json").read_text())["weight_bytes"]


@pytest.mark.soak
def test_the_line_that_shows_what_to_run_next_runs(folder):
    for member in members(folder):
        built = json.loads(told(folder, "build", str(member.relative_to(folder) / "description.yaml"), "--json"))
        assert built["macs"] == json.loads((member / "metrics.json").read_text())["macs"]
        assert built["output_shape"] == [10]


@pytest.mark.soak
def test_the_frozen_experiment_names_versions_and_gives_the_same_accuracies_again(folder):
    frozen = yaml.safe_load((folder / "out" / "experiment.yaml").read_text())
    version = fgspace.__version__
    assert frozen["origins"] == {
        "ea/BackboneNasSearch": f"fgspace-plugin-ea {version}",
        "resnet/BasicBlock": f"fgspace-plugin-resnet {version}",
        "resnet/LinearClassificationHead": f"fgspace-plugin-resnet {version}",
        "resnet/SmallInputInitialBlock": f"fgspace-plugin-resnet {version}",
        "resnet/VariantLayer": f"fgspace-plugin-resnet {version}",
        "vision/Digits": f"fgspace-plugin-vision {version}",
        "vision/ImageClassification": f"fgspace-plugin-vision {version}",
    }
    assert fgspace.space(folder / "out" / "experiment.yaml").digest == fgspace.space(folder / "digits.yaml").digest
    told(folder, "search", "out/experiment.yaml", "--out", "again")
    assert accuracies(folder / "again" / "trials.csv") == accuracies(folder / "out" / "trials.csv")


@pytest.mark.soak
def test_a_study_goes_on_from_the_frozen_file_with_workers(folder):
    told(folder, "search", "digits.yaml", "--out", "more", "--trials", "1")
    told(folder, "search", "more/experiment.yaml", "--out", "more", "--resume", "--trials", "3", "--workers", "2")
    study = fgspace.Study.open(folder / "more")
    assert [trial.state for trial in study.trials] == ["complete"] * 3
    assert study.trials[0].point == fgspace.space(folder / "digits.yaml").initial
    study.close()


@pytest.mark.soak
def test_a_trial_whose_training_diverges_costs_itself_only(folder):
    wild = FILE.replace("{float: [0.01, 0.2], log: true}", "[0.1, 1.0e+30]").replace(
        "BackboneNasSearch, min_sample: 2", "GridSearch"
    )
    (folder / "wild.yaml").write_text(wild)
    told(folder, "search", "wild.yaml", "--out", "wild", "--trials", "4")
    study = fgspace.Study.open(folder / "wild")
    assert {(trial.point["evaluator.optimizer.lr"], trial.state, trial.error) for trial in study.trials} == {
        (0.1, "complete", None),
        (1e30, "failed", "ValueError: the training diverged, its validation loss is nan; lower the learning rate"),
    }
    study.close()


def test_a_plugin_that_is_left_out_is_named_where_its_types_are_missed(folder):
    done = command(folder, "search", "digits.yaml", "--out", "none", "--no-plugin", "vision")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "digits.yaml:16:9: evaluator.type: unknown evaluator 'ImageClassification'; plugin 'vision' "
    )
    assert not (folder / "none").exists()


@pytest.mark.soak
def test_a_deterministic_search_is_the_same_for_any_number_of_workers(folder):
    tables = []
    for workers in ("1", "2"):
        arguments = ["--workers", workers, "--deterministic", "--trials", "4", "--out", f"by{workers}"]
        told(folder, "search", "digits.yaml", *arguments)
        with (folder / f"by{workers}" / "trials.csv").open(newline="") as text:
            tables.append([row | {"seconds": "", "train_seconds": ""} for row in csv.DictReader(text)])
    assert tables[0] == tables[1]
    assert len({row["loss"] for row in tables[0]}) == 4
