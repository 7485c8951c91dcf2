"""The plugins of the workspace, as the registry finds them: all load, and every type that they name exists."""

from inspect import getdoc
from pathlib import Path

import fgspace
import pytest
import yaml
from fgspace.plugins.official_names import KNOWN_NAMES
from fgspace.plugins.registry import Registry, Type, load_registry

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
BLOCKS = ("cells", "convnext", "inception", "mobilenet", "resnet", "transformer")
REGISTRY: Registry = load_registry()
TYPES = [found for found in REGISTRY.types if found.plugin in PLUGINS]


def test_every_plugin_of_the_workspace_is_in_order() -> None:
    found = {record.name: (record.state, record.cause) for record in REGISTRY.plugins if record.name in PLUGINS}
    assert found == dict.fromkeys(PLUGINS, ("ok", ""))


@pytest.mark.parametrize("name", PLUGINS)
def test_every_plugin_provides_something(name: str) -> None:
    assert any(found.plugin == name for found in TYPES)


@pytest.mark.parametrize("found", TYPES, ids=lambda found: f"{found.kind} {found.name}")
def test_a_type_that_a_plugin_names_can_be_imported(found: Type) -> None:
    assert callable(found.load())


@pytest.mark.parametrize("found", TYPES, ids=lambda found: f"{found.kind} {found.name}")
def test_core_knows_of_a_missing_plugin_that_it_has_this_type(found: Type) -> None:
    assert {KNOWN_NAMES.get(name) for name in (found.short_name, *found.aliases)} == {found.plugin}


def readme(plugin: str) -> str:
    return (ROOT / "plugins" / plugin / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("found", TYPES, ids=lambda found: f"{found.kind} {found.name}")
def test_the_readme_of_a_plugin_names_every_type(found: Type) -> None:
    assert found.short_name in readme(found.plugin)


@pytest.mark.parametrize(
    "found", [one for one in TYPES if one.plugin in BLOCKS and one.kind != "cost_rule"], ids=lambda found: found.name
)
def test_a_block_tells_the_shapes_that_it_maps(found: Type) -> None:
    assert "(N, " in (getdoc(found.load()) or "")


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_space_of_a_readme_costs_something(plugin: str) -> None:
    blocks = [block.partition("```")[0] for block in readme(plugin).split("```yaml\n")[1:]]
    for block in map(yaml.safe_load, blocks):
        if not {"type", "modules", "search_space"}.isdisjoint(block):
            assert fgspace.space(block).cost()["macs"] > 0
