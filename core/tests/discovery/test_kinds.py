"""The kind of what a program registers: told by its base or its contract, or asked for."""

import functools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import fgspace
import pytest
from fgspace import FgspaceError, register
from fgspace.plugins.registry import load_registry
from torch import nn


class Accuracy:
    metrics = ("accuracy",)

    def __call__(self, description): ...


class Annotated:
    metrics: tuple[str, ...]

    def __call__(self, point): ...


class Property:
    @property
    def metrics(self): ...

    def __call__(self, anything): ...


class Unfinished:
    def __call__(self, description, report=None): ...


class Rounded:
    def __call__(self, model, input_shape): ...


class Counted:
    def layers_after(self, rows, plan): ...

    def __call__(self, network, shape, /): ...


class Climb(fgspace.Algorithm):
    def propose(self, rng): ...


class Climbing:
    def ask(self): ...

    def tell(self, trial): ...


class Never(fgspace.EarlyStopping):
    def check(self, trial): ...

    def learn(self, trial): ...


class Row(fgspace.TokenSpace): ...


class Described(fgspace.DescribedSpace): ...


@dataclass(frozen=True)
class Data:
    n: int = 3

    def load(self, seed): ...


class Pool(ThreadPoolExecutor): ...


class Translating:
    def recognises(self, file): ...

    def convert(self, file): ...


class Converting(fgspace.Converter): ...


class Cluster:
    def submit(self, fn, /, *args): ...

    def __enter__(self): ...

    def __exit__(self, *_): ...


class Block(nn.Module):
    metrics = ("a name of torch's own",)

    def load(self): ...


class Composite(fgspace.FineGrainedSpace):
    def __call__(self, model, input_shape): ...


class Explicit(fgspace.Evaluator):
    def load(self): ...

    def __call__(self, model, input_shape): ...


class Loading:
    metrics = ("accuracy",)

    def load(self): ...

    def __call__(self, description): ...


class Plain:
    """Whatever it is."""


def stem(channels: int = 8): ...


def onnx_like(model, path, input_shape, *, weights=None): ...


def of_a_file(network, file, shape, /, opset=17): ...


@pytest.mark.parametrize(
    ("thing", "kind", "tags"),
    [
        (Accuracy, "evaluator", ()),
        (Annotated, "evaluator", ()),
        (Property, "evaluator", ()),
        (Unfinished, "evaluator", ()),
        (Explicit, "evaluator", ()),
        (Loading, "evaluator", ()),
        (Rounded, "module", ("process",)),
        (Counted, "module", ("process",)),
        (Climb, "algorithm", ()),
        (Climbing, "algorithm", ()),
        (Never, "early_stopping", ()),
        (Row, "search_space", ()),
        (Described, "search_space", ()),
        (Data, "dataset", ()),
        (Pool, "executor", ()),
        (Translating, "converter", ()),
        (Converting, "converter", ()),
        (Cluster, "executor", ()),
        (Block, "module", ()),
        (Composite, "module", ()),
        (Plain, "module", ()),
        (stem, "module", ()),
        (functools.partial(nn.Conv2d, 3, 8), "module", ()),
        (onnx_like, "exporter", ()),
        (of_a_file, "exporter", ()),
    ],
)
def test_the_kind_is_that_of_the_base_or_of_the_contract(thing, kind, tags):
    register("Thing", thing)
    (found,) = [one for one in load_registry().types if one.plugin == "program"]
    assert (found.kind, found.tags, found.load()) == (kind, tags, thing)


def test_a_kind_that_is_given_counts(install):
    for kind, name in (("process", "Rounding"), ("module", "Plain"), ("cost_rule", "stem")):
        register(name, Accuracy if kind == "process" else stem, kind=kind)
    registry = load_registry()
    assert registry.get("module", "Rounding").tags == ("process",)
    assert registry.get("module", "Plain").tags == ()
    assert registry.get("cost_rule", "stem").load() is stem


class Both(fgspace.Algorithm, fgspace.EarlyStopping):
    def propose(self, rng): ...


class Torn:
    metrics = ("accuracy",)

    def layers_after(self): ...

    def __call__(self, description): ...


class Called:
    def __call__(self, x): ...


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (
            Both,
            "'Thing' may be a search algorithm or an early stopping rule; write its kind: "
            "@fgspace.register(kind='algorithm')",
        ),
        (Torn, "'Thing' may be an evaluator or a process; write its kind: @fgspace.register(kind='evaluator')"),
        (
            Called,
            "'Thing' keeps no contract that tells its kind; write its kind: @fgspace.register(kind='evaluator')",
        ),
        (Accuracy(), "'Thing' is an instance; register the class Accuracy itself"),
        (Data(), "'Thing' is an instance; register the class Data itself"),
        (nn.Linear(3, 4), "'Thing' is an instance; register the class Linear itself"),
        (
            lambda description: {},
            "evaluator 'Thing' is a function; write a class with metrics = ('score',), and with the function as "
            "__call__(self, description)",
        ),
    ],
)
def test_what_has_several_kinds_or_cannot_have_one_is_an_error_of_one_sentence(thing, message):
    with pytest.raises(FgspaceError) as raised:
        register("Thing", thing)
    assert str(raised.value) == message
    assert [one for one in load_registry().types if one.plugin == "program"] == []


