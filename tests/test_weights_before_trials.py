"""Weights that a file names are compared with the network before any trial, by check and by search."""

import fgspace
import pytest
import torch
from fgspace.cli import main

FILE = """\
search_space:
  modules: [net, prune]
  net: {type: Sequential, modules: [conv, norm, flat, head], conv: {type: Conv2d, out_channels: 8, kernel_size: 3},
        norm: {type: BatchNorm2d}, flat: {type: Flatten}, head: {type: Linear, out_features: 10}}
  prune: {type: Prune, ratios: {choice: [0.25, 0.5]}PROCESS}
evaluator: {type: EVALUATOR, epochs: 1OPTION}
objectives: {accuracy: max}
budget: {trials: 2}
"""
COMPRESSED = ("CompressedClassification", ", weights: mynet.pth", "")
READ = ("CompressedClassification", "", ", init_model_file: mynet.pth")
TRAINED = ("ImageClassification", "", ", init_model_file: mynet.pth")
DIFFER = (
    "2 of the network's 8 tensors do not match 'mynet.pth': 'net.head.weight' (10×288, in the file 7×288), "
    "'net.head.bias' (10, in the file 7); give the weights of this network, or write strict: false where this is wanted"
)
MISSING = "'mynet.pth' does not exist; give the path of a file of weights, or "


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return what runs a command on the file, and returns its status and what it prints on stderr."""
    monkeypatch.chdir(tmp_path)

    def run(command, evaluator, option, process):
        text = FILE.replace("EVALUATOR", evaluator).replace("OPTION", option).replace("PROCESS", process)
        (tmp_path / "a.yaml").write_text(text)
        return main([command, "a.yaml"]), capsys.readouterr().err

    return run


def save(classes=10, prefix="", **beside):
    conv, head = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}, {"type": "Linear", "out_features": classes}
    parts = {"conv": conv, "norm": {"type": "BatchNorm2d"}, "flat": {"type": "Flatten"}, "head": head}
    state = fgspace.build({"type": "Sequential", "modules": [*parts], **parts}, input_shape=(1, 8, 8)).state_dict()
    torch.save({"state_dict": {prefix + name: tensor for name, tensor in state.items()}, **beside}, "mynet.pth")


@pytest.mark.parametrize("command", ["check", "search"])
@pytest.mark.parametrize(
    ("written", "message"),
    [
        (COMPRESSED, f"a.yaml:6:65: evaluator: weights: {MISSING}leave it out to train the network first"),
        (READ, f"a.yaml:5:72: prune: init_model_file: {MISSING}leave it out to train the network first"),
        (TRAINED, f"a.yaml:5:72: prune: init_model_file: {MISSING}write weights: false"),
    ],
)
def test_a_file_that_is_not_there_is_told_with_its_place(run, command, written, message):
    assert run(command, *written) == (2, f"{message}\n")


@pytest.mark.parametrize("command", ["check", "search"])
@pytest.mark.parametrize(
    ("written", "message"),
    [
        (COMPRESSED, f"a.yaml:6:65: evaluator: weights: {DIFFER}"),
        (READ, f"a.yaml:5:72: prune: init_model_file: {DIFFER}"),
        (TRAINED, f"a.yaml:5:72: prune: init_model_file: {DIFFER}"),
    ],
)
def test_weights_of_another_network_are_told_whole_with_their_place(run, command, written, message):
    save(classes=7)
    assert run(command, *written) == (2, f"{message}\n")


@pytest.mark.parametrize("written", [COMPRESSED, READ, TRAINED])
@pytest.mark.parametrize("prefix", ["", "module.", "net."])
def test_weights_without_and_with_a_prefix_are_those_of_every_trial(run, tmp_path, written, prefix):
    save(prefix=prefix, epoch=3)
    assert run("search", *written) == (0, "")
    results = fgspace.Study.open(tmp_path / "runs" / "a")
    assert [trial.state for trial in results.trials] == ["complete"] * 2
    if written != TRAINED:
        assert all(trial.metrics["full_accuracy"] < 0.4 for trial in results.trials)  # they were never trained


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("written", [COMPRESSED, READ, TRAINED])
def test_weights_that_are_wanted_all_the_same_are_warned_of(run, written):
    save(classes=7)
    soft = [text + ", strict: false" if "mynet.pth" in text else text for text in written]
    status, told = run("check", *soft)
    option = "weights" if written == COMPRESSED else "init_model_file"
    assert (status, told) == (0, f"warning: {option}: {DIFFER.partition('; ')[0]}\n")
