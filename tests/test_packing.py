"""What `make packages` finds wrong with a distribution, and the environments that it tries wheels in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from packing.archives import archives_of, build
from packing.commands import Failed
from packing.distributions import Distribution, needed_together, required, workspace
from packing.environments import Environment, own_base
from packing.imports import owners, undeclared

PROJECT = """
[build-system]
requires = ["flit_core>=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "acme-blocks"
version = "1.0"
description = "Blocks"
readme = "README.md"
requires-python = ">=3.11"
license = "Apache-2.0"
license-files = ["LICENSE"]
dependencies = ["pluggy>=1.5"]

[project.optional-dependencies]
faster = ["PyYAML>=6"]

[project.entry-points.fgspace]
acme = "acme.plugin"

[tool.flit.module]
name = "acme"
"""
AT_HEAD = "imports 'yaml' at its head, which only the extra 'faster' brings; import it in a function"


@pytest.fixture
def acme(tmp_path: Path) -> Distribution:
    """A distribution whose plugin names a type of the module `acme.blocks`."""
    files = {
        "pyproject.toml": PROJECT,
        "README.md": "# acme-blocks — blocks\n",
        "LICENSE": "the licence\n",
        "src/acme/__init__.py": '"""Blocks."""\n',
        "src/acme/py.typed": "",
        "src/acme/plugin.py": 'import pluggy\nBLOCK = "acme.blocks:Block"\n',
        "src/acme/blocks.py": "import sys\nfrom acme import plugin\n",
        "src/acme/faster.py": "import yaml\n",
    }
    for name, text in files.items():
        write(tmp_path / "core" / name, text)
    return workspace(tmp_path)["acme-blocks"]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def problems(one: Distribution) -> list[str]:
    return [*undeclared(one, owners([one]))]


def test_a_package_may_import_what_it_declares(acme: Distribution) -> None:
    assert problems(acme) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("import numpy.linalg\n", "acme/blocks.py:1: imports 'numpy', and acme-blocks does not declare numpy"),
        (
            "def load():\n    from PIL import Image\n",
            "acme/blocks.py:2: imports 'PIL', and acme-blocks does not declare pillow",
        ),
        ("import nonsuch\n", "acme/blocks.py:1: imports 'nonsuch', which no installed distribution brings"),
        ("import yaml\n", f"acme/blocks.py:1: {AT_HEAD}"),
        ("from acme import faster\n", f"acme/faster.py:1: {AT_HEAD}"),
    ],
)
def test_an_import_that_is_not_declared_is_found(acme: Distribution, text: str, problem: str) -> None:
    write(acme.source / "blocks.py", text)
    assert problems(acme) == [problem]


@pytest.mark.parametrize(
    "text", ["def load():\n    import yaml\n", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import yaml\n"]
)
def test_what_an_extra_brings_may_be_imported_where_it_is_used(acme: Distribution, text: str) -> None:
    write(acme.source / "blocks.py", text)
    assert problems(acme) == []


def test_archives_hold_the_package_with_its_marker_licence_and_readme(acme: Distribution, tmp_path: Path) -> None:
    build(acme, tmp_path)
    assert archives_of(acme, tmp_path).modules() == ["acme", "acme.blocks", "acme.faster", "acme.plugin"]


def test_an_archive_that_lacks_the_licence_is_found(acme: Distribution, tmp_path: Path) -> None:
    write(acme.folder / "pyproject.toml", PROJECT.replace('license-files = ["LICENSE"]', "license-files = []"))
    with pytest.raises(Failed) as raised:
        build(workspace(tmp_path)["acme-blocks"], tmp_path)
    assert str(raised.value).splitlines() == [
        "acme_blocks-1.0-py3-none-any.whl lacks acme_blocks-1.0.dist-info/licenses/LICENSE",
        "acme_blocks-1.0-py3-none-any.whl says of licence, its file and the README's type "
        "('Apache-2.0', None, 'text/markdown')",
        "acme_blocks-1.0.tar.gz lacks acme_blocks-1.0/LICENSE",
    ]


def test_an_environment_has_what_was_asked_for_with_what_that_needs_and_nothing_else(tmp_path: Path) -> None:
    base = own_base(left_out=())
    environment = Environment(base, tmp_path / "tried")
    environment.make()
    environment.show(base.closure(["rich>=13"]))
    assert can_import(environment, "rich, markdown_it, pygments")
    assert not can_import(environment, "yaml")
    assert not can_import(environment, "fgspace")


def can_import(environment: Environment, modules: str) -> bool:
    words = [environment.python, "-I", "-c", f"import {modules}"]
    return subprocess.run(words, env=dict(os.environ), capture_output=True).returncode == 0


def test_a_closure_follows_the_extras_that_are_asked_for_and_no_others() -> None:
    base = own_base(left_out=())
    assert "onnx" not in base.closure(["fgspace-plugin-quant"])
    assert {"onnx", "onnxruntime", "torch", "fgspace"} <= base.closure(["fgspace-plugin-quant[deploy]"])


def test_a_distribution_is_installed_beside_those_of_the_workspace_that_it_depends_on_and_no_others() -> None:
    everything = workspace(Path(__file__).parents[1])
    together = needed_together(everything["fgspace-plugin-ea"], everything)
    assert [one.name for one in together] == ["fgspace", "fgspace-plugin-ea"]


def test_a_requirement_is_read_for_its_name_and_extras() -> None:
    assert required("lightning_Fabric[all, strategies]>=2; python_version < '3.13'") == (
        "lightning-fabric",
        frozenset({"all", "strategies"}),
    )
    with pytest.raises(ValueError, match=r"^'>=2' does not begin with the name of a distribution$"):
        required(">=2")