def test_a_function_cannot_be_a_process():
    with pytest.raises(FgspaceError) as raised:
        register("Halved", lambda model, input_shape: model, kind="process")
    assert str(raised.value) == (
        "process 'Halved' is a function; write a class, with the function as __call__(self, model, input_shape)"
    )


def test_an_unknown_kind_says_which_there_are():
    with pytest.raises(FgspaceError) as raised:
        register("Thing", Plain, kind="space")
    assert str(raised.value) == (
        "unknown kind 'space'; there are module, search_space, algorithm, evaluator, dataset, executor, exporter, "
        "early_stopping, converter, cost, measurement, observer, cost_rule, process"
    )


def test_a_class_that_is_defined_again_takes_the_place_of_the_former():
    source = "import fgspace\n\n@fgspace.register\nclass Again:\n    'First.'\n"
    cells = [source, source.replace("First", "Second")]
    program = f"""
for cell in {cells!r}:
    exec(cell)
from fgspace.plugins.default_registry import default_registry
print(default_registry().get("module", "Again").summary)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("Second.\n", "")


FILE = '''
import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import fgspace


@fgspace.register
class Size:
    """Measures the parameters."""

    metrics = ("size",)

    def __init__(self, scale: float = 1.0, data: fgspace.DatasetRef = None):
        self.scale = scale

    def __call__(self, description):
        return {"size": self.scale * fgspace.space(description).cost()["params"]}


@fgspace.register
class Rounded:
    """Rounds the weights."""

    def __init__(self, digits: int = 1):
        self.digits = digits

    def __call__(self, model, input_shape):
        model = copy.deepcopy(model)
        for parameter in model.parameters():
            parameter.data = parameter.data.round(decimals=self.digits)
        return model


@fgspace.register("text")
def as_text(model, path, input_shape, *, upper: bool = False):
    """Writes what it prints as."""
    path.write_text(str(model).upper() if upper else str(model))


@fgspace.register
class Walk(fgspace.Algorithm):
    """Draws at random."""

    def propose(self, rng):
        return self.fresh(lambda: self.space.sample(rng))


@fgspace.register
@dataclass(frozen=True)
class Images:
    """No images."""

    number: int = 3

    def load(self, seed):
        return None


@fgspace.register
class Threads(ThreadPoolExecutor):
    """Threads of this process."""

    def __init__(self, workers: int = 2):
        super().__init__(workers)


@fgspace.register
class Never(fgspace.EarlyStopping):
    """Stops nothing."""

    def check(self, trial):
        return print

    def learn(self, trial): ...


@fgspace.register
class Row(fgspace.TokenSpace):
    """One convolution."""

    def init_tokens(self):
        return [0]

    def range_table(self):
        return [3]

    def token2arch(self, tokens):
        conv = {"type": "Conv2d", "out_channels": 4 * (1 + tokens[0]), "kernel_size": 1}
        return {"type": "FineGrainedSpace", "modules": ["conv"], "conv": conv}
'''
SEARCH = """\
search_space:
  type: FineGrainedSpace
  modules: [row, process]
  row: {type: Row}
  process: {type: Rounded, digits: 2}
search_algorithm: {type: Walk}
evaluator: {type: Size, data: {type: Images}}
objectives: {size: min}
budget: {trials: 3}
executor: {type: Threads, workers: 2}
"""


def test_a_file_given_by_p_may_define_every_kind(tmp_path: Path):
    (tmp_path / "mine.py").write_text(FILE)
    (tmp_path / "search.yaml").write_text(SEARCH)

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "fgspace", *arguments, "-p", "./mine.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    listed = {tuple(line.split()[:2]) for line in run("list").splitlines() if "this program" in line}
    assert listed == {
        ("module", "Rounded"),
        ("search_space", "Row"),
        ("algorithm", "Walk"),
        ("evaluator", "Size"),
        ("dataset", "Images"),
        ("executor", "Threads"),
        ("exporter", "text"),
        ("early_stopping", "Never"),
    }
    assert "front: 1 of 3 trials" in run("search", "search.yaml", "--out", "out")
    options = ("--format", "text", "-o", "net.txt", "--option", "upper=true", "--random")
    assert run("export", "search.yaml", *options) == "net.txt\nweights: random\n"
    assert "CONV2D(3, 4, KERNEL_SIZE=(1, 1)" in (tmp_path / "net.txt").read_text()
