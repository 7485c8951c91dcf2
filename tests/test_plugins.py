"""The plugins of the workspace as the registry finds them: all in order, all that they name is there."""

from pathlib import Path

import pytest
from fgspace.known import KNOWN_NAMES
from fgspace.registry import Registry, Type, load_registry

PLUGINS = sorted(path.parent.name for path in (Path(__file__).parents[1] / "plugins").glob("*/pyproject.toml"))
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
