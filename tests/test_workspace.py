"""The packages of the workspace keep to one frame: names, versions, entry points and what every file must hold."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import fgspace
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from packing.distributions import Distribution, workspace
from packing.imports import owners, undeclared

ROOT = Path(__file__).parents[1]
DISTRIBUTIONS = workspace(ROOT)
BROUGHT_BY = owners(DISTRIBUTIONS.values())
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
BUILDS_ON = {"supernet": ["fgspace-plugin-vision"]}
"""Plugin → those whose public module it imports."""
PACKAGES = ["core", *(f"plugins/{name}" for name in PLUGINS)]
SOURCES = sorted(
    path
    for room in ("core", "plugins", "tests", "tools", "benchmarks", "examples")
    for path in (ROOT / room).rglob("*.py")
)
SHIPPED = [path for path in SOURCES if "src" in path.relative_to(ROOT).parts]


def read_toml(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def project(package: str) -> dict[str, Any]:
    return read_toml(f"{package}/pyproject.toml")["project"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_package_is_installed_for_development() -> None:
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(line for line in lines if line.startswith("-e")) == sorted(f"-e ./{package}" for package in PACKAGES)


def test_the_import_contracts_name_every_package() -> None:
    linter = read_toml("pyproject.toml")["tool"]["importlinter"]
    contracts = {contract["id"]: contract for contract in linter["contracts"]}
    packages = [f"fgspace_{name}" for name in PLUGINS]
    assert linter["root_packages"] == ["fgspace", *packages]
    assert contracts["core-alone"]["forbidden_modules"] == packages
    assert contracts["plugins-apart"]["modules"] == packages
    assert contracts["public-face"]["source_modules"] == packages
    assert contracts["light-plugins"]["source_modules"] == [f"{package}.plugin" for package in packages]


def test_mypy_finds_and_checks_every_package() -> None:
    sources = [*(f"{package}/src" for package in PACKAGES), "tools"]
    mypy = read_toml("pyproject.toml")["tool"]["mypy"]
    assert (mypy["mypy_path"], mypy["files"]) == (sources, sources)


@pytest.mark.parametrize("name", PLUGINS)
def test_directory_distribution_package_and_entry_point_of_a_plugin_are_named_alike(name: str) -> None:
    described = project(f"plugins/{name}")
    assert described["name"] == f"fgspace-plugin-{name}"
    assert described["entry-points"] == {"fgspace": {name: f"fgspace_{name}.plugin"}}
    assert [path.name for path in (ROOT / "plugins" / name / "src").glob("*/__init__.py")] == ["__init__.py"]
    assert (ROOT / "plugins" / name / "src" / f"fgspace_{name}" / "plugin.py").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_installed_is_what_the_package_says(package: str) -> None:
    described = project(package)
    installed = metadata.distribution(described["name"])
    points = {point.name: point.value for point in installed.entry_points if point.group == "fgspace"}
    said = described.get("entry-points", {}).get("fgspace", {})
    assert (points, installed.version) == (said, described["version"]), "run `make install` again"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_the_same_licence_authors_pythons_and_a_readme(package: str) -> None:
    described = project(package)
    assert (described["license"], described["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert (described["authors"], described["requires-python"]) == ([{"name": "fgspace contributors"}], ">=3.11")
    assert described["classifiers"] == project("core")["classifiers"]
    assert (ROOT / package / described["readme"]).read_text(encoding="utf-8").startswith(f"# {described['name']}\n")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_the_text_of_the_licence_beside_it(package: str) -> None:
    assert (ROOT / package / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_keywords_in_order(package: str) -> None:
    keywords = project(package)["keywords"]
    assert keywords
    assert keywords == sorted(set(keywords))


def test_the_classifiers_name_three_pythons() -> None:
    assert [*DISTRIBUTIONS["fgspace"].pythons()] == ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize("one", DISTRIBUTIONS.values(), ids=lambda one: one.name)
def test_every_package_tells_type_checkers_that_it_has_annotations(one: Distribution) -> None:
    assert (one.source / "py.typed").read_bytes() == b""


@pytest.mark.parametrize("one", DISTRIBUTIONS.values(), ids=lambda one: one.name)
def test_every_distribution_that_a_package_imports_is_declared(one: Distribution) -> None:
    assert [*undeclared(one, BROUGHT_BY)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_links_of_a_readme_lead_somewhere_from_the_page_of_an_index_too(package: str) -> None:
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\(([^)]*)\)", text) if not link.startswith(("https://", "#"))] == []


def test_the_readme_of_core_shows_a_file_that_is_a_search() -> None:
    text = (ROOT / "core" / "README.md").read_text(encoding="utf-8").split("```yaml\n")[1].partition("```")[0]
    space = fgspace.space(yaml.safe_load(text))
    assert space.contains(space.initial)


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_asks_for_core_without_an_upper_bound_and_for_no_plugin_but_those_it_builds_on(name: str) -> None:
    siblings = [need for need in project(f"plugins/{name}")["dependencies"] if need.startswith("fgspace")]
    assert [need.partition(">=")[0] for need in siblings] == ["fgspace", *BUILDS_ON.get(name, ())]
    assert all(re.fullmatch(r"[a-z-]+>=\d+\.\d+\.\d+", need) for need in siblings)


@pytest.mark.parametrize("name", PLUGINS)
def test_the_package_of_a_plugin_holds_nothing_but_its_docstring(name: str) -> None:
    module = ast.parse((ROOT / "plugins" / name / "src" / f"fgspace_{name}" / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(module)
    assert len(module.body) == 1


def test_torch_is_pinned_without_a_local_version() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_opens_by_saying_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_torchvision_is_imported_nowhere(path: Path) -> None:
    assert "torchvision" not in imported(path)


@pytest.mark.parametrize("path", [path for path in SHIPPED if "testing" not in path.parts], ids=name_of)
def test_shipped_code_other_than_the_conformance_suites_raises_errors_and_does_not_assert(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_shipped_module_is_named_for_what_it_does(path: Path) -> None:
    assert path.stem not in {"utils", "common", "base", "helpers", "types", "misc"}


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found
