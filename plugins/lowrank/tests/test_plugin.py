"""The plugin as a whole: the conformance suites, what it imports, and the examples of its README."""

import re
import subprocess
import sys
from pathlib import Path

import fgspace
import pytest
import yaml
from fgspace.plugins.registry import load_registry
from fgspace.testing import ModuleSuite
from fgspace_lowrank.process import LowRank
from torch import nn

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def described(ranks, *parts):
    names = [f"part{index}" for index in range(len(parts))]
    net = {"type": "FineGrainedSpace", "modules": [*names, "lowrank"], **dict(zip(names, parts, strict=True))}
    return {**net, "lowrank": {"type": "LowRank", "ranks": ranks}}


class TestLowRank(ModuleSuite):
    examples = (
        (described(0.5, {"type": "Conv2d", "out_channels": 16, "kernel_size": 1, "stride": 2}), (8, 6, 6)),
        (
            described(2, {"type": "Conv2d", "out_channels": 16, "kernel_size": 1, "groups": 2}, {"type": "ReLU"}),
            (8, 6, 6),
        ),
        (described("full", {"type": "Flatten"}, {"type": "Linear", "out_features": 8}), (3, 4, 4)),
        (described({"part1": 3}, {"type": "Flatten"}, {"type": "Linear", "out_features": 8}), (3, 4, 4)),
        (described([1, 2], {"type": "Linear", "out_features": 8}, {"type": "Linear", "out_features": 8}), (5, 8)),
    )


def test_lowrank_is_a_process_of_the_registry():
    found = load_registry().get("module", "LowRank")
    assert (found.name, found.tags, found.load()) == ("lowrank/LowRank", ("process",), LowRank)


def test_the_process_is_shown_without_torch():
    program = """
import sys
from fgspace.cli import main
assert main(["show", "LowRank"]) == 0
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def test_the_modules_are_short_enough_to_be_read_as_an_example():
    modules = [*(ROOT / "src" / "fgspace_lowrank").glob("*.py")]
    assert max(len(path.read_text("utf-8").splitlines()) for path in modules) < 120


@pytest.mark.needs("resnet")
def test_the_space_of_the_readme_is_one():
    space = fgspace.space(yaml.safe_load(README.partition("```yaml\n")[2].partition("```")[0]))
    assert {path.rpartition(".")[2] for path in space.hyper_parameters} >= {"linear", "conv1", "conv3"}
    assert space.build(space.initial)


def test_the_programs_of_the_readme_run():
    given = {"net": nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))}
    for program in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(program, "README.md", "exec"), given)
    assert [layer[0].out_features for layer in given["small"][0:3:2]] == [16, 16]
    assert list(given["ranks"]) == ["0", "2"]
    assert all(20 < rank < 32 for rank in given["ranks"].values())


def test_every_module_of_the_plugin_is_in_the_readme():
    modules = {path.name for path in (ROOT / "src" / "fgspace_lowrank").glob("*.py")} - {"__init__.py"}
    assert {name for name in modules if f"`{name}`" in README} == modules
