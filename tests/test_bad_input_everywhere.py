"""Bad input to the types of plugins: the whole error message, with its place in the file."""
# ruff: noqa: E501 - a message is one line, as the user sees it

from pathlib import Path

import fgspace
import pytest
from fgspace import FgspaceError
from fgspace.config.loading import load
from fgspace.config.reachable_points import check_points

FILE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    layer.doublechannel: [0, 1, 0, 0]
  modules: ['init', 'layer', 'head']
  init:
    type: SmallInputInitialBlock
    init_plane: 32
  layer:
    type: VariantLayer
    block: {type: BasicBlock}
    in_plane: 32
    doublechannel: [0, 0, 1, 0]
    downsample: [0, 0, 1, 0]
  head:
    type: LinearClassificationHead
    base_channel: 64
    num_classes: 10
search_algorithm: {type: BackboneNasSearch}
evaluator: {type: ImageClassification, dataset: {type: Digits}, epochs: 3}
objectives: {accuracy: max, macs: min}
"""
TAKES = (
    "epochs, batch_size, optimizer, lr_scheduler, label_smoothing, crop_padding, flip, precision, channels_last, "
    "compile, device, dataset"
)


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Return the errors of the file with some of its text replaced, from reading it and preparing the search."""
    monkeypatch.chdir(tmp_path)

    def said(*edits, text=FILE):
        for before, after in edits:
            assert text.count(before) == 1
            text = text.replace(before, after)
        Path("space.yaml").write_text(text)
        with pytest.raises(FgspaceError) as raised:
            load("space.yaml").make_evaluator()
        return str(raised.value)

    return said


def test_the_file_that_the_mistakes_are_made_in_is_right(tmp_path):
    (tmp_path / "space.yaml").write_text(FILE)
    assert check_points(load(tmp_path / "space.yaml")).points == 4


