"""A file of networks that registers nothing offers them: `-p mynet.py` is enough to use it."""

import sys

import pytest
from fgspace.cli import main
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import load_registry

NETWORKS = '''
import json
from typing import Any
from torch import nn
from torch.nn import Conv2d
import fgspace
from fgspace import FineGrainedSpace
from sibling_UNIQUE import Elsewhere


class Mine_UNIQUE(nn.Sequential):
    def __init__(self, in_channels: int, width: int = 8):
        super().__init__(nn.Conv2d(in_channels, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


class Described_UNIQUE(FineGrainedSpace):
    """A composite."""

    def constructor(self):
        self.conv = fgspace.nn.Conv2d(3, 8, 3)


class _Hidden_UNIQUE(nn.Module): ...


class Plain_UNIQUE: ...


def small_UNIQUE(width: int = 4) -> nn.Module:
    """A small network."""
    return Mine_UNIQUE(3, width)


def written_UNIQUE() -> "nn.Linear":
    return nn.Linear(3, 3)


def helper_UNIQUE(x): ...


def lost_UNIQUE() -> "Nonsuch": ...


def number_UNIQUE() -> int: ...
'''


@pytest.fixture
def written(tmp_path, monkeypatch, request):
    """Write a module of a name of its own, and return what imports it and returns what the program provides."""
    unique = f"u{abs(hash(request.node.name))}"
    (tmp_path / f"sibling_{unique}.py").write_text("from torch import nn\n\n\nclass Elsewhere(nn.Module): ...\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def offered(text, name=None):
        (tmp_path / f"{unique}.py").write_text(text.replace("UNIQUE", unique))
        registry = load_registry(modules=[name or f"./{unique}.py"])
        mine = [one.short_name for one in registry.types if one.plugin == "program" and unique in one.short_name]
        return {name.replace(f"_{unique}", "") for name in mine}

    offered.name = unique
    return offered


@pytest.mark.parametrize("path", [True, False])
def test_the_networks_that_a_file_defines_itself_are_offered(written, path):
    found = written(NETWORKS, None if path else written.name)
    assert found == {"Mine", "Described", "small", "written"}


def test_a_file_that_registers_a_network_offers_no_other(written):
    text = NETWORKS.replace("class Mine_", "@fgspace.register\nclass Mine_")
    assert written(text) == {"Mine"}


def test_a_file_that_registers_something_else_offers_its_networks(written):
    evaluator = (
        "\n\n@fgspace.register\nclass Size_UNIQUE:\n    metrics = ('size',)\n    def __call__(self, description): ...\n"
    )
    assert written(NETWORKS + evaluator) == {"Mine", "Described", "small", "written", "Size"}


def test_importing_a_file_again_offers_the_same(written):
    assert written(NETWORKS) == written(NETWORKS)


def test_a_package_offers_what_it_takes_from_its_own_modules(written, tmp_path):
    package = tmp_path / f"package_{written.name}"
    package.mkdir()
    (package / "nets.py").write_text(f"from torch import nn\n\n\nclass Inner_{written.name}(nn.Module): ...\n")
    (package / "__init__.py").write_text(f"from torch.nn import Conv2d\nfrom .nets import Inner_{written.name}\n")
    assert written("", package.name) == {"Inner"}


def test_a_name_that_is_taken_is_not_offered_and_said(written):
    text = "from torch import nn\n\n\nclass Sequential(nn.Module): ...\n\n\nclass Other_UNIQUE(nn.Module): ...\n"
    cure = r"write @fgspace.register\('OwnSequential'\) above it, and that name in files"
    said = rf"^-p \./{written.name}\.py: 'Sequential' is not offered, since its name is taken by core; {cure}$"
    with pytest.warns(UserWarning, match=said):
        assert written(text) == {"Other"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nonsuch_at_all\n", "{0}.py:1: No module named 'nonsuch_at_all'"),
        (
            "from sibling_UNIQUE import Nonsuch\n",
            "{0}.py:1: cannot import name 'Nonsuch' from 'sibling_{0}' ({1}/sibling_{0}.py)",
        ),
        (
            "import sys\n\nsys.exit(0)\n",
            "{0}.py:3: ends the program when it is imported; put what it runs as a program below "
            'if __name__ == "__main__":',
        ),
        ("x = 1\n", "registers nothing, and defines no nn.Module; write @fgspace.register above a class or function"),
        ("import torch\ndef f(:\n", "invalid syntax ({0}.py, line 2)"),
        ("x = 1\ny = x.z\n", "{0}.py:2: AttributeError: 'int' object has no attribute 'z'"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(written, tmp_path, text, message):
    with pytest.raises(FgspaceError) as raised:
        written(text)
    assert str(raised.value) == f"-p ./{written.name}.py: {message.format(written.name, tmp_path)}"


def test_a_file_whose_name_has_a_dot_is_told_what_to_call_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.net.py").write_text("")
    with pytest.raises(FgspaceError) as raised:
        load_registry(modules=["./my.net.py"])
    assert str(raised.value) == "-p ./my.net.py: a module has no dot in its name; call the file my_net.py"


def test_an_offered_network_is_shown_and_built(written, capsys, tmp_path):
    written(NETWORKS)
    file = f"./{written.name}.py"
    assert main(["show", f"Mine_{written.name}", "-p", file]) == 0
    shown = capsys.readouterr().out
    assert "width" in shown
    assert "Base class" not in shown
    assert main(["list", "module", "-p", file]) == 0
    assert f"small_{written.name}" in capsys.readouterr().out
    (tmp_path / "a.yaml").write_text(f"search_space: {{type: Mine_{written.name}, width: {{choice: [4, 8]}}}}\n")
    for command in (["build"], ["check"], ["sample"], ["export", "--random", "--out", "a.onnx"]):
        assert main([command[0], "a.yaml", *command[1:], "-p", file]) == 0
