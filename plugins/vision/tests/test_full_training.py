"""Training in full: checkpoints, the best epoch, averages, mixing, teachers, and several processes."""

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from fgspace import FgspaceError
from fgspace.documents.writer import in_yaml
from fgspace.testing import TrainingSuite
from fgspace_vision.averaging import Average
from fgspace_vision.compressed import CompressedClassification
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.distilling import Distillation, Teacher
from fgspace_vision.evaluator import ImageClassification
from fgspace_vision.feeding import on_device, repeated
from fgspace_vision.mixing import mix
from fgspace_vision.recipe import Recipe
from torch import nn

CPU = torch.device("cpu")
NETWORK = {
    "type": "FineGrainedSpace",
    "modules": ["conv", "norm", "relu", "drop", "pool", "flatten", "head"],
    "conv": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    "norm": {"type": "BatchNorm2d"},
    "relu": {"type": "ReLU"},
    "drop": {"type": "Dropout", "p": 0.2},
    "pool": {"type": "MaxPool2d", "kernel_size": 2},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}
EVERYTHING = {
    "mixup": 0.2,
    "cutmix": 1.0,
    "crop_padding": 1,
    "repeated_augmentation": 2,
    "ema": 0.99,
    "optimizer": {"type": "Adam", "lr": 0.005},
}


def evaluator(**options: object) -> ImageClassification:
    return ImageClassification(**{"device": "cpu", "epochs": 2, **options})


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "weights.pt", weights_only=True)


def same(one: Path, other: Path) -> bool:
    ours, theirs = weights(one), weights(other)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


class TestImageClassification(TrainingSuite):
    def make(self, seed: int) -> ImageClassification:
        return evaluator(epochs=3, seed=seed)

    def description(self) -> dict:
        return NETWORK


@pytest.mark.soak
class TestCompressedClassification(TrainingSuite):
    def make(self, seed: int) -> CompressedClassification:
        return CompressedClassification(device="cpu", epochs=2, finetune_epochs=1, calibration_batches=2, seed=seed)

    def description(self) -> dict:
        return {**NETWORK, "modules": [*NETWORK["modules"], "prune"], "prune": {"type": "Prune", "ratios": 0.5}}


def test_the_best_epoch_is_kept_and_measured_once_on_held_out_data(tmp_path):
    heard = []
    measured = evaluator(epochs=4).train(
        NETWORK, folder=tmp_path, report=lambda epoch, metrics, of: heard.append((epoch, of, metrics))
    )
    assert [(epoch, of) for epoch, of, _ in heard] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    best = max(heard, key=lambda told: (told[2]["accuracy"], -told[2]["loss"]))
    assert (measured["best_epoch"], measured["accuracy"]) == (best[0], best[2]["accuracy"])
    assert {"test_accuracy", "test_loss", "weight_bytes", "train_seconds"} <= measured.keys()


def test_without_the_new_options_a_network_is_trained_as_a_candidate_of_a_search_is(tmp_path):
    found = evaluator(folder=tmp_path / "search")
    found(NETWORK)
    heard = {}
    evaluator().train(
        NETWORK, folder=tmp_path / "full", report=lambda epoch, metrics, of: heard.update({epoch: metrics})
    )
    (file,) = (tmp_path / "search").glob("*.pt")
    if max(heard, key=lambda epoch: (heard[epoch]["accuracy"], -heard[epoch]["loss"])) == 2:
        searched = torch.load(file, weights_only=True)
        assert all(torch.equal(searched[name], value) for name, value in weights(tmp_path / "full").items())


PROGRAM = """
import sys
from fgspace_vision.evaluator import ImageClassification
options, network, folder = eval(sys.argv[1]), eval(sys.argv[2]), sys.argv[3]
print("begins", flush=True)
made = ImageClassification(device="cpu", **options)
made.train(network, folder=folder, report=lambda *_, of: print("epoch", flush=True))
"""


