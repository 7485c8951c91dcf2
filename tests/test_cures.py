"""Mistakes in the words of a file: the message says what to write, in the user's terms, with the place."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import pytest
from fgspace.cli import main

FILE = """\
search_space:
  modules: [conv, flat, head]
  conv: {type: Conv2d, out_channels: {choice: [4, 8]}, kernel_size: 3, stride: 4}
  flat: {type: Flatten}
  head: {type: Linear, out_features: 10}
search_algorithm: {type: RandomSearch}
evaluator: {type: ImageClassification, dataset: {type: Digits}, epochs: 1}
objectives: {accuracy: max}
budget: {trials: 2}
"""
KNOWN = (
    "Auto, BackboneNasSearch, CmaEsSampler, GPSampler, GridSearch, LocalSearch, NSGA2, NSGA3, NSGAIIISampler, "
    "NSGAIISampler, Predictor, PruneEA, QMCSampler, QuantEA, RandomSampler, RandomSearch, RegularizedEvolution, Relay, "
    "SANAS, TPESampler"
)


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """Return what a command says of the file with some of its text replaced."""
    monkeypatch.chdir(tmp_path)

    def said(before, after, command="check"):
        assert FILE.count(before) == 1
        (tmp_path / "a.yaml").write_text(FILE.replace(before, after))
        assert main([command, "a.yaml"]) == 2
        return capsys.readouterr().err.rstrip("\n")

    return said


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        # a name, a list of names or a name with its parameters, where a mapping with type is meant
        ("{type: Flatten}", "Flatten", "4:9: flat: expected a mapping with type, got 'Flatten'; write {type: Flatten}"),
        (
            "{type: Flatten}",
            "{Flatten: {start_dim: 1}}",
            "4:9: flat: expected a mapping with type, got {'Flatten': {'start_dim': 1}};"
            " write {type: Flatten, start_dim: 1}",
        ),
        (
            "{type: Flatten}",
            "[Flatten, ReLU]",
            "4:9: flat: expected a mapping with type, got ['Flatten', 'ReLU'];"
            " to search among them, write {choice: [{type: Flatten}, {type: ReLU}]}",
        ),
        (
            "{type: Flatten}",
            "[{type: Flatten}, {type: ReLU}]",
            "4:9: flat: expected a mapping with type, got [{'type': 'Flatten'}, {'type': 'ReLU'}];"
            " to search among them, write {choice: [{type: Flatten}, {type: ReLU}]}",
        ),
        (
            "{type: Digits}",
            "Digits",
            "7:49: evaluator.dataset: expected a mapping with type, got 'Digits'; write {type: Digits}",
        ),
        (
            "{type: RandomSearch}",
            "[RandomSearch]",
            "6:19: search_algorithm: expected a mapping with type, got ['RandomSearch']; write {type: RandomSearch}",
        ),
        (
            "{type: RandomSearch}",
            "{NSGA2: {population_size: 4}}",
            "6:19: search_algorithm: expected a mapping with type, got {'NSGA2': {'population_size': 4}};"
            " write {type: NSGA2, population_size: 4}",
        ),
        (
            "{type: RandomSearch}",
            "[NSGA2, SANAS]",
            "6:19: search_algorithm: expected a mapping with type, got ['NSGA2', 'SANAS']; there are {known}",
        ),
        (
            "budget: {trials: 2}",
            "executor: ProcessExecutor",
            "9:11: executor: expected a mapping with type, got 'ProcessExecutor'; write {type: ProcessExecutor}",
        ),
        (
            "budget: {trials: 2}",
            "early_stopping: MedianStop",
            "9:17: early_stopping: expected a mapping with type, got 'MedianStop'; write {type: MedianStop}",
        ),
        # an optimiser
        (
            "epochs: 1",
            "optimizer: Adam",
            "7:76: evaluator.optimizer: expected a mapping or null, got 'Adam'; write {type: Adam}",
        ),
        (
            "epochs: 1",
            "optimizer: [Adam, SGD]",
            "7:76: evaluator.optimizer: expected a mapping or null, got ['Adam', 'SGD'];"
            " to search among them, write {choice: [{type: Adam}, {type: SGD}]}",
        ),
        (
            "epochs: 1",
            "optimizer: {choice: [Adam, SGD]}",
            "7:76: evaluator.optimizer: expected a mapping or null, but the domain holds 'Adam'; write {type: Adam}",
        ),
        (
            "epochs: 1",
            "optimizer: {lr: 0.1}",
            "7:76: evaluator: optimizer has no type; write {type: SGD, ...}",
        ),
        (
            "epochs: 1",
            "optimizer: {Adam: {lr: 0.1}}",
            "7:76: evaluator: optimizer has no type; write {type: SGD, ...}",
        ),
        (
            "epochs: 1",
            "optimizer: {type: SGD, lr: .nan}",
            "7:76: evaluator: optimizer: lr is nan, expected a number",
        ),
        # what belongs elsewhere
        ("epochs: 1", "lr: 0.1", "7:65: evaluator: ImageClassification has no parameter 'lr'; write optimizer: {type: SGD, lr: 0.1}"),
        (
            "epochs: 1",
            "optimizer: {type: Adam}, learning_rate: {float: [0.1, 0.2]}",
            "7:90: evaluator: ImageClassification has no parameter 'learning_rate'; write optimizer: {type: Adam, lr: ...}",
        ),
        (
            "epochs: 1",
            "gamma: 0.5",
            "7:65: evaluator: ImageClassification has no parameter 'gamma'; write lr_scheduler: {type: ..., gamma: 0.5}",
        ),
        (
            "epochs: 1",
            "validation: 0.2",
            "7:65: evaluator: ImageClassification has no parameter 'validation';"
            " write dataset: {type: Digits, validation: 0.2}",
        ),
        (
            "dataset: {type: Digits}",
            "path: ~/data",
            "7:40: evaluator: ImageClassification has no parameter 'path'; write dataset: {type: ..., path: ~/data}",
        ),
        (
            "epochs: 1",
            "seed: 3",
            "7:65: evaluator: ImageClassification has no parameter 'seed'; write seed: 3 at the top level of the file",
        ),
        (
            "{type: RandomSearch}",
            "{type: NSGA2, trials: 9}",
            "6:33: search_algorithm: NSGA2 has no parameter 'trials'; write budget: {trials: 9} at the top level of the file",
        ),
        (
            "epochs: 1",
            "workers: 4",
            "7:65: evaluator: ImageClassification has no parameter 'workers';"
            " write executor: {type: ProcessExecutor, workers: 4} at the top level of the file",
        ),
        # a name that is given already
        (
            "conv: {",
            "conv: {out_channel: 3, ",
            "3:10: conv: Conv2d has no parameter 'out_channel'; 'out_channels' is searched already, leave this out",
        ),
        (
            "head: {",
            "head: {out_feature: 3, ",
            "5:10: head: Linear has no parameter 'out_feature'; 'out_features' is given already, leave this out",
        ),
        # numbers
        ("choice: [4, 8]", "int: [4, 9, 2]", "3:38: conv.out_channels: int: 9 is not reached from 4 in steps of 2; write 8 as high"),
        ("budget: {trials: 2}", "constraints: {params: {max: .nan}}", "9:23: constraints.params: expected a number as max, got nan"),
        (
            "budget: {trials: 2}",
            "constraints: {params: 3}",
            "9:23: constraints.params: expected {max: NUMBER}, {min: NUMBER} or both, got 3; write {max: 3}",
        ),
        (
            "accuracy: max",
            "accuracy: maximize",
            "8:24: objectives.accuracy: expected max or min, got 'maximize'; did you mean 'max'?",
        ),
        ("{accuracy: max}", "accuracy", "8:13: objectives: expected metrics with max or min, for instance accuracy: max; got 'accuracy'; write {accuracy: max}"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_what_to_write(said, before, after, message):
    assert said(before, after) == f"a.yaml:{message.replace('{known}', KNOWN)}"


HEAD = "  flat: {type: Flatten}\n  head: {type: Linear, out_features: 10}"


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            "  flat: {type: Flatten}\n  head: {type: Linear, out_features: 7}",
            "5:38: head: puts out 7, but there are 10 classes of images; write out_features: 10",
        ),
        (
            "  flat: {type: Flatten}\n"
            "  head: {type: Sequential, modules: [a, b], a: {type: Linear, out_features: 12}, b: {type: ReLU}}",
            "5:77: head.a: puts out 12, but there are 10 classes of images; write out_features: 10",
        ),
        (
            "  flat: {type: ReLU}\n  head: {type: LinearClassificationHead, num_class: 3}",
            "5:53: head: puts out 3, but there are 10 classes of images; write num_class: 10",
        ),
        (
            "  flat: {type: ReLU}\n  head: {type: ReLU}",
            "3:38: conv: puts out 4×2×2, but there are 10 classes of images;"
            " end in a head that puts out 10, such as {type: Linear, out_features: 10}",
        ),
    ],
)
def test_an_output_of_other_classes_is_answered_with_the_option_to_write(said, after, message):
    assert said(HEAD, after, "search") == f"a.yaml:{message}"
