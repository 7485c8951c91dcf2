"""The plugin is light, and every type it names is there."""

import subprocess
import sys
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import fgspace
import pytest
import yaml
from fgspace.registry import load_registry
from fgspace_resnet.plugin import fgspace_provide_modules, fgspace_provide_search_spaces

LIGHT = """
import sys
import fgspace_resnet.plugin as plugin
plugin.fgspace_provide_modules()
plugin.fgspace_provide_search_spaces()
heavy = {"torch", "numpy", "pydantic", "yaml"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""
TORCH_FREE = """
import sys
from importlib import import_module
from fgspace_resnet.plugin import fgspace_provide_modules, fgspace_provide_search_spaces
for provided in [*fgspace_provide_modules(), *fgspace_provide_search_spaces()]:
    import_module(provided.target.partition(":")[0])
sys.exit("imported torch" if "torch" in sys.modules else 0)
"""

PROVIDED = [*fgspace_provide_modules(), *fgspace_provide_search_spaces()]
README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", [LIGHT, TORCH_FREE], ids=["what is provided", "the types"])
def test_torch_is_not_imported_to_know(program):
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("provided", PROVIDED, ids=lambda provided: provided.name)
def test_every_type_is_where_the_plugin_says_and_tells_its_shapes(provided):
    module, _, attribute = provided.target.partition(":")
    assert "(N, " in getdoc(getattr(import_module(module), attribute))


def test_every_type_is_found_by_its_short_name():
    registry = load_registry()
    for provided in PROVIDED:
        assert registry.part(provided.name).name == f"resnet/{provided.name}"


def test_the_space_of_the_readme_is_one():
    space = fgspace.space(yaml.safe_load(README.partition("```yaml\n")[2].partition("```")[0]))
    assert space.size == 2**8 * 70
    assert space.cost()["params"] == 7_579_114


@pytest.mark.parametrize("name", sorted(provided.name for provided in PROVIDED))
def test_the_readme_names_every_type(name):
    assert f"`{name}`" in README
