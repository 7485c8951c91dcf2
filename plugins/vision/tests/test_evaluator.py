"""The evaluator: descriptions in, metrics out, the test part seen by `test` alone."""

import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from fgspace import FgspaceError, Reference
from fgspace.documents.digest import digest
from fgspace_vision.datasets.digits import Digits
from fgspace_vision.datasets.npz import Npz
from fgspace_vision.evaluator import ImageClassification

NETWORK = {
    "type": "FineGrainedSpace",
    "modules": ["conv", "norm", "relu", "pool", "flatten", "head"],
    "conv": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    "norm": {"type": "BatchNorm2d"},
    "relu": {"type": "ReLU"},
    "pool": {"type": "MaxPool2d", "kernel_size": 2},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}


def steady(metrics: dict[str, float]) -> dict[str, float]:
    """Return the metrics less the time taken."""
    return {name: value for name, value in metrics.items() if name != "train_seconds"}


def evaluator(**options: object) -> ImageClassification:
    return ImageClassification(device="cpu", **options)


def test_a_candidate_is_trained_and_measured():
    evaluate = evaluator()
    metrics = evaluate(NETWORK)
    assert tuple(metrics) == ImageClassification.metrics == ("accuracy", "loss", "weight_bytes", "train_seconds")
    assert metrics["accuracy"] > 0.9
    assert metrics["weight_bytes"] == 4 * (16 * 9 + 16 + 2 * 16 + 256 * 10 + 10)
    assert metrics["train_seconds"] > 0
    assert all(type(value) in (float, int) for value in metrics.values())


def test_the_same_seed_and_description_give_the_same_metrics_whatever_came_before():
    first = steady(evaluator(epochs=1)(NETWORK))
    torch.rand(5)
    evaluator(epochs=1, seed=1)(NETWORK)
    assert steady(evaluator(epochs=1)(NETWORK)) == first
    assert steady(evaluator(epochs=1, seed=1)(NETWORK)) != first


def test_searched_options_stand_over_its_own():
    searched = {**NETWORK, "evaluator": {"type": "ImageClassification", "epochs": 1, "dataset": {"type": "Digits"}}}
    assert steady(evaluator(epochs=2)(searched)) == steady(evaluator(epochs=1)(NETWORK))


def test_options_of_the_data_set_can_be_searched():
    searched = {**NETWORK, "evaluator": {"epochs": 1, "dataset": {"type": "Digits", "validation": 0.5}}}
    assert steady(evaluator()(searched)) == steady(evaluator(epochs=1, dataset=Digits(validation=0.5))(NETWORK))


def test_the_search_does_not_see_the_test_part(tmp_path):
    digits = Digits().load(0)
    train, test = digits.train, digits.test
    for name, held in (("a", test.images), ("b", 16 - test.images)):
        given = {"x_train": train.images, "y_train": train.labels, "x_test": held, "y_test": test.labels}
        np.savez(tmp_path / f"{name}.npz", **given)
    one, other = (
        evaluator(epochs=1, dataset=Npz(str(tmp_path / f"{name}.npz")), folder=tmp_path / name) for name in "ab"
    )
    assert steady(one(NETWORK)) == steady(other(NETWORK))
    assert one.test(NETWORK) != other.test(NETWORK)


def test_saved_weights_measure_the_same_in_another_process(tmp_path):
    evaluate = evaluator(epochs=1, folder=tmp_path)
    evaluate(NETWORK)
    assert [file.name for file in tmp_path.iterdir()] == [f"{digest(NETWORK)}.pt"]
    here = evaluate.test(NETWORK)
    assert set(here) == {"test_accuracy", "test_loss"}
    (tmp_path / "evaluator.pkl").write_bytes(pickle.dumps((evaluate, NETWORK)))
    code = "import pickle, sys; evaluate, network = pickle.load(open(sys.argv[1], 'rb')); print(evaluate.test(network))"
    there = subprocess.run([sys.executable, "-c", code, tmp_path / "evaluator.pkl"], capture_output=True, text=True)
    assert there.stdout.strip() == str(here), there.stderr


def test_reloaded_weights_give_the_accuracy_that_was_measured(tmp_path):
    evaluate = evaluator(epochs=2, folder=tmp_path)
    measured = evaluate(NETWORK)
    splits = Digits().load(0)
    splits = type(splits)(splits.train, splits.validation, splits.validation, splits.classes)
    reloaded = evaluator(dataset=Given(splits), folder=tmp_path).test(NETWORK)
    assert reloaded == {"test_accuracy": measured["accuracy"], "test_loss": measured["loss"]}


@dataclass(frozen=True, eq=False)
class Given:
    """A data set of parts that are there already."""

    splits: object

    def load(self, seed: int) -> object:
        return self.splits


