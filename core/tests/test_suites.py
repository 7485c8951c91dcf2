"""The conformance suites pass correct types, and fail faulty ones."""

import pickle
import sys
from importlib import import_module
from pathlib import Path

import fgspace
import pytest
import torch
from fgspace.testing import EarlyStoppingSuite, ModuleSuite, PluginSuite, SpaceSuite
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
programs = import_module("search_programs")


@fgspace.register
class Gate(nn.Module):
    """A convolution with a learned gate."""

    def __init__(self, in_channels: int, out_channels: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.gate = nn.Parameter(torch.zeros(out_channels, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x) * torch.sigmoid(self.gate)


@fgspace.register
class Idle(Gate):
    """A gate that is never used."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


class TestLeaf(ModuleSuite):
    examples = (({"type": "Gate"}, (3, 8, 8)), ({"type": "Gate", "out_channels": 2}, (5, 4, 4)))


class TestComposite(ModuleSuite):
    examples = (
        (
            {
                "type": "Add",
                "modules": ["one", "two"],
                "one": {"type": "Conv2d", "out_channels": 6, "kernel_size": 1},
                "two": {"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1},
            },
            (3, 8, 8),
        ),
    )


class TestSpace(SpaceSuite):
    source = (
        {
            "type": "FineGrainedSpace",
            "modules": ["conv", "act"],
            "conv": {"type": "Conv2d", "out_channels": {"int": [2, 8]}, "kernel_size": {"choice": [1, 3]}},
            "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.1, 0.3]}}]},
        },
    )
    input_shape = (3, 8, 8)


class TestRule(EarlyStoppingSuite):
    def make(self, objectives, **options):
        return programs.Halves(objectives, **options)


class Late(programs.Halves):
    """Returns checks that depend on trials learned later, and cannot be pickled."""

    def check(self, trial):
        return lambda curve: programs.Halves.check(self, trial)(curve)


def test_a_rule_whose_checks_cannot_be_sent_or_change_is_found() -> None:
    class Suite(EarlyStoppingSuite):
        def make(self, objectives, **options):
            return Late(objectives, **options)

    with pytest.raises((AttributeError, pickle.PicklingError)):
        Suite().test_its_checks_are_light_and_can_be_pickled()
    with pytest.raises(AssertionError):
        Suite().test_a_check_knows_the_trials_before_it_was_made()


def test_a_parameter_that_learns_nothing_is_found() -> None:
    with pytest.raises(AssertionError, match="gate"):
        ModuleSuite().test_every_parameter_learns({"type": "Idle"}, (3, 8, 8))


def test_a_plugin_that_is_not_installed_is_found() -> None:
    class Absent(PluginSuite):
        name = "nonesuch"

    from fgspace.plugins.registry import load_registry

    with pytest.raises(AssertionError, match=r"'nonesuch' is not among .*: is it installed\?"):
        Absent().test_it_is_in_order(load_registry())


def test_the_suite_of_plugins_is_passed_by_core_itself() -> None:
    from fgspace.plugins.registry import load_registry

    class Core(PluginSuite):
        name = "fgspace"

    registry = load_registry()
    Core().test_it_is_in_order(registry)
    Core().test_it_provides_something(registry)
