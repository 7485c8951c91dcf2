"""Bad input: mistakes in a file, and the whole error message for each."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import fgspace
import pytest
from fgspace import DescriptionError, FgspaceError, FineGrainedSpace, Int, InWidth, ModuleRef, Searched, nn
from fgspace.config.loading import load
from fgspace.config.reachable_points import check_points
from fgspace.plugins.registry import Registry, load_registry

FILE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    body.pattern: [0, 1, 1]
  modules: [stem, body, head]
  stem: {type: Conv2d, out_channels: 16, kernel_size: 3}
  body:
    type: Tower
    block: {type: Brick}
    pattern: [0, 1, 0]
    width: 16
  head:
    type: Conv2d
    in_channels: 16
    out_channels: 10
    kernel_size: 1
search_algorithm: {type: RandomSearch}
evaluator: {type: Oracle, epochs: 3}
objectives: {accuracy: max, macs: min}
constraints: {params: {max: 2_000_000}}
budget: {trials: 32}
seed: 0
"""


class Brick(FineGrainedSpace):
    """One convolution."""

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 1) -> None:
        """Set the child."""
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, padding=kernel // 2)


class Tower(FineGrainedSpace):
    """Bricks in a row; those in the pattern have width three."""

    def constructor(
        self,
        inchannel: InWidth,
        block: ModuleRef,
        width: int,
        pattern: Annotated[list[int], Searched(Int(0, 1))],
        names: list[str] | None = None,
    ) -> None:
        """Set a child for each element of the pattern."""
        if names is not None and len(names) != len(pattern):
            raise ValueError(f"names must have {len(pattern)} elements, one a block, got {len(names)}")
        for index, wide in enumerate(pattern):
            setattr(self, f"brick{index}", block(inchannel if index == 0 else width, width, kernel=3 if wide else 1))


@dataclass
class Oracle:
    """Returns a fixed accuracy."""

    epochs: int = 1
    rate: float = 0.1
    seed: int = 0
    folder: Any = None
    metrics = ("accuracy", "loss")
    input_shape = None

    def __post_init__(self) -> None:
        """Check the options."""
        if self.epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {self.epochs}")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    monkeypatch.setenv("FGSPACE_PLUGINS", "")
    fgspace.register(Brick)
    fgspace.register(Tower)
    fgspace.register(Oracle, kind="evaluator")
    return load_registry()


