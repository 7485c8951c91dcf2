"""The evaluator of compressed networks: one training, then candidates by calibration, the test part seen by `test`."""

import pickle

import fgspace
import pytest
import torch
from fgspace import FgspaceError
from fgspace_vision.calibration import estimate
from fgspace_vision.compressed import CompressedClassification
from fgspace_vision.evaluator import ImageClassification
from torch import nn

NETWORK = {
    "conv": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1, "bias": False},
    "norm": {"type": "BatchNorm2d"},
    "relu": {"type": "ReLU"},
    "pool": {"type": "AdaptiveMaxPool2d", "output_size": 4},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}


def described(**processes: dict) -> dict:
    return {"type": "FineGrainedSpace", "modules": [*NETWORK, *processes], **NETWORK, **processes}


PRUNED = described(prune={"type": "Prune", "ratios": 0.25})
QUANTISED = described(quant={"type": "Quant", "nbit_w_list": 4, "nbit_a_list": 4, "first_last": "same"})


def evaluator(**options: object) -> CompressedClassification:
    return CompressedClassification(device="cpu", **options)


def test_the_network_without_processes_is_judged_as_it_was_trained():
    metrics = evaluator()(described())
    plain = ImageClassification(device="cpu")(described())
    assert metrics["accuracy"] == metrics["full_accuracy"] == plain["accuracy"]
    assert metrics["loss"] == pytest.approx(plain["loss"])


@pytest.mark.needs("prune", "quant")
@pytest.mark.parametrize("description", [PRUNED, QUANTISED], ids=["pruned", "quantised"])
def test_a_candidate_is_near_the_network_that_it_is_made_of(description):
    metrics = evaluator()(description)
    assert metrics["full_accuracy"] > 0.9
    assert abs(metrics["full_accuracy"] - metrics["accuracy"]) < 0.1


@pytest.mark.needs("prune", "quant")
def test_candidates_share_one_training_and_its_weights_are_kept(tmp_path):
    evaluate = evaluator(folder=tmp_path)
    evaluate(PRUNED)
    (file,) = (tmp_path / "trained").glob("*.pt")
    written = file.stat().st_mtime_ns
    evaluator(folder=tmp_path)(QUANTISED)
    assert [one.stat().st_mtime_ns for one in (tmp_path / "trained").glob("*.pt")] == [written]


@pytest.mark.needs("prune", "quant")
def test_another_architecture_is_trained_for_itself(tmp_path):
    evaluate = evaluator(folder=tmp_path, epochs=1)
    evaluate(PRUNED)
    evaluate({**PRUNED, "conv": {**NETWORK["conv"], "out_channels": 8}})
    assert len(list((tmp_path / "trained").glob("*.pt"))) == 2


def test_given_weights_are_read_and_nothing_is_trained(tmp_path):
    torch.manual_seed(1)
    network = fgspace.build(described(), input_shape=(1, 8, 8))
    torch.save(network.state_dict(), tmp_path / "mine.pt")
    metrics = evaluator(weights=str(tmp_path / "mine.pt"))(described())
    assert metrics["accuracy"] < 0.5


def weights(file, classes=10, **changes):
    """Write the weights of the network to a file, drawn by another seed than the evaluator's."""
    torch.manual_seed(1)
    network = described()
    network["head"] = {"type": "Linear", "out_features": classes}
    state = fgspace.build(network, input_shape=(1, 8, 8)).state_dict()
    torch.save({changes.get(name, name): tensor for name, tensor in state.items()}, file)
    return str(file)


@pytest.mark.needs("prune", "quant")
@pytest.mark.parametrize("option", ["init_model_file", "path"])
def test_the_weights_that_the_first_process_reads_are_those_of_the_network(tmp_path, option):
    file = weights(tmp_path / "mine.pt")
    prune = {"type": "Prune", "ratios": 0.25}
    metrics = evaluator()(described(prune={**prune, option: file}))
    assert metrics == evaluator(weights=file)(described(prune=prune))
    assert metrics["full_accuracy"] < 0.5
    trained = described(prune={**prune, option: file, "weights": False})
    assert evaluator(epochs=1)(trained) == evaluator(epochs=1)(described(prune=prune))


@pytest.mark.needs("prune", "quant")
def test_weights_are_compared_with_the_network_without_its_data(tmp_path):
    fits, other = weights(tmp_path / "mine.pt"), weights(tmp_path / "other.pt", classes=7)
    away = {"dataset": {"type": "Npz", "path": "nowhere.npz"}}
    evaluator(weights=fits, **away).check_network(PRUNED, (1, 8, 8))
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is asserted whole
        evaluator(weights=other, **away).check_network(PRUNED, (1, 8, 8))
    message = (
        f"weights: 2 of the network's 7 tensors do not match {other!r}: 'head.weight' (10×256, in the file 7×256), "
        "'head.bias' (10, in the file 7)"
    )
    advice = "give the weights of this network, or write strict: false where this is wanted"
    assert str(raised.value) == f"{message}; {advice}"
    with pytest.warns(UserWarning, match=r"^weights: 2 of the network's 7 tensors do not match ") as warned:
        evaluator(weights=other, strict=False, **away).check_network(PRUNED, (1, 8, 8))
    assert str(warned[0].message) == message


