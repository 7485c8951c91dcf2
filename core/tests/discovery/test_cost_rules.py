"""Cost rules: the modules of plugins and programs are counted by their own rules, without being built."""

import json
import pkgutil
import sys
from importlib import import_module
from types import SimpleNamespace

import fgspace
import pytest
from fgspace import FgspaceError, Leaf, PartError
from fgspace.cli import main
from fgspace.network.count import rules
from fgspace.network.network import Network
from fgspace.plugins.builtin import fgspace_provide_cost_rules
from fgspace.plugins.registry import load_registry

PLUGIN = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_modules():
    return [
        Provided("Widen", "fgspace_acme.blocks:Widen", "widens", aliases=("Wide",)),
        Provided("Pair", "fgspace_acme.blocks:Pair", "two leaves"),
        Provided("Called", "fgspace_acme.blocks:Called", "a leaf that is given"),
    ]

@hookimpl
def fgspace_provide_cost_rules():
    return [Provided("Widen", "fgspace_acme.rules:widen", "counts Widen")]
"""
BLOCKS = '''
"""A leaf, and composites that hold it."""

import torch
from fgspace import FineGrainedSpace, InWidth, Leaf, ModuleRef
from torch import nn

MADE = []


class Widen(nn.Module):
    """Repeats the channels, and scales each."""

    def __init__(self, in_channels: int, factor: int = 2) -> None:
        super().__init__()
        MADE.append(in_channels)
        self.factor = factor
        self.scale = nn.Parameter(torch.ones(in_channels * factor, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.repeat(1, self.factor, 1, 1) * self.scale


class Pair(FineGrainedSpace):
    """A leaf, and one that is described."""

    def constructor(self, inchannel: InWidth, factor: int = 2) -> None:
        self.first = Leaf(Widen, (inchannel,), {"factor": 3})
        self.second = {"type": "Widen", "factor": factor}


class Called(FineGrainedSpace):
    """A leaf that it is given, by its class."""

    def constructor(self, inchannel: InWidth, leaf: ModuleRef) -> None:
        self.leaf = leaf(inchannel, factor=2)
'''
RULES = '''
"""The rule of the leaf."""


def widen(shape, in_channels, factor=2):
    """Count a multiply-add for every output, which torch counts as none."""
    if factor < 1:
        raise ValueError(f"factor must be at least 1, got {factor}")
    channels, height, width = shape
    if channels != in_channels:
        raise ValueError(f"in_channels is {in_channels}, but the input has {channels} channels")
    widened = channels * factor
    return (widened, height, width), widened, widened * height * width
'''


@pytest.fixture
def acme(install):
    """Install a plugin with a leaf, its rule, and composites of it; return its blocks and a network of its types."""
    install(plugin=PLUGIN, blocks=BLOCKS, rules=RULES)
    network = Network(load_registry())
    return import_module("fgspace_acme.blocks"), network


@pytest.mark.parametrize(
    ("described", "params", "macs", "channels"),
    [
        ({"type": "Widen"}, 6, 96, 6),
        ({"type": "Wide", "factor": 4}, 12, 192, 12),
        ({"type": "acme/Widen", "factor": 1}, 3, 48, 3),
        ({"type": "Pair"}, 9 + 18, 144 + 288, 18),
        ({"type": "Called", "leaf": {"type": "Widen"}}, 6, 96, 6),
        (
            {"type": "Sequential", "modules": ["one", "two"], "one": {"type": "Widen"}, "two": {"type": "Pair"}},
            6 + 18 + 36,
            96 + 288 + 576,
            36,
        ),
    ],
)
def test_a_leaf_of_a_plugin_is_counted_by_its_rule_wherever_it_stands_and_nothing_is_built(
    acme, described, params, macs, channels
):
    blocks, network = acme
    cost = network.cost(described, (3, 4, 4))
    assert (cost.params, cost.macs, cost.output_shape) == (params, macs, (channels, 4, 4))
    assert sum(layer.macs for layer in network.layers(described, (3, 4, 4))) == macs
    assert network.check(described, (3, 4, 4)) == []
    assert blocks.MADE == []
    built = network.build(described, (3, 4, 4))
    assert sum(parameter.numel() for parameter in built.parameters()) == params
    assert blocks.MADE != []


def test_a_leaf_made_in_a_program_is_counted_by_the_rule_of_its_class(acme):
    blocks, network = acme
    cost = network.cost(Leaf(blocks.Widen, (3,), {"factor": 5}), (3, 4, 4))
    assert (cost.params, cost.macs, cost.output_shape) == (15, 240, (15, 4, 4))
    assert blocks.MADE == []


def test_without_its_rule_the_leaf_is_run_once(install):
    install(plugin=PLUGIN.replace('"Widen", "fgspace_acme.rules', '"Other", "fgspace_acme.rules'), blocks=BLOCKS)
    cost = Network(load_registry()).cost({"type": "Widen"}, (3, 4, 4))
    assert (cost.params, cost.macs, cost.output_shape) == (6, 0, (6, 4, 4))
    assert import_module("fgspace_acme.blocks").MADE == [3]


@pytest.mark.parametrize(
    ("described", "path", "message"),
    [
        ({"type": "Widen", "factor": 0}, (), "factor must be at least 1, got 0"),
        ({"type": "Pair", "factor": -1}, ("second",), "factor must be at least 1, got -1"),
        (
            {"type": "Sequential", "modules": ["pair"], "pair": {"type": "Pair", "factor": 0}},
            ("pair", "second"),
            "factor must be at least 1, got 0",
        ),
    ],
)
def test_what_a_rule_refuses_is_said_with_its_place(acme, described, path, message):
    blocks, network = acme
    with pytest.raises(PartError) as raised:
        network.cost(described, (3, 4, 4))
    assert (raised.value.path, raised.value.message) == (path, message)
    assert blocks.MADE == []


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((4,), {}, "in_channels is 4, but the input has 3 channels"),
        ((3,), {"factr": 2}, "Widen: got an unexpected keyword argument 'factr'"),
        ((), {}, "Widen: missing a required argument: 'in_channels'"),
    ],
)
def test_arguments_of_a_leaf_that_its_rule_does_not_take_are_said_in_plain_words(acme, args, kwargs, message):
    blocks, network = acme
    with pytest.raises(PartError) as raised:
        network.cost(Leaf(blocks.Widen, args, kwargs), (3, 4, 4))
    assert raised.value.message == message
    assert blocks.MADE == []


def test_the_command_says_where_in_the_file_a_rule_refuses(install, tmp_path, monkeypatch, capsys):
    install(plugin=PLUGIN, blocks=BLOCKS, rules=RULES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(
        "search_space:\n  type: FineGrainedSpace\n  modules: [body]\n  body: {type: Widen, factor: 0}\n"
    )
    assert main(["build", "net.yaml"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "net.yaml:4:31: body: factor must be at least 1, got 0\n")


def test_a_program_registers_a_leaf_and_its_rule():
    from torch import nn

    @fgspace.register
    class MyLeaf(nn.Module):
        """Is never made."""

        def __init__(self, in_channels: int) -> None:
            raise AssertionError("it is built")

    def my_leaf(shape, in_channels):
        return (2 * in_channels, *shape[1:]), 7, 11

    fgspace.register("MyLeaf", my_leaf, kind="cost_rule")
    network = Network(load_registry())
    for node in ({"type": "MyLeaf"}, {"type": "Sequential", "modules": [{"type": "MyLeaf"}]}, Leaf(MyLeaf, (3,))):
        cost = network.cost(node, (3, 4, 4))
        assert (cost.params, cost.macs, cost.output_shape) == (7, 11, (6, 4, 4))
    with pytest.raises(FgspaceError) as raised:
        fgspace.register("Conv2d", my_leaf, kind="cost_rule")
    assert str(raised.value) == "cost rule 'Conv2d' is registered already, by core; choose another name"


def test_cost_rules_are_listed_only_when_asked_for_and_shown_never(install, capsys):
    install(plugin=PLUGIN, blocks=BLOCKS, rules=RULES)
    assert main(["list", "--json"]) == 0
    assert "cost_rule" not in {one["kind"] for one in json.loads(capsys.readouterr().out)["types"]}
    assert main(["list", "cost_rule", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["types"]
    assert {one["kind"] for one in listed} == {"cost_rule"}
    assert {one["full_name"] for one in listed} == {
        "acme/Widen",
        *(f"fgspace/{one.name}" for one in fgspace_provide_cost_rules()),
    }
    for name, first in (
        ("Conv2d", f"fgspace/Conv2d: module type of fgspace {fgspace.__version__}"),
        ("Widen", "acme/Widen: module type of fgspace-plugin-acme 0.3.1"),
    ):
        assert main(["show", name]) == 0
        shown = capsys.readouterr().out
        assert shown.splitlines()[0] == first
        assert "cost rule" not in shown
        assert "counts" not in shown


def test_every_rule_that_core_has_is_in_its_table_and_no_other():
    there = {}
    for file in pkgutil.iter_modules(rules.__path__):
        module = import_module(f"{rules.__name__}.{file.name}")
        there |= {name: f"{module.__name__}:RULES.{name}" for name in vars(getattr(module, "RULES", SimpleNamespace()))}
    assert {one.name: one.target for one in fgspace_provide_cost_rules()} == there


def test_what_a_plugin_says_of_its_rules_loads_neither_them_nor_the_modules(install):
    install(plugin=PLUGIN, blocks=BLOCKS, rules=RULES)
    registry = load_registry()
    Network(registry).cost({"type": "Conv2d", "out_channels": 2, "kernel_size": 1}, (3, 4, 4))
    assert {"fgspace_acme.rules", "fgspace_acme.blocks"}.isdisjoint(sys.modules)