def test_the_examples_of_the_design_come_out_as_it_writes_them(said):
    edits = [("type: BasicBlock", "type: BasicBlok"), ("downsample:", "downsampling:")]
    assert said(*edits).splitlines() == [
        "space.yaml:11:19: layer.block.type: unknown module type 'BasicBlok'; did you mean 'BasicBlock'?",
        "space.yaml:14:5: layer: VariantLayer has no parameter 'downsampling'; did you mean 'downsample'?",
    ]
    assert said(("base_channel: 64", "base_channel: 512")) == (
        "space.yaml:17:19: head.base_channel: is 512, but layer puts out 64; write auto, or 64"
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("init_plane: 32", "init_plane: wide", "8:17: init.init_plane: expected int, got 'wide'"),
        ("    init_plane: 32\n", "", "7:5: init: SmallInputInitialBlock needs 'init_plane'"),
        ("in_plane: 32", "in_plane: 16", "12:15: layer.in_plane: is 16, but init puts out 32; write auto, or 32"),
        (
            "downsample: [0, 0, 1, 0]",
            "downsample: [0, 0, 1]",
            "13:20: layer: doublechannel and downsample must have one value a block, so as many as each other; got 4 and 3",
        ),
        ("[0, 1, 0, 0]", "[0, 1, 2, 0]", "4:5: layer.doublechannel: 2 is not in int [0, 1], which the parameter declares"),
        (
            "layer.doublechannel:",
            "layer.doublechanel:",
            "4:5: layer.doublechanel: names nothing: VariantLayer has no parameter 'doublechanel'; did you mean 'doublechannel'?",
        ),
        ("{type: BackboneNasSearch}", "{type: BackboneSearch}", "19:26: search_algorithm.type: unknown search algorithm 'BackboneSearch'; did you mean 'BackboneNasSearch'?"),
        ("{type: BackboneNasSearch}", "{type: BackboneNasSearch, num_mutat: 3}", "19:45: search_algorithm: BackboneNasSearch has no parameter 'num_mutat'; did you mean 'num_mutate'?"),
        ("epochs: 3", "epochs: 0", "20:73: evaluator: epochs is 0, expected 1 or more"),
        ("epochs: 3", "seed: 3", "20:65: evaluator: ImageClassification has no parameter 'seed'; write seed: 3 at the top level of the file"),
        ("epochs: 3", "optimizer: {type: Sgdd}", "20:76: evaluator: optimizer: torch has no 'Sgdd'; did you mean 'SGD'?"),
        ("{type: Digits}", "Digits", "20:49: evaluator.dataset: expected a mapping with type, got 'Digits'; write {type: Digits}"),
        ("{type: Digits}", "{type: MNIST}", "20:56: evaluator.dataset.type: unknown data set 'MNIST'; there are Cifar10, Cifar100, Digits, Idx, ImageFolder, Npz"),
        ("{type: Digits}", "{type: Cifar10}", "20:49: evaluator.dataset: Cifar10 needs 'path'"),
        (
            "{type: Digits}",
            "{type: ImageFolder, path: nowhere}",
            "20:12: evaluator: ImageFolder: looked in '{here}/nowhere', which is not there;"
            " expected images in one folder a class, there or in zips; give the folder, or a zip of it, as path",
        ),
        (
            "{type: Digits}",
            "{type: Cifar10, path: nowhere}",
            "20:12: evaluator: Cifar10: looked in '{here}/nowhere', which is not there; expected data_batch_1, ..., test_batch,"
            " the same with .bin, or images by class under train and test;"
            " fetch it from https://www.cs.toronto.edu/~kriz/cifar.html, unpack it, and give the folder as path",
        ),
        (
            "{type: ImageClassification, dataset: {type: Digits}, epochs: 3}",
            "{type: CompressedClassification, weights: mine.pth}",
            "20:54: evaluator: weights: 'mine.pth' does not exist; give the path of a file of weights, or leave it out to train the network first",
        ),
        ("num_classes: 10", "num_classes: 7", "18:18: head: puts out 7, but there are 10 classes of images; write num_classes: 10"),
        ("modules: ['init', 'layer', 'head']", "modules: ['init', 'layer']", "15:3: head: part 'head' is described, but modules does not list it"),
        ("macs: min", "bops: min", "21:29: objectives.bops: unknown metric 'bops'; there are accuracy, loss, weight_bytes, train_seconds, params, macs"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_place_and_what_to_do(said, tmp_path, before, after, message):
    assert said((before, after)) == f"space.yaml:{message.replace('{here}', str(tmp_path))}"


def test_a_data_file_that_is_cut_off_is_told_with_the_place_of_the_evaluator(said, tmp_path):
    (tmp_path / "data").mkdir()
    for name in [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]:
        (tmp_path / "data" / f"{name}.bin").write_bytes(b"\x01" * 1000)
    assert said(("{type: Digits}", "{type: Cifar10, path: data}")) == (
        "space.yaml:20:12: evaluator: Cifar10: 'data/data_batch_1.bin' is truncated or damaged"
        " (1,000 bytes, expected a multiple of 3,073); fetch it again"
    )


def test_a_space_that_is_misspelt_is_suggested(said):
    assert said(text="search_space: {type: MobilNetV2Space}\n") == (
        "space.yaml:1:22: type: unknown module type 'MobilNetV2Space'; did you mean 'MobileNetV2Space'?"
    )


def test_what_a_process_costs_can_be_an_objective():
    space = load(
        {
            "search_space": {
                "type": "FineGrainedSpace",
                "modules": ["net", "quant"],
                "net": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3},
                "quant": {"type": "Quant"},
            },
            "evaluator": {"type": "ImageClassification"},
            "objectives": {"accuracy": "max", "bops": "min"},
        }
    ).space
    assert "bops" in space.cost()


def test_an_older_description_keeps_its_widths_at_every_point_that_is_drawn():
    assert check_points(load(Path(__file__).parent / "reference" / "08_backbone_nas.yaml"), 20).points == 20


def test_python_gives_the_same_words_without_a_place():
    with pytest.raises(FgspaceError) as raised:
        fgspace.space({"type": "FineGrainedSpace", "modules": ["a"], "a": {"type": "BasicBlok"}})
    assert str(raised.value) == "a.type: unknown module type 'BasicBlok'; did you mean 'BasicBlock'?"
