"""SuperNet: one training for all networks of a space, in a folder that other searches and processes read."""

import csv
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import fgspace
import pytest
import torch
from fgspace import FgspaceError
from fgspace.testing import EvaluatorSuite
from fgspace_supernet.evaluator import SuperNet
from shared_space import LARGEST, SMALLEST, SPACE, TREE, supernet

HERE = Path(__file__).parent


@pytest.mark.soak
class TestSuperNet(EvaluatorSuite):
    def make(self, seed: int, folder: Path | None) -> SuperNet:
        return supernet(epochs=1, batch_size=256, networks=1, finetune_epochs=2, seed=seed, folder=folder)

    def description(self) -> dict:
        return SPACE.at(SMALLEST)


def epochs(folder: Path) -> list[str]:
    with (folder / "log.csv").open(newline="") as opened:
        return [row["epoch"] for row in csv.DictReader(opened)]


def shared(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "shared.pt", weights_only=True)


def same(one: Path, other: Path) -> bool:
    ours, theirs = shared(one), shared(other)
    return list(ours) == list(theirs) and all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("sampling", ["uniform", "fair", "sandwich"])
@pytest.mark.soak
def test_each_way_of_sampling_learns_the_digits_and_leaves_records(sampling, tmp_path):
    evaluator = supernet(tmp_path, sampling=sampling, epochs=6, progressive=0.25, mixup=0.1)
    assert evaluator(SPACE.at(LARGEST))["accuracy"] > 0.5
    assert epochs(tmp_path) == [str(epoch) for epoch in range(1, 7)]
    assert {file.name for file in tmp_path.iterdir()} == {"lock", "log.csv", "shared.pt", "training.json"}


def test_the_networks_of_another_search_are_judged_by_the_same_weights_without_training(tmp_path):
    first = supernet(tmp_path)
    known = first(SPACE.at(LARGEST))
    written = (tmp_path / "shared.pt").stat().st_mtime_ns
    other = supernet(tmp_path)
    assert other(SPACE.at(SMALLEST)) == first(SPACE.at(SMALLEST))
    assert other(SPACE.at(LARGEST)) == known
    assert (tmp_path / "shared.pt").stat().st_mtime_ns == written


def test_without_a_folder_the_weights_are_those_of_this_evaluator(tmp_path):
    in_memory, kept = supernet(), supernet(tmp_path)
    assert in_memory(SPACE.at(LARGEST)) == kept(SPACE.at(LARGEST))
    assert in_memory(SPACE.at(SMALLEST)) == kept(SPACE.at(SMALLEST))


