"""The catalogue has every plugin of the repository, as its package describes it and with the kinds of its types."""

import tomllib
from pathlib import Path

import pytest
from fgspace.cli.publishing.catalogue import catalogue
from fgspace.plugins.kinds import PROCESS
from fgspace.plugins.registry import load_registry

FILES = {path.parent.name: path for path in (Path(__file__).parents[1] / "plugins").glob("*/pyproject.toml")}
LISTED = {one.name: one for one in catalogue()}


@pytest.mark.parametrize("name", FILES)
def test_a_plugin_of_the_repository_is_in_the_catalogue_as_it_is(name: str) -> None:
    about = tomllib.loads(FILES[name].read_text("utf-8"))["project"]
    assert name in LISTED, "add it to core/src/fgspace/cli/publishing/files/catalogue.toml"
    assert (LISTED[name].summary, LISTED[name].licence) == (about["description"], about["license"])


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(name)) for name in FILES])
def test_the_catalogue_names_the_kinds_of_its_types(name: str) -> None:
    found = [one for one in load_registry().types if one.plugin == name]
    kinds = {PROCESS if PROCESS in one.tags else one.kind for one in found} - {"cost_rule"}
    assert {*LISTED[name].provides} == kinds


def test_the_rules_for_being_in_it_stand_at_its_head() -> None:
    text = Path(catalogue.__code__.co_filename).with_name("files").joinpath("catalogue.toml").read_text("utf-8")
    head = text.partition("[[plugin]]")[0]
    assert "fgspace check NAME" in head
    assert "fgspace plugins --strict" in head
