"""Plugins that are broken in every likely way, really built and installed: what is said, and that all else works."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flit_core.wheel import make_wheel_in

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from packing.distributions import workspace
from packing.environments import Environment, own_base, site_packages

ROOT = Path(__file__).parents[1]
PROJECT = """
[build-system]
requires = ["flit_core>=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "{dist}"
version = "1.0"
description = "Blocks"
requires-python = ">=3.11"
dependencies = ["fgspace>=0.1.0"]
{entry}
[tool.flit.module]
name = "{package}"
"""
SOUND = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_modules():
    return [Provided("{block}", "{package}.blocks:Block", "a block")]
"""
BLOCKS = '''
from torch import nn

class Block(nn.Conv2d):
    """Maps (N, in_channels, H, W) to (N, out_channels, H, W)."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(in_channels, out_channels, 1)
'''
FILE = """\
search_space:
  modules: [conv]
  input_shape: [3, 8, 8]
  conv: {type: %s, out_channels: {choice: [4, 8]}}
"""
ACME = "plugin 'acme' (fgspace-plugin-acme 1.0)"
MAY = "conv.type: unknown module type 'Block'; did you mean 'GoodBlock'?; it may be in a plugin that does not work"
IN_ORDER = "block.yaml: in order; 2 of 2 points checked, 2 of them built and run"


@dataclass(frozen=True)
class Drill:
    """An environment with core and one good plugin, both from wheels, into which broken ones are put."""

    environment: Environment
    folder: Path

    def package(
        self, name: str, plugin: str = SOUND, *, dist: str = "", block: str = "Block", entry: bool = True
    ) -> Path:
        """Build the wheel of a plugin, and return it."""
        dist = dist or f"fgspace-plugin-{name}"
        package = f"fgspace_{dist.removeprefix('fgspace-plugin-')}"
        source = self.folder / "sources" / dist
        (source / "src" / package).mkdir(parents=True, exist_ok=True)
        entries = f'[project.entry-points.fgspace]\n{name} = "{package}.plugin"' if entry else ""
        (source / "pyproject.toml").write_text(PROJECT.format(dist=dist, package=package, entry=entries))
        modules = {"__init__": '"""Blocks."""\n', "blocks": BLOCKS, "plugin": plugin}
        for module, text in modules.items():
            text = text.replace("{package}", package).replace("{block}", block)
            (source / "src" / package / f"{module}.py").write_text(text)
        (self.folder / "wheels").mkdir(exist_ok=True)
        return make_wheel_in(source / "pyproject.toml", self.folder / "wheels").file

    def install(self, *wheels: Path) -> None:
        self.environment.pip("install", "--quiet", "--no-deps", "--no-index", *wheels)

    def said(self, *arguments: str) -> tuple[int, list[str]]:
        """Run the command; return its status and the lines that it prints, paths of the environment left out."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("FGSPACE_", "PYTHON"))}
        command = [self.environment.folder / "bin" / "fgspace", *arguments]
        run = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        site = f"{site_packages(self.environment.python)}/"
        return run.returncode, [line.replace(site, "") for line in (run.stdout + run.stderr).splitlines()]

    def causes(self, *arguments: str) -> list[str]:
        """Return what `fgspace plugins` says: name and state of each that is not in order, and the cause below it."""
        _, (_, *lines) = self.said("plugins", *arguments)
        found = []
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if after.startswith("    "):
                found.append(" ".join(line.split()[:2]) + ": " + after.strip())
        return found


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Drill:
    folder = tmp_path_factory.mktemp("drill")
    everything = workspace(ROOT)
    environment = Environment(own_base(everything.keys()), folder / "environment")
    environment.make()
    environment.show(environment.base.closure(everything["fgspace"].project["dependencies"]))
    made = Drill(environment, folder)
    made.install(make_wheel_in(ROOT / "core" / "pyproject.toml", folder).file)
    made.install(made.package("good", block="GoodBlock"))
    for name in ("GoodBlock", "Block"):
        (folder / f"{name.lower()}.yaml").write_text(FILE % name)
    return made


@pytest.fixture
def clean(drill: Drill) -> Iterator[Drill]:
    """The environment, in which nothing is left of a test."""
    site = site_packages(drill.environment.python)
    before = {*site.iterdir()}
    yield drill
    for path in {*site.iterdir()} - before:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def everything_else_works(drill: Drill) -> None:
    status, lines = drill.said("check", "goodblock.yaml")
    assert (status, lines[0]) == (0, "goodblock.yaml: in order; 2 of 2 points checked, 2 of them built and run")


def with_torch() -> str:
    return "imports torch, which every command waits for; leave that to the modules that its targets name"


BROKEN = {
    "an import error": ("import nonsuch\n" + SOUND, "broken", "No module named 'nonsuch'"),
    "a syntax error": (
        SOUND.replace("return [", "return [("),
        "broken",
        "SyntaxError: closing parenthesis ']' does not match opening parenthesis '(' (plugin.py, line 6)",
    ),
    "a hook that raises": (
        SOUND.replace("    return", "    raise ValueError('no widths')\n    return"),
        "broken",
        "fgspace_provide_modules failed: ValueError: no widths",
    ),
    "a misspelt hook": (
        SOUND.replace("provide_modules", "provide_module"),
        "broken",
        "there is no hook 'fgspace_provide_module'; did you mean 'fgspace_provide_modules'?",
    ),
    "a number of the interface that is too new": (
        SOUND + "\nfgspace_api = 99\n",
        "incompatible",
        "it is written for plugin interface 99, and this fgspace serves 1; upgrade fgspace",
    ),
    "a hook that takes an argument": (
        SOUND.replace("modules()", "modules(registry)"),
        "broken",
        "fgspace_provide_modules takes 'registry'; a hook takes no arguments",
    ),
    "a hook that returns no records": (
        SOUND.replace("return [", 'return "x" or ['),
        "broken",
        "fgspace_provide_modules failed: TypeError: it returned 'x', not a list of Provided records",
    ),
}


def tried(drill: Drill, case: str) -> None:
    plugin, state, cause = BROKEN[case]
    drill.install(drill.package("acme", plugin))
    assert drill.causes() == [f"acme {state}: {cause}"]
    assert drill.said("plugins", "--strict")[0] == 2
    assert drill.said("check", "block.yaml") == (
        2,
        [f"block.yaml:4:16: {MAY}: {ACME}: {cause}; fgspace plugins says what to do"],
    )
    everything_else_works(drill)


def test_a_plugin_that_cannot_be_imported_says_why_and_all_else_works(clean: Drill) -> None:
    tried(clean, "an import error")


@pytest.mark.soak
@pytest.mark.parametrize("case", [case for case in BROKEN if case != "an import error"])
def test_a_broken_plugin_says_why_and_all_else_works(clean: Drill, case: str) -> None:
    tried(clean, case)


WORKS = {
    "a misspelt fgspace_api": (
        SOUND + "\nfgspace_apy = 1\n",
        "acme broken: there is no 'fgspace_apy'; did you mean 'fgspace_api'?",
    ),
    "an import of torch": ("import torch\n" + SOUND, f"acme ok: fgspace_acme.plugin {with_torch()}"),
}


@pytest.mark.soak
@pytest.mark.parametrize("case", WORKS)
def test_a_plugin_whose_types_work_is_named_by_the_list_of_plugins(clean: Drill, case: str) -> None:
    plugin, cause = WORKS[case]
    clean.install(clean.package("acme", plugin))
    assert clean.causes() == [cause]
    assert clean.said("plugins", "--strict")[0] == 2
    assert clean.said("check", "block.yaml")[1][0] == IN_ORDER


@pytest.mark.soak
def test_a_target_that_is_not_there_is_told_with_what_was_meant(clean: Drill) -> None:
    clean.install(clean.package("acme", SOUND.replace("blocks:Block", "blocks:Blok")))
    cause = "module type 'Block': 'fgspace_acme.blocks' has no 'Blok'; did you mean 'Block'?"
    assert clean.causes() == [f"acme broken: {cause}"]
    assert clean.said("plugins", "--strict")[0] == 2
    told = "module type 'acme/Block' (fgspace-plugin-acme 1.0): module 'fgspace_acme.blocks' has no attribute 'Blok'"
    assert clean.said("check", "block.yaml") == (2, [f"block.yaml:4:16: conv.type: {told}"])
    everything_else_works(clean)


@pytest.mark.soak
def test_entry_points_that_are_not_utf8_are_named_and_all_else_works(clean: Drill) -> None:
    clean.install(clean.package("acme"))
    (info,) = site_packages(clean.environment.python).glob("fgspace_plugin_acme-*.dist-info")
    (info / "entry_points.txt").write_bytes(b"[fgspace]\nacme = fgspace_acme.plugin \xff\n")
    cause = f"{info.name}/entry_points.txt is not UTF-8, from byte 37 on; install it again"
    assert clean.causes() == [f"acme broken: {cause}"]
    assert clean.said("plugins", "--strict")[0] == 2
    everything_else_works(clean)


@pytest.mark.soak
def test_of_leftovers_and_an_older_version_the_one_is_taken_that_python_imports(clean: Drill) -> None:
    clean.install(clean.package("acme"))
    site = site_packages(clean.environment.python)
    (info,) = site.glob("fgspace_plugin_acme-*.dist-info")
    shutil.copytree(info, site / "~gspace_plugin_acme-0.8.dist-info")
    older = shutil.copytree(info, site / "fgspace_plugin_acme-0.9.dist-info")
    (older / "METADATA").write_text((info / "METADATA").read_text().replace("Version: 1.0", "Version: 0.9"))
    (older / "entry_points.txt").write_text("[fgspace]\nacme = fgspace_acme.old\n")
    (older / "RECORD").write_text("fgspace_acme/old.py,,\n")
    assert clean.causes() == []
    assert clean.said("plugins", "--strict")[0] == 0
    assert clean.said("check", "block.yaml")[1][0] == IN_ORDER


@pytest.mark.soak
def test_a_distribution_without_an_entry_point_is_told_what_to_write(clean: Drill) -> None:
    clean.install(clean.package("acme", entry=False))
    what = 'its pyproject.toml needs [project.entry-points.fgspace] with acme = "fgspace_acme.plugin"'
    assert clean.causes() == [f"acme broken: it has no entry point in group 'fgspace'; {what}"]
    assert clean.said("plugins", "--strict")[0] == 2
    everything_else_works(clean)


@pytest.mark.soak
def test_an_evaluator_without_seed_and_folder_is_searched_with(clean: Drill) -> None:
    evaluator = (
        SOUND.replace("fgspace_provide_modules", "fgspace_provide_evaluators").replace("blocks:Block", "plugin:Length")
        + '\nclass Length:\n    """Counts parts."""\n    metrics = ("parts",)\n\n'
        + '    def __call__(self, description):\n        return {"parts": len(description)}\n'
    )
    clean.install(clean.package("acme", evaluator, block="Length"))
    more = "evaluator: {type: Length}\nobjectives: {parts: min}\nbudget: {trials: 2}\n"
    (clean.folder / "search.yaml").write_text(FILE % "GoodBlock" + more)
    status, lines = clean.said("search", "search.yaml", "--out", "found")
    assert (status, [line for line in lines if "error" in line.lower()]) == (0, [])


@pytest.mark.soak
def test_two_plugins_with_one_type_name_are_both_named_where_it_is_used(clean: Drill) -> None:
    clean.install(clean.package("acme"), clean.package("other"))
    status, (line,) = clean.said("check", "block.yaml")
    assert (status, line) == (2, TWO_TYPES)
    (clean.folder / "full.yaml").write_text(FILE % "other/Block")
    assert clean.said("check", "full.yaml")[0] == 0
    assert clean.said("check", "block.yaml", "--no-plugin", "acme")[0] == 0
    everything_else_works(clean)


@pytest.mark.soak
def test_two_distributions_with_one_plugin_name_are_both_in_conflict(clean: Drill) -> None:
    clean.install(clean.package("acme"), clean.package("acme", dist="fgspace-plugin-zzz"))
    both = "fgspace-plugin-acme 1.0 and fgspace-plugin-zzz 1.0 have a plugin of this name each"
    way_out = "uninstall one, or leave one out with --no-plugin and the distribution's name"
    assert clean.causes() == [f"acme conflict: {both}; {way_out}"] * 2
    assert clean.said("plugins", "--strict")[0] == 2
    assert clean.said("check", "block.yaml", "--no-plugin", "fgspace-plugin-zzz")[0] == 0
    everything_else_works(clean)


@pytest.mark.soak
def test_of_ten_broken_plugins_the_likely_one_is_named_and_the_rest_counted(clean: Drill) -> None:
    broken = "import nonsuch\n" + SOUND
    others = [clean.package(f"a{number}", broken, block="Other") for number in range(9)]
    clean.install(*others, clean.package("acme", broken))
    names = [*(f"a{number}" for number in range(9)), "acme"]
    assert clean.causes() == [f"{name} broken: No module named 'nonsuch'" for name in names]
    assert clean.said("plugins", "--strict")[0] == 2
    status, (line,) = clean.said("check", "block.yaml")
    assert (status, line) == (2, TEN)
    (clean.folder / "full.yaml").write_text(FILE % "a7/Other")
    assert clean.said("check", "full.yaml") == (2, [TEN_FULL])
    status, lines = clean.said("list", "evaluator")
    assert (status, lines[-1]) == (0, TEN_LIST)
    everything_else_works(clean)


TWO_TYPES = (
    "block.yaml:4:16: conv.type: module type 'Block' is provided by plugin 'acme' (fgspace-plugin-acme 1.0) and plugin "
    "'other' (fgspace-plugin-other 1.0); write 'acme/Block' or 'other/Block', or leave a plugin out with --no-plugin"
)
TEN = (
    "block.yaml:4:16: conv.type: unknown module type 'Block'; did you mean 'GoodBlock'?; it may be in one of 10 "
    f"plugins that do not work, likely in this: {ACME}: No module named 'nonsuch'; fgspace plugins lists the other 9"
)
TEN_FULL = (
    "full.yaml:4:16: conv.type: unknown module type 'a7/Other'; plugin 'a7' (fgspace-plugin-a7 1.0): No module named "
    "'nonsuch'"
)
TEN_LIST = "2 more plugins are not in order; fgspace plugins lists them"