@pytest.mark.needs("prune", "quant")
@pytest.mark.parametrize(
    ("options", "processes", "message"),
    [
        (
            {"weights": "nowhere.pt"},
            {},
            "weights: 'nowhere.pt' does not exist; give the path of a file of weights, or leave it out to train the"
            " network first",
        ),
        (
            {},
            {"prune": {"type": "Prune", "init_model_file": "nowhere.pt"}},
            "prune: init_model_file: 'nowhere.pt' does not exist; give the path of a file of weights, or leave it out"
            " to train the network first",
        ),
        (
            {"weights": "mine.pt"},
            {"prune": {"type": "Prune", "path": "mine.pt"}},
            "prune: path: the evaluator has weights already; leave one of them out",
        ),
        (
            {},
            {"prune": {"type": "Prune"}, "quant": {"type": "Quant", "init_model_file": "mine.pt"}},
            "quant: init_model_file: only the first process reads weights here; leave this out",
        ),
    ],
)
def test_weights_that_cannot_be_read_are_named_before_anything_is_trained(options, processes, message):
    for ask in (lambda one, net: one.check_network(net, (1, 8, 8)), lambda one, net: one(net)):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is asserted whole
            ask(evaluator(**options), described(**processes))
        assert str(raised.value) == message


@pytest.mark.needs("prune", "quant")
def test_finetuning_lowers_the_loss_of_a_candidate_that_lost_much():
    half = described(prune={"type": "Prune", "ratios": 0.75})
    assert evaluator(finetune_epochs=2)(half)["loss"] < evaluator()(half)["loss"]


@pytest.mark.needs("prune", "quant")
def test_channels_are_ranked_by_gradients_where_the_criterion_asks_for_them(tmp_path):
    described_by = {
        name: described(prune={"type": "Prune", "ratios": 0.5, "criterion": name}) for name in ("taylor", "l1")
    }
    evaluate = evaluator(folder=tmp_path)
    measured = {name: evaluate(description) for name, description in described_by.items()}
    assert measured["taylor"]["loss"] < measured["l1"]["loss"]
    assert evaluator(folder=tmp_path).test(described_by["taylor"])["test_accuracy"] > 0.5
    twice = described(one={"type": "Prune", "ratios": 0.1}, two={"type": "Prune", "ratios": 0.1, "criterion": "taylor"})
    with pytest.raises(FgspaceError) as caught:
        evaluate(twice)
    assert str(caught.value) == (
        "process: criterion: 'taylor' needs gradients; run a backward pass on the model before, or write 'l1'"
    )


@pytest.mark.needs("prune", "quant")
@pytest.mark.parametrize("description", [PRUNED, QUANTISED], ids=["pruned", "quantised"])
def test_a_kept_candidate_is_tested_from_its_weights(tmp_path, description):
    evaluate = evaluator(folder=tmp_path)
    accuracy = evaluate(description)["accuracy"]
    tested = evaluator(folder=tmp_path).test(description)
    assert set(tested) == {"test_accuracy", "test_loss"}
    assert abs(tested["test_accuracy"] - accuracy) < 0.1


@pytest.mark.needs("prune", "quant")
def test_one_that_has_trained_goes_light_to_another_process():
    evaluate = evaluator(epochs=1)
    evaluate(PRUNED)
    assert len(pickle.dumps(evaluate)) < 10_000


@pytest.mark.parametrize(("option", "least"), [("calibration_batches", 1), ("finetune_epochs", 0)])
def test_an_option_out_of_range_is_refused(option, least):
    with pytest.raises(ValueError, match=f"^{option} is {least - 1}, expected {least} or more$"):
        evaluator(**{option: least - 1})


def test_estimated_statistics_are_the_means_over_all_batches():
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5))
    batches = list(torch.randn(4, 8, 3, 5, 5) * 3 + 1)
    estimate(model, batches)
    torch.testing.assert_close(model[0].running_mean, torch.stack(batches).mean((0, 1, 3, 4)))
    variances = torch.stack([batch.transpose(0, 1).reshape(3, -1).var(1) for batch in batches])
    torch.testing.assert_close(model[0].running_var, variances.mean(0))
    assert not model.training
    assert model[0].momentum == 0.1