@pytest.mark.soak
def test_a_training_killed_at_random_moments_ends_in_the_same_weights(tmp_path):
    options = {"epochs": 12, **EVERYTHING}
    evaluator(**options).train(NETWORK, folder=tmp_path / "whole")
    command = [sys.executable, "-c", PROGRAM, repr(options), repr(NETWORK), str(tmp_path / "killed")]
    killed = 0
    for attempt in range(3):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        for _ in range(3 * attempt + 2):  # those of before are told again
            process.stdout.readline()
        time.sleep(random.random() * 0.3)  # anywhere in an epoch, or in a checkpoint
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        killed += process.wait() == -signal.SIGKILL
    evaluator(**options).train(NETWORK, folder=tmp_path / "killed")
    assert killed == 3
    assert same(tmp_path / "whole", tmp_path / "killed")


@pytest.mark.soak
def test_two_processes_share_a_training_on_cpus(tmp_path):
    measured = evaluator(epochs=2, batch_size=60, devices=2, strategy="ddp").train(NETWORK, folder=tmp_path)
    assert measured["accuracy"] > 0.85
    assert 0 < measured["test_accuracy"] <= 1
    assert weights(tmp_path).keys() == {
        f"{part}.{name}"
        for part, names in {
            "conv": ["weight", "bias"],
            "norm": ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"],
            "head": ["weight", "bias"],
        }.items()
        for name in names
    }


@pytest.mark.soak
def test_a_process_that_fails_is_told_of_by_its_own_error(tmp_path):
    missing = str(tmp_path / "description.yaml")
    with pytest.raises(ValueError, match=r"^distil.from: there is no ") as caught:
        evaluator(devices=2, distil={"from": missing}).train(NETWORK, folder=tmp_path)
    assert str(caught.value) == f"distil.from: there is no {missing!r}; train the teacher first, or name another"


def test_an_average_moves_by_its_decay_and_gives_the_weights_back():
    network = nn.Linear(3, 2)
    average, start = Average(network, 0.9), network.weight.detach().clone()
    with torch.no_grad():
        network.weight += 1
    average.step()  # the first step moves by (1 + 0) / (10 + 0)
    own = network.weight.detach().clone()
    with average.shown():
        assert torch.allclose(network.weight, start.lerp(own, 0.9))
    assert torch.equal(network.weight, own)


def test_mixup_mixes_images_and_targets_in_the_same_proportion():
    images, labels = torch.eye(4).reshape(4, 1, 2, 2), torch.arange(4)
    mixed, targets = mix(images, labels, 4, Recipe(mixup=0.5), torch.Generator().manual_seed(1))
    assert torch.allclose(mixed.reshape(4, 4), targets)
    assert torch.allclose(targets.sum(1), torch.ones(4))
    assert not torch.equal(targets, F.one_hot(labels, 4).float())


def test_cutmix_pastes_a_rectangle_and_counts_its_area():
    images = torch.arange(4.0).reshape(4, 1, 1, 1).expand(4, 1, 8, 8)
    mixed, targets = mix(images, torch.arange(4), 4, Recipe(cutmix=1.0), torch.Generator().manual_seed(3))
    shares = torch.stack([(mixed == number).float().mean((1, 2, 3)) for number in range(4)], 1)
    assert torch.allclose(shares, targets)
    assert len(targets.unique()) > 2


def test_repeated_augmentation_holds_each_image_of_a_batch_several_times_in_an_epoch_of_the_same_length():
    order = repeated(torch.randperm(100, generator=torch.Generator().manual_seed(0)), 3, 12)
    assert len(order) == 100
    assert all((batch.unique(return_counts=True)[1] == 3).all() for batch in order[:96].split(12))


