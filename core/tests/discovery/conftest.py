"""Installs distributions with a plugin as pip does: a package, and a `dist-info` folder."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Install = Callable[..., Path]

PROVIDES_BLOCK = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_modules():
    return [Provided("Block", "fgspace_acme.blocks:Block", "a block of acme's", aliases=("Blk",))]
"""


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the types that a test registers when it ends."""
    monkeypatch.setattr("fgspace.plugins.program._registered", {})


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs a plugin; the plugins of this environment are left out."""
    before = set(sys.modules)
    enabled: list[str] = []
    monkeypatch.setenv("FGSPACE_PLUGINS", "")
    monkeypatch.delenv("FGSPACE_DISABLE_PLUGINS", raising=False)

    def install(
        name: str = "acme", plugin: str = PROVIDES_BLOCK, *, version: str = "0.3.1", dist: str = "", **modules: str
    ) -> Path:
        dist = dist or f"fgspace-plugin-{name}"
        package = f"fgspace_{name}" if dist == f"fgspace-plugin-{name}" else dist.replace("-", "_")
        for module in [loaded for loaded in sys.modules if loaded.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, module)
        site = tmp_path / dist
        info = site / f"{dist.replace('-', '_')}-{version}.dist-info"
        for folder in (site / package, info):
            folder.mkdir(parents=True)
        (site / package / "__init__.py").write_text('"""A plugin."""\n')
        for module, source in {"plugin": plugin, **modules}.items():
            (site / package / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n\nName: of no header\n"
        )
        (info / "entry_points.txt").write_text(f"[fgspace]\n{name} = {package}.plugin\n")
        monkeypatch.syspath_prepend(site)
        enabled.append(name)
        monkeypatch.setenv("FGSPACE_PLUGINS", ",".join(enabled))
        return site

    yield install
    for module in set(sys.modules) - before:
        if module.startswith("fgspace_"):
            del sys.modules[module]
