"""Imports, the list of types and plugins load no heavy package, and the loop of a study does not load torch."""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
CORE = ROOT / "core" / "src"
HEAVY = ("torch", "numpy", "scipy", "sklearn", "lightning_fabric", "torchvision", "ray", "sympy")


def knows_torch() -> set[str]:
    """Return the patterns of the modules of core that the import contracts let import torch."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (light,) = (contract for contract in contracts if contract["id"] == "light-core")
    return {line.split(" -> ")[0] for line in light["ignore_imports"]}


def core_modules() -> list[str]:
    """Return every module of core except those that may import torch, and the one that runs when imported."""
    paths = (path.relative_to(CORE).with_suffix("") for path in CORE.rglob("*.py"))
    names = {".".join(path.parts).removesuffix(".__init__") for path in paths}
    light = {name for name in names if not any(fnmatch(name, pattern) for pattern in knows_torch())}
    return sorted(light - {"fgspace.__main__"})


def loaded_by(program: str) -> set[str]:
    """Return the heavy packages that a fresh interpreter has loaded at the end of a program."""
    report = f"import sys; print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split()[1:])


def test_importing_fgspace_loads_nothing_heavy() -> None:
    assert loaded_by("import fgspace") == set()


def test_no_module_of_core_loads_anything_heavy_when_imported_except_those_that_say_so() -> None:
    assert loaded_by("\n".join(f"import {name}" for name in core_modules())) == set()


@pytest.mark.parametrize("name", PLUGINS)
def test_learning_what_a_plugin_provides_loads_nothing_heavy(name: str) -> None:
    assert loaded_by(f"import fgspace_{name}.plugin") == set()


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["plugins"], ["show", "ResNet"]], ids=" ".join)
def test_a_command_that_only_looks_loads_nothing_heavy(command: list[str]) -> None:
    assert loaded_by(f"from fgspace.cli import main\ntry:\n    main({command!r})\nexcept SystemExit: pass") == set()


REFERENCE = sorted((ROOT / "tests" / "reference").glob("*.yaml"))


@pytest.mark.parametrize("path", REFERENCE, ids=lambda path: path.stem)
def test_a_file_whose_domains_follow_from_nothing_is_shown_without_torch(path: Path) -> None:
    arguments = ["show", str(path)]
    assert loaded_by(f"from fgspace.cli import main\nassert main({arguments!r}) == 0") == set()


PRUNED = """
search_space:
  modules: [net, prune]
  net: {type: ResNet, depth: 20, small_input: true}
  prune: {type: Prune, chn_mask: [[1, 0, 1, 1], [0, 1, 1, 1]], init_model_file: ./best.pth}
"""


def test_a_process_is_shown_without_torch(tmp_path: Path) -> None:
    (tmp_path / "pruned.yaml").write_text(PRUNED)
    arguments = ["show", str(tmp_path / "pruned.yaml")]
    assert loaded_by(f"from fgspace.cli import main\nassert main({arguments!r}) == 0") == set()


def test_a_domain_that_follows_from_the_network_is_shown_without_what_the_meta_device_may_import(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.yaml"
    net = "net: {type: ResNet, depth: 20, small_input: true}, prune: {type: Prune}"
    file.write_text(f"search_space: {{modules: [net, prune], hyper_parameters: {{prune.widths: }}, {net}}}\n")
    assert "sympy" not in loaded_by(f"from fgspace.cli import main; main(['show', {str(file)!r}])")


def test_a_study_of_costs_does_without_torch() -> None:
    program = """
import fgspace
space = fgspace.space("examples/backbone_nas.yaml")
study = fgspace.Study(space, "BackboneNasSearch", {"macs": "min", "params": "max"})
study.run(lambda description: {}, trials=20)
"""
    assert "torch" not in loaded_by(program)


@pytest.mark.parametrize("name", ["cells", "convnext", "inception", "mobilenet", "resnet", "transformer"])
def test_the_blocks_of_a_family_are_known_without_torch(name: str) -> None:
    program = f"""
from fgspace.plugins.registry import load_registry
for found in load_registry().types:
    if found.plugin == {name!r}:
        found.load()
"""
    assert "torch" not in loaded_by(program)
