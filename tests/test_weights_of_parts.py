"""A trained network as a part: its weights are compared before the first trial, and kept through processes."""

import fgspace
import pytest
import torch
from fgspace.cli import main

FILE = """\
search_space:
  modules: [net, prune]
  net: {type: Sequential, modules: [conv, norm, flat, head], conv: {type: Conv2d, out_channels: CHANNELS,
        kernel_size: 3}, norm: {type: BatchNorm2d}, flat: {type: Flatten}, head: {type: Linear,
        out_features: 10}WEIGHTS}
  prune: {type: Prune, ratios: {choice: [0.25, 0.5]}}
evaluator: {type: EVALUATOR, epochs: 1}
objectives: {accuracy: max}
budget: {trials: 2}
"""
KEPT, TRAINED = "CompressedClassification", "ImageClassification"
GIVEN = ", weights: mynet.pth"
DIFFER = (
    "2 of the network's 8 tensors do not match 'mynet.pth': 'head.weight' (10×288, in the file 7×288), 'head.bias' "
    "(10, in the file 7)"
)
WANTED = "or write weights: {file: mynet.pth, strict: false} where this is wanted"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return what runs a command on the file, and returns its status and what it prints on stderr."""
    monkeypatch.chdir(tmp_path)

    def run(command, *options, weights=GIVEN, evaluator=KEPT, channels="8", text=FILE):
        for name, value in (("CHANNELS", channels), ("WEIGHTS", weights), ("EVALUATOR", evaluator)):
            text = text.replace(name, value)
        (tmp_path / "a.yaml").write_text(text)
        return main([command, "a.yaml", *options]), capsys.readouterr().err

    return run


def save(classes=10, prefix="", file="mynet.pth"):
    conv, head = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}, {"type": "Linear", "out_features": classes}
    parts = {"conv": conv, "norm": {"type": "BatchNorm2d"}, "flat": {"type": "Flatten"}, "head": head}
    state = fgspace.build({"type": "Sequential", "modules": [*parts], **parts}, input_shape=(1, 8, 8)).state_dict()
    torch.save({"state_dict": {prefix + name: tensor for name, tensor in state.items()}}, file)
    return state


@pytest.mark.parametrize("evaluator", [KEPT, TRAINED])
@pytest.mark.parametrize("prefix", ["", "module.model.", "net."])
def test_every_candidate_starts_from_the_weights(run, tmp_path, evaluator, prefix):
    state = save(prefix=prefix)
    assert run("search", evaluator=evaluator) == (0, "")
    results = fgspace.Study.open(tmp_path / "runs" / "a")
    assert [trial.state for trial in results.trials] == ["complete"] * 2
    if evaluator == KEPT:  # nothing is trained: the channels that stay have the weights of the file
        assert all(trial.metrics["full_accuracy"] < 0.4 for trial in results.trials)
        (folder, *_) = (tmp_path / "runs" / "a" / "front").iterdir()
        kept = torch.load(folder / "weights.pt")["net.conv.weight"]
        assert all(any(torch.equal(row, whole) for whole in state["conv.weight"]) for row in kept)


@pytest.mark.filterwarnings("default")
def test_a_network_whose_head_is_new_is_trained(run, tmp_path):
    save(classes=7)
    status, told = run("search", weights=", weights: {file: mynet.pth, strict: false}")
    assert (status, told) == (0, f"warning: weights: {DIFFER}\n")
    results = fgspace.Study.open(tmp_path / "runs" / "a")
    assert all(trial.metrics["full_accuracy"] > 0.5 for trial in results.trials)


MISSING = (
    "'mynet.pth' does not exist; give the path of a file of weights, or leave it out to start at random; a relative "
    "path begins in the folder that you run the command in"
)


@pytest.mark.parametrize("command", ["check", "search", "build"])
@pytest.mark.parametrize("evaluator", [KEPT, TRAINED])
def test_a_file_that_is_not_there_is_told_with_its_place(run, command, evaluator):
    assert run(command, evaluator=evaluator) == (2, f"a.yaml:5:37: net: weights: {MISSING}\n")


@pytest.mark.parametrize("command", ["check", "search", "build"])
def test_weights_of_another_network_are_told_whole_with_their_place(run, command):
    save(classes=7)
    told = f"net: weights: {DIFFER}; give the weights of this network, {WANTED}"
    assert run(command) == (2, f"a.yaml:5:37: {told}\n")


def test_weights_are_compared_without_an_evaluator_too(run):
    save(classes=7)
    alone = FILE.partition("evaluator:")[0]
    told = f"net: weights: {DIFFER}; give the weights of this network, {WANTED}"
    assert run("check", "--input", "1,8,8", text=alone) == (2, f"a.yaml:5:37: {told}\n")


@pytest.mark.parametrize("command", ["check", "search"])
def test_a_search_of_what_changes_the_weights_is_refused(run, command):
    save()
    named = (
        "'conv.weight' (12×1×3×3, in the file 8×1×3×3), 'conv.bias' (12, in the file 8), 'norm.weight' (12, in the "
        "file 8), 'norm.bias' (12, in the file 8), 'norm.running_mean' (12, in the file 8) and 2 more"
    )
    told = (
        f"where net.conv.out_channels is 12, 7 of the network's 8 tensors do not match 'mynet.pth': {named}; search "
        f"nothing that changes them, {WANTED}"
    )
    assert run(command, channels="{choice: [8, 12]}") == (2, f"a.yaml:5:37: net: weights: {told}\n")


@pytest.mark.filterwarnings("default")
def test_a_search_of_what_changes_the_weights_is_warned_of_where_it_is_wanted(run):
    save()
    soft = ", weights: {file: mynet.pth, strict: false}"
    status, told = run("check", channels="{choice: [8, 12]}", weights=soft)
    assert status == 0
    assert told.startswith("warning: weights: where net.conv.out_channels is 12, 7 of the network's 8 tensors do not")


def test_the_weights_of_each_option_are_compared(run):
    save()
    save(classes=7, file="other.pth")
    status, told = run("check", weights=", weights: {choice: [mynet.pth, other.pth]}")
    assert status == 2
    assert told == (
        f"a.yaml:5:37: net: weights: where net.weights is other.pth, {DIFFER}; search nothing that changes them, "
        f"{WANTED}\n"
    ).replace("mynet.pth", "other.pth")


def test_a_network_is_exported_with_the_weights_of_its_parts(run, capsys):
    save()
    assert run("export", "--out", "a.onnx", evaluator=TRAINED)[0] == 0
    whole = FILE.replace(
        "modules: [net, prune]", "modules: [net, last, prune]\n  last: {type: Linear, out_features: 10}"
    )
    status, told = run("export", "--out", "a.onnx", text=whole)
    cure = "give --weights FILE, or --random to export random ones"
    assert (status, told) == (2, f"a.yaml: has no weights for 'last.weight' and 1 more; {cure}\n")
    assert main(["export", "a.yaml", "--out", "a.onnx", "--random"]) == 0
    assert "weights: mynet.pth, which net reads; the others are random\n" in capsys.readouterr().out


def test_a_candidate_of_a_search_needs_the_file_no_more(run, tmp_path):
    save()
    assert run("search")[0] == 0
    (tmp_path / "mynet.pth").unlink()
    (folder, *_) = (tmp_path / "runs" / "a" / "front").iterdir()
    described = str(folder / "description.yaml")
    assert main(["build", described, "--without-weights"]) == 0
    assert main(["export", described, "--out", "b.onnx"]) == 0


def test_weights_of_an_evaluator_that_takes_none_belong_to_a_part(run):
    save()
    text = FILE.replace("epochs: 1}", "epochs: 1, weights: mynet.pth}")
    cure = "write it in the part that starts from it, as in net: {type: MyNet, weights: mynet.pth}"
    told = f"a.yaml:7:51: evaluator: ImageClassification has no parameter 'weights'; {cure}\n"
    assert run("check", evaluator=TRAINED, text=text) == (2, told)