def test_the_evaluator_is_light_until_it_is_used():
    code = (
        "import pickle, sys; from fgspace_vision.evaluator import ImageClassification; "
        "made = pickle.loads(pickle.dumps(ImageClassification())); made.input_shape; "
        "print([name for name in ('torch', 'lightning_fabric', 'sklearn', 'PIL') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize("dataset", [None, Digits, Digits(), Reference(Digits), {"type": "Digits"}])
def test_a_data_set_may_be_given_as_class_object_reference_or_mapping(dataset):
    assert evaluator(dataset=dataset).dataset == Digits()
    assert evaluator(dataset=dataset).input_shape == (1, 8, 8)


def test_the_input_shape_is_read_from_the_data_where_the_options_leave_it_open(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=np.zeros((50, 5, 7, 3), np.uint8), y_train=np.arange(50) % 2)
    assert evaluator(dataset=Npz(str(tmp_path / "a.npz"))).input_shape == (3, 5, 7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs is 0, expected 1 or more"),
        ({"batch_size": -3}, "batch_size is -3, expected 1 or more"),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0, expected from 0 to below 1"),
        ({"crop_padding": -1}, "crop_padding is -1, expected 0 or more"),
        ({"seed": -1}, "seed is -1, expected 0 or more"),
        ({"device": "tpu"}, "device is 'tpu', expected one of auto, cpu, cuda, mps"),
        (
            {"precision": "8-bit"},
            "precision is '8-bit', expected one of auto, 32-true, bf16-mixed, 16-mixed, bf16-true, 16-true, 64-true",
        ),
    ],
)
def test_options_out_of_range_are_refused_at_once(options, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        ImageClassification(**options)
    assert str(caught.value) == message


def fails(call, *arguments) -> str:
    with pytest.raises(FgspaceError) as caught:
        call(*arguments)
    return str(caught.value)


def test_missing_data_stop_it_before_any_trial(tmp_path):
    where = str(tmp_path / "none.npz")
    advice = "write it with numpy.savez(path, x_train=..., y_train=...)"
    said = f"Npz: looked in {where!r}, which is not there; expected an .npz file; {advice}"
    made = evaluator(dataset=Npz(where))
    assert fails(made.prepare) == said


def test_an_optimiser_that_torch_does_not_have_stops_it_before_any_trial():
    said = "evaluator: optimizer: torch has no 'SDG'; did you mean 'SGD'?"
    assert fails(evaluator(optimizer={"type": "SDG"}).prepare) == said
    said = "evaluator: lr_scheduler: StepLR needs 'step_size'"
    assert fails(evaluator(lr_scheduler={"type": "StepLR"}).prepare) == said


def test_what_fits_is_prepared():
    evaluator().prepare()


def test_weights_that_were_not_saved_are_asked_for(tmp_path):
    said = "evaluator: no weights were saved, for it was made without a folder; give it one"
    assert fails(evaluator().test, NETWORK) == said
    where = str(tmp_path / f"{digest(NETWORK)}.pt")
    said = f"evaluator: no weights at {where!r}; train the candidate first, or give its folder"
    assert fails(evaluator(folder=tmp_path).test, NETWORK) == said


def test_weights_cut_short_and_pickles_that_call_are_refused(tmp_path):
    file = tmp_path / f"{digest(NETWORK)}.pt"
    ran = tmp_path / "ran"
    file.write_bytes(pickle.dumps(Runs(ran), protocol=2))
    assert fails(evaluator(folder=tmp_path).test, NETWORK) == (
        f"evaluator: {str(file)!r} holds no weights that can be read without running its code; "
        "write it with torch.save(model.state_dict(), file)"
    )
    assert not ran.exists()
    torch.save(torch.nn.Embedding(2, 2).state_dict(), file)
    nothing = f"evaluator: nothing in {str(file)!r} has the name and shape of a weight of this network: "
    assert fails(evaluator(folder=tmp_path).test, NETWORK).startswith(nothing)


class Runs:
    """Pickles as a call that makes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_a_head_of_other_classes_costs_the_candidate():
    wrong = {**NETWORK, "head": {"type": "Linear", "out_features": 7}}
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the whole message follows
        evaluator()(wrong)
    expected = "the network puts out (64, 7), expected (64, 10): images and classes; end in a head with num_classes: 10"
    assert str(caught.value) == expected


def test_the_data_have_a_digest_that_follows_what_is_trained_and_measured_on():
    digests = [evaluator(**options).data_digest for options in ({}, {"epochs": 9}, {"seed": 5})]
    assert digests[0] == digests[1] != digests[2]
    assert evaluator(dataset=Digits(validation=0.3)).data_digest not in digests
