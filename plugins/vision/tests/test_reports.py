"""Reports: every epoch measured, nothing of the training changed, and an end where the report says so."""

import math

import fgspace
import pytest
import torch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.early_stopping.reporting import Stop
from fgspace.study.study import Study
from fgspace_vision.compressed import CompressedClassification
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.evaluator import ImageClassification
from torch import nn

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
PRUNED = {**NETWORK, "modules": [*NETWORK["modules"], "prune"], "prune": {"type": "Prune", "ratios": 0.4}}
QUANTISED = {
    **NETWORK,
    "modules": [*NETWORK["modules"], "quant"],
    "quant": {"type": "Quant", "nbit_w_list": 4, "nbit_a_list": 4},
}


class Heard(list):
    """Keeps reports, and stops after so many."""

    def __init__(self, most: float = math.inf) -> None:
        super().__init__()
        self.most = most

    def __call__(self, epoch, metrics, *, of):
        self.append((epoch, metrics, of))
        if len(self) == self.most:
            raise Stop


@fgspace.register
class Restless(nn.Module):
    """Draws random numbers whether it is in training or not, and counts the images that it sees where it is not."""

    measured = 0

    def forward(self, x):
        noise = torch.rand_like(x)
        if self.training:
            return x + 0.1 * noise
        Restless.measured += len(x)
        return x


RESTLESS = {**NETWORK, "modules": ["conv", "noise", "flatten", "head"], "noise": {"type": "Restless"}}


def steady(metrics):
    return {name: value for name, value in metrics.items() if name != "train_seconds"}


def outcome(evaluator, description, folder, heard=None):
    """Return the metrics and the weights of one candidate, trained with or without reports."""
    made = evaluator(folder=folder / ("silent" if heard is None else "heard"))
    metrics = made(description) if heard is None else made(description, report=heard)
    (file,) = made.folder.glob("*.pt")
    return steady(metrics), torch.load(file, weights_only=True)


@pytest.mark.parametrize("description", [NETWORK, RESTLESS], ids=["dropout", "restless"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"crop_padding": 1, "flip": True},
        {"lr_scheduler": {"type": "StepLR", "step_size": 1}, "channels_last": False},
    ],
    ids=str,
)
def test_a_network_that_is_reported_of_is_the_same_bit_for_bit(description, options, tmp_path):
    def evaluator(**rest):
        return ImageClassification(device="cpu", epochs=3, **options, **rest)

    heard = Heard()
    metrics, weights = outcome(evaluator, description, tmp_path, heard)
    silent, silent_weights = outcome(evaluator, description, tmp_path)
    assert metrics == silent
    assert weights.keys() == silent_weights.keys()
    for name, tensor in weights.items():
        assert torch.equal(tensor, silent_weights[name]), name
    assert [(epoch, of) for epoch, _, of in heard] == [(1, 3), (2, 3), (3, 3)]


def test_every_report_is_what_a_training_of_so_many_epochs_would_measure():
    heard = Heard()
    constant = {"device": "cpu", "lr_scheduler": {"type": "ConstantLR", "factor": 1.0}}
    ImageClassification(epochs=3, **constant)(NETWORK, report=heard)
    for epoch, metrics, _ in heard:
        assert steady(metrics) == steady(ImageClassification(epochs=epoch, **constant)(NETWORK))
        assert tuple(metrics) == ImageClassification.metrics
    seconds = [metrics["train_seconds"] for _, metrics, _ in heard]
    assert seconds == sorted(seconds)


def test_without_reports_nothing_is_measured_before_the_end():
    evaluate = ImageClassification(device="cpu", epochs=2)
    measured = []
    for report in (None, Heard()):
        Restless.measured = 0
        evaluate(RESTLESS, report=report)
        measured.append(Restless.measured)
    validation = len(Digits().load(0).validation)
    tried = 2  # a layout is tried on two images
    assert measured == [tried + validation, tried + 3 * validation]


def test_a_report_ends_the_training_and_leaves_no_weights(tmp_path):
    heard = Heard(most=2)
    state = torch.get_rng_state()
    with pytest.raises(Stop):
        ImageClassification(device="cpu", epochs=5, folder=tmp_path)(NETWORK, report=heard)
    assert len(heard) == 2
    assert list(tmp_path.iterdir()) == []
    assert torch.equal(torch.get_rng_state(), state)


def test_a_loss_that_is_not_finite_is_reported_and_fails_the_trial_at_its_end_alone():
    heard = Heard()
    diverges = ImageClassification(device="cpu", epochs=2, optimizer={"type": "SGD", "lr": 1e38})
    with pytest.raises(ValueError, match="the training diverged, its validation loss is nan"):
        diverges(NETWORK, report=heard)
    assert [math.isfinite(metrics["loss"]) for _, metrics, _ in heard] == [False, False]


@pytest.mark.needs("prune", "quant", "stopping")
@pytest.mark.parametrize("description", [PRUNED, QUANTISED], ids=["pruned", "quantised"])
def test_a_compressed_network_is_reported_of_while_it_is_finetuned(description, tmp_path):
    def evaluator(**rest):
        return CompressedClassification(device="cpu", epochs=2, finetune_epochs=2, calibration_batches=2, **rest)

    heard = Heard()
    metrics, weights = outcome(evaluator, description, tmp_path, heard)
    silent, silent_weights = outcome(evaluator, description, tmp_path)
    assert metrics == silent
    assert all(torch.equal(tensor, silent_weights[name]) for name, tensor in weights.items())
    assert [(epoch, of) for epoch, _, of in heard] == [(1, 2), (2, 2)]
    assert all(tuple(metrics) == CompressedClassification.metrics for _, metrics, _ in heard)
    assert {metrics["full_accuracy"] for _, metrics, _ in heard} == {metrics["full_accuracy"]}


@pytest.mark.needs("prune", "quant", "stopping")
def test_a_compressed_network_that_is_not_finetuned_is_not_reported_of():
    heard = Heard()
    CompressedClassification(device="cpu", epochs=1, calibration_batches=2)(PRUNED, report=heard)
    assert heard == []


@pytest.mark.needs("prune", "quant", "stopping")
def test_a_study_of_real_networks_spends_fewer_epochs_and_finds_the_same_best():
    space = fgspace.space(
        {
            "search_space": {
                **NETWORK,
                "hyper_parameters": {"evaluator.optimizer.lr": {"float": [1e-5, 0.3], "log": True}},
            },
            "evaluator": {"type": "ImageClassification", "optimizer": {"type": "SGD", "lr": 0.1}},
        }
    )
    evaluate = ImageClassification(device="cpu", epochs=4)
    with_rule, without = (
        Study(space, RandomSearch, {"accuracy": "max"}, early_stopping=rule)
        for rule in ({"type": "SuccessiveHalving", "eta": 2}, None)
    )
    for study in (with_rule, without):
        study.run(evaluate, trials=8)
    stopped = [trial for trial in with_rule.trials if trial.state == "stopped"]
    assert len(stopped) >= 2
    assert sum(len(trial.curve) for trial in with_rule.trials) < 4 * 8
    for trial in with_rule.trials:
        if trial.state == "complete":
            assert steady(trial.metrics) == steady(without.trials[trial.number].metrics)