def write_teacher(folder: Path, **options: object) -> Path:
    made = evaluator(epochs=3, **options)
    made.train(NETWORK, folder=folder)
    sections = {"search_space": {**NETWORK, "input_shape": [1, 8, 8]}, "expects": made.expects(NETWORK).plain()}
    (folder / "description.yaml").write_text(in_yaml(sections))
    return folder / "description.yaml"


def test_a_teacher_adds_its_distance_in_its_share_and_makes_a_small_network_better(tmp_path):
    file = write_teacher(tmp_path / "teacher")
    splits = evaluator().splits
    teacher = Teacher(Distillation.of({"from": str(file), "temperature": 2, "weight": 0.25}), splits)
    data = on_device(splits, "train", CPU)
    images = data.normalised(data.images[:32])
    own, logits = torch.tensor(3.0), torch.randn(32, 10, generator=torch.Generator().manual_seed(0))
    target = F.softmax(teacher.network(images) / 2, 1)
    distance = F.kl_div(F.log_softmax(logits / 2, 1), target, reduction="batchmean") * 4
    assert teacher.loss(own, logits, images).item() == pytest.approx((0.75 * own + 0.25 * distance).item(), rel=1e-5)
    assert not any(parameter.requires_grad for parameter in teacher.network.parameters())
    student = evaluator(distil={"from": str(file)}).train(NETWORK, folder=tmp_path / "student")
    assert student["accuracy"] > 0.85


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"form": "x"}, "distil: unknown option 'form'; did you mean 'from'?"),
        (
            {"from": "largest"},
            "distil.from: expected the file of a description with its weights.pt beside it, got 'largest'; "
            "numbers of trials and largest are for fgspace train",
        ),
        ({"from": "a", "temperature": 0}, "distil.temperature: expected a number above 0, got 0"),
        ({"from": "a", "weight": 2}, "distil.weight: expected a number above 0 and at most 1, got 2"),
    ],
)
def test_a_wrong_teacher_is_refused_before_anything_is_read(written, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        evaluator(distil=written)


def test_a_teacher_of_other_images_is_refused(tmp_path):
    file = write_teacher(tmp_path, preprocessing="none")
    mean, deviation = (getattr(evaluator().expects(NETWORK).preprocessing, name) for name in ("mean", "deviation"))
    with pytest.raises(FgspaceError) as caught:
        Teacher(Distillation.of({"from": str(file)}), evaluator().splits)
    pixels = {"size": [8, 8], "channels": "grey", "interpolation": "bicubic", "scale": 1.0}
    there, here = ({**pixels, "mean": list(m), "deviation": list(d)} for m, d in (((0.0,), (1.0,)), (mean, deviation)))
    assert str(caught.value) == (
        f"distil.from: the teacher in {str(file)!r} expects other images, {there}, not {here}; "
        "train both on the same data, with the same preprocessing"
    )


def test_a_teacher_that_is_not_there_is_named(tmp_path):
    file = tmp_path / "description.yaml"
    with pytest.raises(FgspaceError) as caught:
        Teacher(Distillation.of({"from": str(file)}), Digits().load(0))
    assert str(caught.value) == f"distil.from: there is no {str(file)!r}; train the teacher first, or name another"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mixup": -1.0}, "mixup is -1.0, expected 0 or more"),
        ({"cutmix": -1.0}, "cutmix is -1.0, expected 0 or more"),
        ({"ema": 1.0}, "ema is 1.0, expected from 0 to below 1"),
        ({"repeated_augmentation": 0}, "repeated_augmentation is 0, expected 1 or more"),
        (
            {"repeated_augmentation": 3},
            "repeated_augmentation: nothing is drawn for an image; set crop_padding or flip",
        ),
        ({"devices": 0}, "devices is 0, expected 1 or more"),
        ({"devices": 3}, "batch_size is 64, expected a multiple of devices, 3"),
        ({"strategy": "fsdp"}, "strategy is 'fsdp', expected one of auto, ddp"),
    ],
)
def test_options_out_of_range_are_refused(options, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        evaluator(**options)
