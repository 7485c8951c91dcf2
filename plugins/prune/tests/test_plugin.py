"""The plugin is light, what it names is there, and its README's examples run."""

import re
from pathlib import Path

import fgspace
import pytest
import yaml
from fgspace.plugins.registry import load_registry
from fgspace_prune.process import Prune

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_prune_is_a_process_of_the_registry():
    found = load_registry().get("module", "Prune")
    assert (found.name, found.tags, found.load()) == ("prune/Prune", ("process",), Prune)


@pytest.mark.needs("resnet")
def test_the_readmes_description_builds_a_network_with_fewer_channels():
    channels, depth = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    net = fgspace.build(yaml.safe_load(channels)["search_space"], input_shape=(3, 32, 32))
    assert net.net.head.linear.in_features == 32
    assert fgspace.space(yaml.safe_load(depth)["search_space"], input_shape=(3, 32, 32)).size == 2**7


@pytest.mark.needs("resnet")
def test_the_readmes_program_runs(capsys):
    (text,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(text, "README.md", "exec"), {})
    assert capsys.readouterr().out == "12 448\n{'params': 68786, 'macs': 10314048}\n"
