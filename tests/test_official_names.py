"""The table of official names gives the package of every type of this project's plugins, and is up to date."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fgspace.plugins.official_names import KNOWN_NAMES, KNOWN_PLUGINS

ROOT = Path(__file__).parents[1]
TOOL = ROOT / "tools" / "official_names.py"
TABLE = ROOT / "core" / "src" / "fgspace" / "plugins" / "official_names.py"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Make a workspace with the plugin acme, which is not installed, and return its folder."""
    (tmp_path / "tools").mkdir()
    shutil.copy(TOOL, tmp_path / "tools")
    (tmp_path / "plugins" / "acme").mkdir(parents=True)
    (tmp_path / "plugins" / "acme" / "pyproject.toml").touch()
    return tmp_path


def install(workspace: Path, plugin: str) -> None:
    metadata = workspace / "fgspace_plugin_acme-0.3.1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: fgspace-plugin-acme\nVersion: 0.3.1\n")
    (metadata / "entry_points.txt").write_text("[fgspace]\nacme = acme_plugin\n")
    (workspace / "acme_plugin.py").write_text(plugin)


def run_in(workspace: Path) -> tuple[int, str, str]:
    command = [sys.executable, workspace / "tools" / "official_names.py", workspace / "table.py"]
    environment = {**os.environ, "PYTHONPATH": str(workspace)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


PROVIDES_QUANT = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_modules():
    return [Provided("Quant", "acme:Quant", ""), Provided("Zoom", "acme:Zoom", "", aliases=("Enlarge",))]
"""


def test_the_table_is_what_the_plugins_of_the_workspace_provide() -> None:
    assert run("--check") == (0, "", "")


def test_every_plugin_of_the_workspace_is_known_by_its_distribution() -> None:
    folders = [path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")]
    assert {name: f"fgspace-plugin-{name}" for name in folders} == KNOWN_PLUGINS


def test_the_aliases_of_a_type_are_known_too() -> None:
    assert (KNOWN_NAMES["SANAS"], KNOWN_NAMES["SimulatedAnnealing"]) == ("annealing", "annealing")


def test_a_table_that_lacks_a_name_is_stale(tmp_path: Path) -> None:
    stale = tmp_path / "official_names.py"
    stale.write_text(TABLE.read_text("utf-8").replace("SimulatedAnnealing", ""), encoding="utf-8")
    why = "core/src/fgspace/plugins/official_names.py is stale; run .venv/bin/python tools/official_names.py\n"
    assert run("--check", stale) == (1, "", why)
    assert run("--check", tmp_path / "absent.py") == (1, "", why)


def test_a_stale_table_is_written_anew(tmp_path: Path) -> None:
    stale = tmp_path / "official_names.py"
    stale.write_text("", encoding="utf-8")
    assert run(stale) == (0, "", "")
    assert stale.read_text("utf-8") == TABLE.read_text("utf-8")


def test_what_the_environment_leaves_out_is_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FGSPACE_PLUGINS", "resnet")
    monkeypatch.setenv("FGSPACE_DISABLE_PLUGINS", "ea")
    assert run("--check") == (0, "", "")


def test_many_names_are_written_in_lines_that_fit_and_none_is_split(tmp_path: Path) -> None:
    names = [f"some-{'long' * number}-name" for number in range(20)]
    written = tmp_path / "table.py"
    written.write_text(runpy.run_path(str(TOOL))["module"]({"acme": names, "one": ["One"]}), encoding="utf-8")
    table = runpy.run_path(str(written))
    assert table["KNOWN_NAMES"] == {**dict.fromkeys(names, "acme"), "One": "one"}
    assert max(map(len, written.read_text("utf-8").splitlines())) <= 120


def test_a_plugin_of_the_workspace_is_in_the_table_by_its_names_and_aliases(acme: Path) -> None:
    install(acme, PROVIDES_QUANT)
    assert run_in(acme) == (0, "", "")
    assert runpy.run_path(str(acme / "table.py"))["KNOWN_NAMES"] == dict.fromkeys(("Enlarge", "Quant", "Zoom"), "acme")


def test_a_plugin_that_is_not_installed_is_named(acme: Path) -> None:
    assert run_in(acme) == (1, "", "fgspace-plugin-acme is not installed; run make install\n")


def test_a_plugin_that_does_not_work_is_named(acme: Path) -> None:
    install(acme, "import nonsuch")
    assert run_in(acme) == (1, "", "plugin 'acme' (fgspace-plugin-acme 0.3.1): No module named 'nonsuch'\n")


def test_a_name_that_two_plugins_provide_is_refused(acme: Path) -> None:
    install(acme, PROVIDES_QUANT)
    (acme / "plugins" / "quant").mkdir()
    (acme / "plugins" / "quant" / "pyproject.toml").touch()
    why = "several plugins provide Quant; the table says of a name which one to install\n"
    assert run_in(acme) == (1, "", why)
