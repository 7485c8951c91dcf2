"""The programs, files and commands of the documentation work."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import fgspace
import pytest
import yaml
from fgspace.cli import COMMANDS
from fgspace.plugins.hookspecs import HOOKS
from fgspace.study.trial import Report
from torch import nn

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


FILES = [
    pytest.param(text, id=f"{page.name} {number}")
    for page in [*PAGES, ROOT / "README.md"]
    for number, text in enumerate(blocks(page, "yaml"))
    if "search_space:" in text and "type: MyNet" not in text  # which is run with the program of its page
]


@pytest.mark.parametrize("text", FILES)
def test_a_description_of_the_documentation_is_a_space(text: str) -> None:
    space = fgspace.space(yaml.safe_load(text))
    assert space.contains(space.initial)


def test_a_block_of_a_program_is_one_as_the_guide_writes_it() -> None:
    program = blocks(ROOT / "docs" / "writing_a_plugin.md", "python")[0]
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "2 {'params': 40, 'macs': 24576}\n"


@pytest.fixture
def acme(tmp_path: Path) -> tuple[Path, Path]:
    """Write the package of the guide, and install it in a folder of this test."""
    guide = ROOT / "docs" / "writing_a_plugin.md"
    block, plugin, tests, record, suite, *_ = blocks(guide, "python")
    source = tmp_path / "src" / "fgspace_acme"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text('"""Blocks of Acme."""\n')
    (source / "plugin.py").write_text(plugin)
    (source / "blocks.py").write_text(block.partition("\n\nspace = ")[0].replace("@fgspace.register\n", ""))
    (tmp_path / "pyproject.toml").write_text(blocks(guide, "toml")[0])
    (tmp_path / "test_acme.py").write_text(f"{tests}\n\n{record}\n\n{suite}")
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", target, tmp_path], check=True)
    return tmp_path, target


@pytest.mark.soak
def test_the_package_of_the_guide_installs_and_passes_its_suites(acme: tuple[Path, Path]) -> None:
    folder, target = acme
    environment = {**os.environ, "PYTHONPATH": str(target)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        folder,
        folder / "test_acme.py",
    ]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
    assert "acme: 16 checks, 1 skipped" in run.stdout
    listed = subprocess.run(
        [sys.executable, "-m", "fgspace", "show", "acme/Squeeze"],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert "fgspace-plugin-acme 0.1.0" in listed.stdout


def test_the_algorithm_of_the_guide_climbs() -> None:
    namespace: dict[str, object] = {"__name__": "guide"}
    (climber,) = [
        block for block in blocks(ROOT / "docs" / "writing_a_plugin.md", "python") if "class Climber" in block
    ]
    exec(climber, namespace)
    space = fgspace.space(
        {"type": "FineGrainedSpace", "hyper_parameters": {f"x{i}": {"int": [0, 9]} for i in range(4)}}
    )
    study = fgspace.Study(space, namespace["Climber"], {"loss": "min"})
    study.run(lambda description: {"loss": sum(9 - description[f"x{i}"] for i in range(4))}, trials=60)
    assert study.best is not None
    assert study.best.metrics["loss"] < 10


def test_the_rule_of_the_guide_passes_its_suite(tmp_path: Path) -> None:
    (rule,) = [block for block in blocks(ROOT / "docs" / "writing_a_plugin.md", "python") if "class Hopeless" in block]
    (tmp_path / "hopeless.py").write_text(rule)
    (tmp_path / "test_hopeless.py").write_text(
        "from fgspace.testing import EarlyStoppingSuite\n"
        "from hopeless import Hopeless\n\n\n"
        "class TestHopeless(EarlyStoppingSuite):\n"
        "    def make(self, objectives, **options):\n"
        "        return Hopeless(objectives, epochs=5, **options)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert "12 passed" in run.stdout


def test_the_process_of_the_guide_is_counted_as_the_network_that_it_makes() -> None:
    (program,) = [block for block in blocks(ROOT / "docs" / "writing_a_plugin.md", "python") if "WithoutBias" in block]
    given: dict[str, Any] = {"__name__": "guide"}
    exec(program, given)
    shared = nn.Linear(8, 8)
    net = nn.Sequential(shared, nn.ReLU(), shared, nn.Linear(8, 4, bias=False), nn.Linear(4, 2))
    for names in (None, ["0"]):
        process = given["WithoutBias"](names)
        after = process.layers_after(fgspace.trace.rows(net, (8,)), process.plan(net, (8,)))
        assert after == fgspace.trace.rows(process(net, (8,)), (8,))
        assert shared.bias is not None


def test_the_loop_of_the_page_on_studies_stops_trials() -> None:
    (loop,) = [block for block in blocks(ROOT / "docs" / "studies.md", "python") if "study.check" in block]
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"x": {"int": [0, 99]}}})
    study = fgspace.Study(space, "RandomSearch", {"loss": "min"}, early_stopping={"type": "MedianStop"})
    given: dict[str, object] = {"study": study, "epochs": 4, "Report": Report}
    for _ in range(20):
        given["train_an_epoch"] = lambda: {"loss": float(given["trial"].point["x"])}
        exec(loop, given)
    assert {trial.state for trial in study.trials} == {"complete", "stopped"}
    assert all(len(trial.curve) == 4 for trial in study.trials if trial.state == "complete")


def test_every_hook_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "writing_a_plugin.md").read_text("utf-8")
    assert [hook for hook in HOOKS if f"`{hook}`" not in guide] == []


def test_every_command_is_in_the_documentation() -> None:
    text = "\n".join(page.read_text("utf-8") for page in [*PAGES, ROOT / "README.md"])
    assert [name for name in COMMANDS if f"fgspace {name}" not in text] == []