@pytest.fixture
def said(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return the errors of the file with some of its text replaced."""
    monkeypatch.chdir(tmp_path)

    def said(*edits: tuple[str, str], text: str = FILE) -> str:
        for before, after in edits:
            assert text.count(before) == 1
            text = text.replace(before, after)
        Path("space.yaml").write_text(text)
        with pytest.raises(FgspaceError) as raised:
            load("space.yaml", registry=registry)
        return str(raised.value)

    return said


def test_the_file_that_the_mistakes_are_made_in_is_right(registry, tmp_path):
    (tmp_path / "space.yaml").write_text(FILE)
    experiment = load(tmp_path / "space.yaml", registry=registry)
    assert (experiment.space.size, check_points(experiment).points) == (8, 8)


FORMS = "{choice: [...]}, {int: [low, high]}, {float: [low, high]}, {bits: n} or {vector: DOMAIN, length: n}"
TAKES = "in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        # types
        ("type: Brick", "type: Brik", "9:19: body.block.type: unknown module type 'Brik'; did you mean 'Brick'?"),
        ("type: Brick", "type: brick", "9:19: body.block.type: unknown module type 'brick'; did you mean 'Brick'?"),
        (
            "type: FineGrainedSpace",
            "type: FinegrainedSpaces",
            "2:9: type: unknown module type 'FinegrainedSpaces'; did you mean 'FineGrainedSpace'?",
        ),
        ("type: Brick", "type: Oracle", "9:19: body.block.type: unknown module type 'Oracle'; there is an evaluator of that name"),
        ("type: Brick", "type: acme/Brick", "9:19: body.block.type: unknown module type 'acme/Brick'; no plugin 'acme' is installed"),
        ("type: Brick", "type: 3", "9:19: body.block.type: expected a name, got 3"),
        ("block: {type: Brick}", "block: Brick", "9:12: body.block: expected a mapping with type, got 'Brick'; write {type: Brick}"),
        ("block: {type: Brick}", "block: {kernel: 3}", "9:12: body.block: expected a mapping with type, got {'kernel': 3}"),
        ("evaluator: {type: Oracle, epochs: 3}", "evaluator: {type: Orcle}", "18:19: evaluator.type: unknown evaluator 'Orcle'; did you mean 'Oracle'?"),
        (
            "{type: RandomSearch}",
            "{type: Anneal}",
            "17:26: search_algorithm.type: unknown search algorithm 'Anneal'; there are Auto, GridSearch, RandomSearch, Relay",
        ),
        ("{type: RandomSearch}", "RandomSearch", "17:19: search_algorithm: expected a mapping with type, got 'RandomSearch'; write {type: RandomSearch}"),
        (
            "{type: RandomSearch}",
            "{token: 3}",
            "17:19: search_algorithm: expected a mapping with type, got {'token': 3}; there are Auto, GridSearch, RandomSearch, Relay",
        ),
        # parameters
        ("width: 16", "widht: 16", "11:5: body: Tower has no parameter 'widht'; did you mean 'width'?"),
        ("width: 16", "width: 16\n    depth: 3", "12:5: body: Tower has no parameter 'depth'; it takes inchannel, block, width, pattern, names"),
        ("{type: Brick}", "{type: Brick, kernl: 3}", "9:26: body.block: Brick has no parameter 'kernl'; did you mean 'kernel'?"),
        ("    kernel_size: 1\n", "    kernel_size: 1\n    pading: 1\n", "17:5: head: Conv2d has no parameter 'pading'; did you mean 'padding'?"),
        ("    kernel_size: 1\n", "    kernel_size: 1\n    qwertz: 1\n", f"17:5: head: Conv2d has no parameter 'qwertz'; it takes {TAKES}"),
        ("    width: 16\n", "", "8:5: body: Tower needs 'width'"),
        ("    kernel_size: 1\n", "", "13:5: head: Conv2d needs 'kernel_size'"),
        ("epochs: 3", "epoch: 3", "18:27: evaluator: Oracle has no parameter 'epoch'; did you mean 'epochs'?"),
        ("epochs: 3", "seed: 3", "18:27: evaluator: Oracle has no parameter 'seed'; write seed: 3 at the top level of the file"),
        ("epochs: 3", "epochs: 0", "18:35: evaluator: epochs must be at least 1, got 0"),
        # values
        ("width: 16", "width: wide", "11:12: body.width: expected int, got 'wide'"),
        ("width: 16", "width: '16'", "11:12: body.width: expected int, got '16'"),
        ("width: 16", "width: 16.0", "11:12: body.width: expected int, got 16.0"),
        ("width: 16", "width: true", "11:12: body.width: expected int, got True"),
        ("width: 16", "width:", "11:11: body.width: expected int, got null"),
        ("width: 16", "width: [16, 32]", "11:12: body.width: expected int, got [16, 32]; to search among them, write {choice: [16, 32]}"),
        ("    width: 16\n", "    width: 16\n    names: [a, b, 3]\n", "12:12: body.names: expected list[str] or null, got ['a', 'b', 3]"),
        ("pattern: [0, 1, 0]", "pattern: 3", "4:19: body.pattern: expected list[int], but the domain holds 0"),
        ("    kernel_size: 1\n", "    kernel_size: '1'\n", "16:18: head.kernel_size: expected int or tuple[int, int], got '1'"),
        # widths
        ("in_channels: 16", "in_channels: 32", "14:18: head.in_channels: is 32, but body puts out 16; write auto, or 16"),
        ("    width: 16\n", "    width: 16\n    inchannel: 8\n", "12:16: body.inchannel: is 8, but stem puts out 16; write auto, or 16"),
        ("    width: 16\n", "    width: 16\n    names: [a, b]\n", "12:12: body: names must have 3 elements, one a block, got 2"),
        ("kernel_size: 1", "kernel_size: 40", "13:5: head: kernel of 40 does not fit an input of 30 x 30 with padding 0"),
        # parts
        ("[stem, body, head]", "[stem, bodi, head]", "5:19: modules: 'bodi' is listed, but not described; did you mean 'body'?"),
        ("[stem, body, head]", "[stem, qwertz, body, head]", "5:19: modules: 'qwertz' is listed, but not described"),
        ("[stem, body, head]", "[stem, body]", "12:3: head: part 'head' is described, but modules does not list it"),
        ("[stem, body, head]", "[stem, stem, body, head]", "5:19: modules: 'stem' is listed twice"),
        ("[stem, body, head]", "stem", "5:12: modules: expected a list of parts, got 'stem'"),
        ("  modules: [stem, body, head]\n", "", "2:3: parts 'stem' and 'body' and 'head' are described, but not listed; write modules: [stem, body, head]"),
        ("  modules:", "  moduls:", "5:3: FineGrainedSpace has no parameter 'moduls'; did you mean 'modules'?"),
        ("  hyper_parameters:", "  hyperparameters:", "3:3: FineGrainedSpace has no parameter 'hyperparameters'; did you mean 'hyper_parameters'?"),
        # hyper-parameters
        ("body.pattern:", "bodi.pattern:", "4:5: bodi.pattern: names nothing: the space has no 'bodi'; did you mean 'body'?"),
        ("body.pattern:", "body.patern:", "4:5: body.patern: names nothing: Tower has no parameter 'patern'; did you mean 'pattern'?"),
        ("body.pattern:", "body.pattern.3:", "4:5: body.pattern.3: names nothing: body.pattern is a list of 3 and has no '3'"),
        ("body.pattern:", "body.width.deep:", "4:5: body.width.deep: names nothing: body.width is 16"),
        ("body.pattern:", "evaluator.rat:", "4:5: evaluator.rat: names nothing: Oracle has no parameter 'rat'; did you mean 'rate'?"),
        ("[0, 1, 1]", "[]", "4:5: body.pattern: is a list of 3, but 0 values are given; give 3 to start from, or write {choice: [...]}"),
        ("[0, 1, 1]", "[0, 1]", "4:5: body.pattern: is a list of 3, but 2 values are given; give 3 to start from, or write {choice: [...]}"),
        ("[0, 1, 1]", "[0, 1, 2]", "4:5: body.pattern: 2 is not in int [0, 1], which the parameter declares"),
        ("[0, 1, 1]", "{choice: []}", "4:5: body.pattern: choice: needs at least one option"),
        ("[0, 1, 1]", "{choice: 3}", "4:5: body.pattern: choice: expected a list of options, got 3"),
        ("[0, 1, 1]", "{choice: [[0], [0]]}", "4:5: body.pattern: choice: option [0] is given twice"),
        ("[0, 1, 1]", "{bits: 0}", "4:5: body.pattern: vector: length must be at least 1, got 0"),
        ("[0, 1, 1]", "{bits: 3, ones: 4}", "4:5: body.pattern: bits: ones must be at least 0 and at most 3, got 4"),
        ("[0, 1, 1]", "{bits: 3, one: 1}", "4:5: body.pattern: bits: takes no 'one'; did you mean 'ones'?"),
        ("[0, 1, 1]", "{bit: 3}", f"4:5: body.pattern: expected a domain, {FORMS}; got {{'bit': 3}}; did you mean 'bits'?"),
        ("[0, 1, 1]", "3", f"4:5: body.pattern: expected a list of candidates or a domain, {FORMS}; got 3"),
        ("[0, 1, 1]", "{choice: [[0, 1], [0, x]]}", "4:19: body.pattern: expected list[int], but the domain holds [0, 'x']"),
        ("body.pattern: [0, 1, 1]", "body.width: {int: [8, 1]}", "4:5: body.width: int: low must not exceed high, got 8 > 1"),
        ("body.pattern: [0, 1, 1]", "body.width: {int: [8]}", "4:5: body.width: int: expected [low, high] or [low, high, step] of whole numbers, got [8]"),
        ("body.pattern: [0, 1, 1]", "body.width: {float: [8, 9]}", "4:17: body.width: expected int, but the domain holds 8.0"),
        ("body.pattern: [0, 1, 1]", "body.width: [8, big]", "4:17: body.width: expected int, but the domain holds 'big'"),
        ("body.pattern: [0, 1, 1]", "body.width:", "4:5: body.width: has no declared domain; write one"),
        ("body.pattern: [0, 1, 1]", "body.patern:", "4:5: body.patern: names nothing: Tower has no parameter 'patern'; did you mean 'pattern'?"),
        ("body.pattern: [0, 1, 1]", "evaluator.rate: {float: [0, 1], log: true}", "4:5: evaluator.rate: float: low must be above 0 where log is true, got 0.0"),
        ("body.pattern: [0, 1, 1]", "evaluator.epochs: {float: [0.5, 1]}", "4:23: evaluator.epochs: expected int, but the domain holds 0.5"),
        ("width: 16", "width: {choise: [16, 32]}", "11:12: body.width: expected int, got {'choise': [16, 32]}; did you mean {choice: ...}?"),
        ("width: 16", "width: {choice: []}", "11:12: body.width: choice: needs at least one option"),
        ("width: 16", "width: {choice: [16, x]}", "11:12: body.width: expected int, but the domain holds 'x'"),
        ("{type: Brick}", "{choice: [{type: Brick}, 3]}", "9:37: body.block: expected every option to be a mapping with type, got 3"),
        ("{type: Brick}", "{choice: [3, 4]}", "9:12: body.block: expected a choice of mappings with type, got choice of 3, 4"),
        ("pattern: [0, 1, 0]", "pattern: {bits: 3}", "4:5: body.pattern: is already searched, by the domain in its place"),
        # the sections that name no types
        ("accuracy: max", "acuracy: max", "19:14: objectives.acuracy: unknown metric 'acuracy'; did you mean 'accuracy'?"),
        ("accuracy: max", "latency: min", "19:14: objectives.latency: unknown metric 'latency'; there are accuracy, loss, params, macs"),
        ("accuracy: max", "accuracy: maximise", "19:24: objectives.accuracy: expected max or min, got 'maximise'; did you mean 'max'?"),
        ("{accuracy: max, macs: min}", "[accuracy]", "19:13: objectives: expected metrics with max or min, for instance accuracy: max; got ['accuracy']"),
        ("{params: {max: 2_000_000}}", "{parms: {max: 1}}", "20:15: constraints.parms: unknown metric 'parms'; did you mean 'params'?"),
        ("{params: {max: 2_000_000}}", "{params: 3}", "20:23: constraints.params: expected {max: NUMBER}, {min: NUMBER} or both, got 3; write {max: 3}"),
        ("{params: {max: 2_000_000}}", "{params: {most: 3}}", "20:23: constraints.params: expected {max: NUMBER}, {min: NUMBER} or both, got {'most': 3}"),
        ("{params: {max: 2_000_000}}", "{params: {max: few}}", "20:23: constraints.params: expected a number as max, got 'few'"),
        ("{params: {max: 2_000_000}}", "{params: {max: 1, min: 2}}", "20:23: constraints.params: min must not exceed max, got 2 > 1"),
        ("{params: {max: 2_000_000}}", "3", "20:14: constraints: expected metrics with their bounds, for instance params: {max: 2_000_000}; got 3"),
        ("trials: 32", "trials: many", "21:18: budget.trials: expected a whole number of at least 1, got 'many'"),
        ("trials: 32", "trials: 0", "21:18: budget.trials: expected a whole number of at least 1, got 0"),
        ("trials: 32", "trails: 3", "21:10: budget.trails: unknown; did you mean 'trials'?"),
        ("trials: 32", "hours: 3", "21:10: budget.hours: unknown; there is trials, trial_seconds"),
        (
            "trials: 32",
            "trial_seconds: 0",
            "21:25: budget.trial_seconds: expected a number of seconds above 0 and at most 1,000,000, got 0",
        ),
        (
            "trials: 32",
            "trial_seconds: .inf",
            "21:25: budget.trial_seconds: expected a number of seconds above 0 and at most 1,000,000, got inf",
        ),
        (
            "budget: {trials: 32}",
            "deterministic: true",
            "21:16: deterministic: expected how many trials to look back, a whole number of at least 1, got True",
        ),
        ("{trials: 32}", "32", "21:9: budget: expected trials: NUMBER; got 32"),
        ("seed: 0", "seed: luck", "22:7: seed: expected a whole number of at least 0, got 'luck'"),
        ("seed: 0", "seed: -1", "22:7: seed: expected a whole number of at least 0, got -1"),
        ("seed: 0", "sed: 0", "22:1: sed: unknown section; did you mean 'seed'?"),
        ("{type: RandomSearch}", "{type: {choice: [RandomSearch]}}", "17:19: search_algorithm: a domain may stand in search_space and in evaluator, not here"),
        ("seed: 0", "executor: {type: Clouds}", "22:18: executor.type: unknown executor 'Clouds'; there are ProcessExecutor, SerialExecutor"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_place_and_what_to_do(said, before, after, message):
    assert said((before, after)) == f"space.yaml:{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("objectives: {a: max}\n", "space.yaml:1:1: expected a section search_space"),
        ("search_space:\n", "space.yaml:1:14: expected a mapping with type, got null"),
        (
            "search_space: FineGrainedSpace\n",
            "space.yaml:1:15: expected a mapping with type, got 'FineGrainedSpace'; write {type: FineGrainedSpace}",
        ),
        (
            "search_space: {tpye: FineGrainedSpace, modules: [a], a: {type: ReLU}}\n",
            "space.yaml:1:15: expected a mapping with type, got"
            " {'tpye': 'FineGrainedSpace', 'modules': ['a'], 'a': {'type': 'ReLU'}};"
            " write type: FineGrainedSpace",
        ),
        (
            "search_space: {type: FineGrainedSpace, hyper_parameters: abc}\n",
            "space.yaml:1:58: hyper_parameters: expected paths and their domains, got 'abc'",
        ),
        (
            "search_space: {type: FineGrainedSpace, hyper_parameters: {evaluator.rate: {float: [0, 1]}}}\n",
            "space.yaml:1:59: evaluator.rate: names nothing: the space has no 'evaluator'",
        ),
        (
            "search_space: {type: FineGrainedSpace, input_shape: [3, 0]}\n",
            "space.yaml:1:53: input_shape: expected the sizes of one input, for instance [3, 32, 32], or "
            "{shape: [128], dtype: int64, below: 30522}; got [3, 0]",
        ),
        (
            "search_space: {type: FineGrainedSpace, modules: [a.b], a.b: {type: ReLU}}\n",
            "space.yaml:1:50: modules: 'a.b' cannot be the name of a part; write one without a dot",
        ),
        (
            "search_space: {type: FineGrainedSpace, modules: [evaluator], evaluator: {type: ReLU}}\n",
            "space.yaml:1:50: modules: 'evaluator' cannot be the name of a part; it means something else",
        ),
        (
            "search_space: {type: FineGrainedSpace, modules: [a], a: {type: ReLU, hyper_parameters: {inplace: [true]}}}\n",
            "space.yaml:1:70: a: ReLU has no parameter 'hyper_parameters'; it takes inplace",
        ),
        (
            "search_space: [3]\n",
            "space.yaml:1:16: search_space.0: expected a space's name, its name with parameters, "
            "or a mapping with type; got 3",
        ),
        (
            "search_space:\n  type: FineGrainedSpace\n  modules: [a, b]\n"
            "  a: {type: Repeat, num_reps: 3, items: {out_channels: [8, 9]}, ref: {type: Conv2d, kernel_size: 1}}\n"
            "  b: {type: ReLU}\n",
            "space.yaml:4:41: a: items.out_channels: expected 3 values (num_reps), got 2; "
            "write one for each copy, or one for all without brackets",
        ),
    ],
)
def test_a_file_that_lacks_what_it_needs_is_answered_whole(said, text, message):
    assert said(text=text) == message


def test_all_mistakes_of_a_file_are_told_at_once_in_file_order(said):
    edits = [
        ("body.pattern:", "bodi.pattern:"),
        ("type: Brick", "type: Brik"),
        ("width: 16", "widht: wide"),
        ("    kernel_size: 1\n", "    kernel_size: big\n"),
        ("{type: RandomSearch}", "{type: RandomSearch, depth: 3}"),
        ("epochs: 3", "epoch: 3"),
        ("accuracy: max", "acuracy: max"),
        ("max: 2_000_000", "most: 3"),
        ("trials: 32", "trials: -1"),
        ("seed: 0", "seed: x\nsed: 0"),
    ]
    assert said(*edits).splitlines() == [
        "space.yaml:4:5: bodi.pattern: names nothing: the space has no 'bodi'; did you mean 'body'?",
        "space.yaml:9:19: body.block.type: unknown module type 'Brik'; did you mean 'Brick'?",
        "space.yaml:11:5: body: Tower has no parameter 'widht'; did you mean 'width'?",
        "space.yaml:16:18: head.kernel_size: expected int or tuple[int, int], got 'big'",
        "space.yaml:17:40: search_algorithm: RandomSearch has no parameter 'depth'; it takes none",
        "space.yaml:18:27: evaluator: Oracle has no parameter 'epoch'; did you mean 'epochs'?",
        "space.yaml:19:14: objectives.acuracy: unknown metric 'acuracy'; did you mean 'accuracy'?",
        "space.yaml:20:23: constraints.params: expected {max: NUMBER}, {min: NUMBER} or both, got {'most': 3}",
        "space.yaml:21:18: budget.trials: expected a whole number of at least 1, got -1",
        "space.yaml:22:7: seed: expected a whole number of at least 0, got 'x'",
        "space.yaml:23:1: sed: unknown section; did you mean 'seed'?",
    ]


def test_widths_and_settings_are_told_together(said):
    assert said(("in_channels: 16", "in_channels: 9"), ("trials: 32", "trials: 0")).splitlines() == [
        "space.yaml:14:18: head.in_channels: is 9, but body puts out 16; write auto, or 16",
        "space.yaml:21:18: budget.trials: expected a whole number of at least 1, got 0",
    ]


def test_a_mistake_that_aliases_repeat_is_told_once(said):
    text = "search_space:\n  type: FineGrainedSpace\n  modules: [a, b]\n  a: &r {type: Relu}\n  b: *r\n"
    assert said(text=text) == "space.yaml:4:16: a.type: unknown module type 'Relu'; did you mean 'ReLU'?"


def test_what_is_wrong_in_an_option_is_told_where_the_option_stands(said):
    text = (
        "search_space:\n  type: FineGrainedSpace\n  modules: [a]\n  a:\n    choice:\n"
        "      - {type: Identity}\n      - {type: Conv2d, out_channels: x, kernel_size: 1}\n"
    )
    assert said(text=text) == "space.yaml:7:38: a.Conv2d.out_channels: expected int, got 'x'"


def test_a_part_may_have_hyper_parameters_of_its_own_and_their_mistakes_have_a_place(said, registry):
    text = (
        "search_space:\n  type: FineGrainedSpace\n  modules: [a]\n  a:\n    type: FineGrainedSpace\n"
        "    hyper_parameters: {c.out_channels: [8, 16]}\n    modules: [c]\n"
        "    c: {type: Conv2d, out_channels: 8, kernel_size: 1}\n"
    )
    Path("right.yaml").write_text(text)
    assert list(load("right.yaml", registry=registry).space.hyper_parameters) == ["a.c.out_channels"]
    assert said(("c.out_channels: [", "d.out_channels: ["), text=text) == (
        "space.yaml:6:24: a.d.out_channels: names nothing: the space has no 'd'"
    )


def test_a_mapping_has_no_place_but_the_same_words(registry):
    with pytest.raises(DescriptionError) as raised:
        fgspace.space({"type": "FineGrainedSpace", "modules": ["a"], "a": {"type": "Brik"}}, registry=registry)
    assert str(raised.value) == "a.type: unknown module type 'Brik'; did you mean 'Brick'?"


def test_a_width_that_no_point_but_another_reaches_is_found_by_check(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("space.yaml").write_text(
        "search_space:\n  type: FineGrainedSpace\n  modules: [a, b]\n"
        "  a: {type: Conv2d, out_channels: {choice: [8, 12]}, kernel_size: 1}\n"
        "  b:\n    choice:\n      - {type: Identity}\n      - {type: Conv2d, groups: 8, out_channels: 8, kernel_size: 1}\n"
    )
    with pytest.raises(DescriptionError) as raised:
        check_points(load("space.yaml", registry=registry))
    assert str(raised.value) == (
        "space.yaml:8:32: b: groups of 8 do not divide in_channels of 12;"
        " for instance where a.out_channels is 12, b is Conv2d"
    )


def test_an_objective_that_no_evaluator_gives_ends_a_study_before_its_first_trial():
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"a": [1, 2]}})
    study = fgspace.Study(space, "RandomSearch", {"accurcy": "max"})
    with pytest.raises(FgspaceError) as raised:
        study.run(lambda description: {"accuracy": 1.0, "loss": 0.1}, trials=2)
    assert str(raised.value) == (
        "objective 'accurcy' is not among the metrics this evaluator gives: accuracy, loss; did you mean 'accuracy'?"
    )


def test_the_command_prints_mistakes_without_a_traceback_and_exits_2(tmp_path):
    (tmp_path / "space.yaml").write_text("search_space: {type: ReLUU}\nseed: x\n")
    done = subprocess.run(
        [sys.executable, "-m", "fgspace", "show", "space.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "space.yaml:1:22: type: unknown module type 'ReLUU'; did you mean 'ReLU'?\n"
        "space.yaml:2:7: seed: expected a whole number of at least 0, got 'x'\n"
    )
