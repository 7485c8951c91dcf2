"""The command: its output, streams and exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fgspace import __version__
from fgspace.cli import COMMANDS, main

NOTHING_NEAR = "; fgspace list shows what there is, and -p MODULE imports types of your own"
HEAD = "from fgspace import Provided, hookimpl\n"
BLOCKS = '''
from typing import Annotated

from fgspace import FineGrainedSpace, InWidth, Int, ModuleRef, Searched


class Block(FineGrainedSpace):
    """Does what acme's blocks do."""

    def constructor(
        self, inchannel: InWidth, width: int, block: ModuleRef, bits: Annotated[list[int], Searched(Int(0, 1))] = (1,)
    ):
        pass
'''


def in_a_fresh_process(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=os.environ | environ, timeout=60
    )


def test_list_prints_aligned_columns(install, capsys):
    install()
    assert main(["list", "algorithm"]) == 0
    assert capsys.readouterr().out == (
        "KIND       NAME          ORIGIN   VERSION  SUMMARY\n"
        f"algorithm  Auto          fgspace  {__version__}    the one that suits space, objectives and budget best\n"
        f"algorithm  GridSearch    fgspace  {__version__}    goes through every point, in order\n"
        f"algorithm  RandomSearch  fgspace  {__version__}    draws points at random, each once\n"
        f"algorithm  Relay         fgspace  {__version__}    lets one algorithm begin and others go on\n"
    )


def test_list_gives_every_type_as_json(install, capsys):
    install()
    assert main(["list", "module", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["types"]
    assert listed[0] == {
        "name": "Block",
        "full_name": "acme/Block",
        "kind": "module",
        "aliases": ["Blk"],
        "tags": [],
        "origin": "fgspace-plugin-acme",
        "version": "0.3.1",
        "summary": "a block of acme's",
    }
    assert "Conv2d" in {one["name"] for one in listed}


def test_a_broken_plugin_is_one_line_on_stderr_and_an_error_only_under_strict(install, capsys):
    install(plugin="import nonsuch")
    line = "plugin 'acme' (fgspace-plugin-acme 0.3.1): No module named 'nonsuch'\n"
    assert main(["list", "executor"]) == 0
    printed = capsys.readouterr()
    assert (printed.err, "SerialExecutor" in printed.out) == (line, True)
    assert main(["list", "executor", "--strict"]) == 2
    assert capsys.readouterr().err == line
    assert main(["list", "executor", "--strict", "--no-plugin", "acme"]) == 0
    assert capsys.readouterr().err == ""


def test_plugins_says_what_became_of_each(install, capsys):
    install(plugin="import nonsuch")
    assert main(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("acme"))
    assert lines[0].split() == ["PLUGIN", "STATE", "ORIGIN", "VERSION", "MS", "PROVIDES"]
    assert lines[at].split()[:4] == ["acme", "broken", "fgspace-plugin-acme", "0.3.1"]
    assert lines[at + 1] == "    No module named 'nonsuch'"
    assert lines[-1] == (
        "a broken plugin: fgspace install NAME --upgrade, or tell its author;"
        " until then, --no-plugin NAME leaves it out"
    )


def test_plugins_gives_the_same_as_json(install, capsys):
    install(blocks=BLOCKS)
    assert main(["plugins", "--json"]) == 0
    (acme,) = [one for one in json.loads(capsys.readouterr().out)["plugins"] if one["name"] == "acme"]
    assert acme.pop("milliseconds") > 0
    assert acme == {
        "name": "acme",
        "state": "ok",
        "distribution": "fgspace-plugin-acme",
        "version": "0.3.1",
        "cause": "",
        "provides": {"module": ["Block"]},
    }


def test_show_prints_signature_domains_docstring_and_origin(install, capsys):
    install(blocks=BLOCKS)
    assert main(["show", "Block"]) == 0
    assert capsys.readouterr().out == (
        "acme/Block: module type of fgspace-plugin-acme 0.3.1\n"
        "also called Blk\n"
        "a block of acme's\n"
        "\n"
        "  inchannel  int                           auto      input width, follows from the part before\n"
        "  width      int                           required\n"
        "  block      a {type: ...} of kind module  required\n"
        "  bits       list[int]                     (1,)      searched over {int: [0, 1]}\n"
        "\n"
        "Does what acme's blocks do.\n"
    )


def test_show_of_a_name_that_nothing_has_is_an_error_without_traceback(install, capsys):
    install()
    assert main(["show", "Blok"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "unknown type 'Blok'; did you mean 'Block'?\n")


def test_a_module_given_by_p_adds_its_types(tmp_path, install, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "blocks_of_mine.py").write_text("import fgspace\n\n@fgspace.register\nclass Mine:\n    'My block.'\n")
    assert main(["list", "module", "-p", str(tmp_path / "blocks_of_mine.py")]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Mine" in line.split()]
    assert line.split(maxsplit=3) == ["module", "Mine", "this", "program           My block."]


def test_every_subcommand_is_a_module_of_its_own():
    folder = Path(sys.modules["fgspace.cli"].__file__).parent
    rooms = ("commands", "studies", "publishing")
    modules = {module for module, _ in COMMANDS.values()}
    named = [name.replace("-", "_") for name in COMMANDS]
    assert modules <= {f"fgspace.cli.{room}.{name}" for room in rooms for name in named}
    assert len(modules) == len(COMMANDS)
    assert {"list.py", "plugins.py", "show.py"} <= {path.name for path in (folder / "commands").iterdir()}


def test_python_m_fgspace_is_the_same_command():
    assert in_a_fresh_process("-m", "fgspace", "--version").stdout == f"fgspace {__version__}\n"
    failed = in_a_fresh_process("-m", "fgspace", "show", "Blok", FGSPACE_PLUGINS="")
    assert (failed.returncode, failed.stderr) == (2, f"unknown type 'Blok'{NOTHING_NEAR}\n")


@pytest.mark.parametrize("command", ["import fgspace", "from fgspace.cli import main; main(['list'])"])
def test_starting_imports_nothing_heavy(command):
    heavy = "{'torch', 'numpy', 'yaml', 'pydantic', 'rich', 'email.parser', 'scipy', 'sklearn'}"
    done = in_a_fresh_process("-c", f"{command}\nimport sys\nprint('heavy:', sorted({heavy} & set(sys.modules)))")
    assert done.stdout.splitlines()[-1] == "heavy: []"


REFUSE = """
import sys
from importlib.abc import MetaPathFinder


class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "numpy"):
            raise ImportError(f"{name} is refused while plugins load")


sys.meta_path.insert(0, Refuse())
from fgspace.plugins.loading import load_plugins, selection

print([str(one) for one in load_plugins(selection()) if one.out_of_order])
"""


def every_plugin() -> list[str]:
    from fgspace.plugins.discovery.entry_points import installed

    return sorted({one.name for one in installed("fgspace")})


@pytest.mark.parametrize("plugin", every_plugin())
def test_a_plugin_loads_alone_where_torch_and_numpy_are_refused(plugin):
    done = in_a_fresh_process("-c", REFUSE, FGSPACE_PLUGINS=plugin)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_guard_catches_a_plugin_that_imports_torch(install):
    site = install(plugin=f"import torch\n{HEAD}")
    done = in_a_fresh_process("-c", REFUSE, PYTHONPATH=str(site))
    assert done.stdout == ("[\"plugin 'acme' (fgspace-plugin-acme 0.3.1): torch is refused while plugins load\"]\n")