def test_weights_of_another_training_are_refused_before_the_first_trial(tmp_path):
    supernet(tmp_path)(SPACE.at(SMALLEST))
    space = fgspace.space({**TREE, "hyper_parameters": {"stem.outchannel": [4, 8]}}, input_shape=(1, 8, 8))
    with pytest.raises(FgspaceError) as caught:
        supernet(tmp_path, epochs=3, sampling="fair", space=space).prepare()
    assert str(caught.value) == (
        f"weights: {str(tmp_path)!r} holds those of another training: the space is another; epochs was 2, is 3; "
        "sampling was 'sandwich', is 'fair'; name another folder"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampling": "best"}, "sampling is 'best', expected one of uniform, fair, sandwich"),
        ({"networks": 0}, "networks is 0, expected 1 or more"),
        ({"progressive": 1.5}, "progressive is 1.5, expected from 0 to 1"),
        ({"calibration_batches": 0}, "calibration_batches is 0, expected 1 or more"),
        ({"finetune_epochs": -1}, "finetune_epochs is -1, expected 0 or more"),
    ],
)
def test_an_option_out_of_range_is_told(options, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        supernet(**options)
    assert str(caught.value) == message


def test_what_candidates_share_cannot_be_searched():
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        supernet()({**SPACE.at(SMALLEST), "evaluator": {"type": "SuperNet", "label_smoothing": 0.1}})
    assert str(caught.value) == (
        "label_smoothing cannot be searched: candidates share one training; "
        "search calibration_batches, finetune_epochs, finetune_optimizer"
    )


def test_a_training_that_diverges_says_so():
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        supernet(optimizer={"type": "SGD", "lr": 1e20})(SPACE.at(SMALLEST))
    assert str(caught.value) == (
        "the training of the shared weights diverged, its loss in epoch 1 is nan; lower the learning rate"
    )


def test_candidates_are_finetuned_from_the_shared_weights(tmp_path):
    plain = supernet(tmp_path, epochs=4)(SPACE.at(LARGEST))
    tuned = supernet(tmp_path, epochs=4, finetune_epochs=2, folder=tmp_path / "kept")
    found = tuned(SPACE.at(LARGEST))
    assert found["loss"] < plain["loss"]
    assert tuned.test(SPACE.at(LARGEST))["test_accuracy"] == pytest.approx(found["accuracy"], abs=0.1)


def test_a_training_in_full_starts_from_the_shared_weights(tmp_path):
    supernet(tmp_path, epochs=1)(SPACE.at(SMALLEST))
    alone = fgspace.space(SPACE.network_at(LARGEST), input_shape=(1, 8, 8))
    evaluator = supernet(tmp_path, space=alone, epochs=1, optimizer={"type": "SGD", "lr": 1e-9})
    evaluator.prepare()
    network = evaluator.initial_network(alone.at(alone.initial), trained=True)
    held = shared(tmp_path)
    (key,) = [key for key in held if key.startswith("stem.conv.weight of ")]
    assert torch.equal(network.stem.conv.weight, held[key].reshape(network.stem.conv.weight.shape))
    metrics = evaluator.train(alone.at(alone.initial), folder=tmp_path / "full")
    assert {"accuracy", "test_accuracy", "best_epoch"} <= set(metrics)


def test_a_training_in_full_without_shared_weights_says_which_folder_has_none(tmp_path):
    for weights, where in ((None, ""), (tmp_path, f" in {str(tmp_path)!r}")):
        with pytest.raises(FgspaceError) as caught:
            supernet(weights).train(SPACE.at(LARGEST), folder=tmp_path / "full")
        assert str(caught.value) == (
            f"evaluator: there are no shared weights{where} to start from; "
            "name the folder of those of the search by weights"
        )


def test_a_network_that_is_larger_than_the_weights_is_told_of_and_judged_alone(tmp_path):
    evaluator = supernet(tmp_path)
    evaluator(SPACE.at(SMALLEST))
    wider = fgspace.space({**TREE, "stem": {**TREE["stem"], "outchannel": 20}}, input_shape=(1, 8, 8))
    description = {**wider.at({"stem.outchannel": 4}), "stem": {**TREE["stem"], "outchannel": 20}}
    told = [_warned(evaluator, description) for _ in range(2)]
    assert told[0] == told[1]


def _warned(evaluator: SuperNet, description: dict) -> dict[str, float]:
    with pytest.warns(UserWarning, match="larger than all") as told:
        metrics = evaluator(description)
    assert [str(one.message) for one in told] == [
        "the network is larger than all that the shared weights were trained with"
    ]
    return metrics


TRAINING = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
import torch
from shared_space import SPACE, LARGEST, supernet
torch.set_num_threads(1)
print(supernet(Path(sys.argv[1]), epochs=6, sampling="sandwich", progressive=0.5)(SPACE.at(LARGEST)))
"""


@pytest.mark.soak
def test_a_training_that_is_killed_goes_on_and_comes_to_the_same_weights(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    command = [sys.executable, "-c", TRAINING]
    expected = subprocess.run([*command, str(whole)], capture_output=True, text=True, check=True).stdout
    for epoch in (2, 4):
        process = subprocess.Popen([*command, str(killed)])
        while not (killed / "log.csv").exists() or len(epochs(killed)) < epoch:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert epoch <= len(epochs(killed)) < 6
    got = subprocess.run([*command, str(killed)], capture_output=True, text=True, check=True).stdout
    assert got == expected
    assert same(whole, killed)


@pytest.mark.soak
def test_of_two_processes_one_trains_and_the_other_waits(tmp_path):
    command = [sys.executable, "-c", TRAINING, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    assert told[0] == told[1] != ""
    assert epochs(tmp_path) == list("123456")


def test_options_of_a_candidate_may_differ_from_those_of_the_weights(tmp_path):
    evaluator = supernet(tmp_path)
    evaluator(SPACE.at(SMALLEST))
    replace(evaluator, calibration_batches=2, finetune_epochs=1).prepare()
