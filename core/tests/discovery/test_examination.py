"""`fgspace plugins` and `--strict` tell what loading a plugin does not: missing targets, and what it imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fgspace.cli import main

HEAD = "from fgspace import Provided, hookimpl\n"
BLOCKS = """
try:
    from torch.nn import Module as Block
except ImportError:
    class Block:
        "A block."

if True:
    Wide, (Narrow, *Others) = Block, [Block, Block]

for Looped in [Block]:
    pass

def make(): ...
"""


def provides(*targets: str) -> str:
    records = [f"Provided('T{number}', {target!r}, 'a type')" for number, target in enumerate(targets)]
    return f"{HEAD}@hookimpl\ndef fgspace_provide_modules():\n    return [{', '.join(records)}]\n"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> "tuple[int, str, list[str]]":
    """Return the status of `fgspace plugins`, and the state and causes of acme."""
    status = main(["plugins", "--json", *arguments])
    (acme,) = [one for one in json.loads(capsys.readouterr().out)["plugins"] if one["name"] == "acme"]
    return status, acme["state"], acme["cause"].split("; ") if acme["cause"] else []


def test_targets_that_are_there_are_found_in_the_source_of_their_modules(install, capsys):
    names = ("Block", "Wide", "Narrow", "Others", "Looped", "make", "Block.forward")
    install(plugin=provides(*(f"fgspace_acme.blocks:{name}" for name in names), "os.path:join"), blocks=BLOCKS)
    assert told(capsys) == (0, "ok", [])
    assert "fgspace_acme.blocks" not in sys.modules


def test_what_is_missing_of_a_target_is_told_and_nothing_is_imported(install, capsys):
    targets = ("blocks:Blok", "bloks:Block", "blocks.more:Block", "broken:Block", "blocks:inside", "elsewhere:Block")
    source = f"{BLOCKS}\ndef function():\n    inside = 1\n"
    plugin = provides(*(f"fgspace_acme.{target}" for target in targets), "nonsuch.blocks:Block")
    install(plugin=plugin, blocks=source, broken="raise SystemExit\nclass Block(:\n")
    status, state, causes = told(capsys)
    assert (status, state) == (0, "broken")
    assert [cause for cause in causes if "did you mean" not in cause] == [
        "module type 'T0': 'fgspace_acme.blocks' has no 'Blok'",
        "module type 'T1': there is no module 'fgspace_acme.bloks'",
        "module type 'T2': there is no module 'fgspace_acme.blocks.more'",
        "module type 'T3': SyntaxError: invalid syntax (broken.py, line 2)",
        "module type 'T4': 'fgspace_acme.blocks' has no 'inside'",
        "module type 'T5': there is no module 'fgspace_acme.elsewhere'",
        "module type 'T6': there is no module 'nonsuch.blocks'",
    ]
    assert [cause for cause in causes if "did you mean" in cause] == [
        "did you mean 'Block'?",
        "did you mean fgspace_acme.blocks?",
        "did you mean 'Wide'?",
    ]
    assert "fgspace_acme.blocks" not in sys.modules
    assert told(capsys, "--strict")[0] == 2


@pytest.mark.parametrize(
    "source", ["from fgspace_acme.more import *\n", "def __getattr__(name): ...\n", "globals()['Block'] = int\n"]
)
def test_a_module_whose_names_its_source_does_not_tell_is_believed_until_it_is_imported(install, capsys, source):
    install(plugin=provides("fgspace_acme.blocks:Block"), blocks=source, more="class Block: ...\n")
    assert told(capsys) == (0, "ok", [])


@pytest.mark.parametrize(
    ("blocks", "cause"),
    [
        ("import nonsuch\nclass Block: ...\n", "No module named 'nonsuch'"),
        ("class Block: ...\n1 / 0\n", "blocks.py:2: ZeroDivisionError: division by zero"),
        ("class Block: ...\nraise SystemExit(3)\n", "blocks.py:2: SystemExit: 3"),
        ("Block = 7\n", "fgspace_acme.blocks:Block is 7, no class or function"),
        ("class Block: ...\ndel Block\n", "module 'fgspace_acme.blocks' has no attribute 'Block'"),
    ],
)
def test_strictly_every_type_is_imported(install, capsys, blocks, cause):
    install(plugin=provides("fgspace_acme.blocks:Block"), blocks=blocks)
    assert told(capsys) == (0, "ok", [])
    assert told(capsys, "--strict") == (2, "broken", [f"module type 'T0': {cause}"])
    assert main(["list", "executor"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["list", "executor", "--strict"]) == 2
    assert capsys.readouterr().err == f"plugin 'acme' (fgspace-plugin-acme 0.3.1): module type 'T0': {cause}\n"
    assert main(["plugins", "--strict", "--no-plugin", "acme"]) == 0


def test_a_type_whose_module_raises_is_an_error_that_says_where(install, capsys):
    install(plugin=provides("fgspace_acme.blocks:Block"), blocks="def f():\n    1 / 0\nf()\n")
    assert main(["show", "T0"]) == 2
    assert capsys.readouterr().err == (
        "module type 'acme/T0' (fgspace-plugin-acme 0.3.1): blocks.py:2: ZeroDivisionError: division by zero\n"
    )


SITES = ("acme", "beta", "gamma", "delta")


def in_a_process(*sites: Path, strict: bool = False, names: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sites)), "FGSPACE_PLUGINS": names}
    command = [sys.executable, "-m", "fgspace", "plugins", *(["--strict"] if strict else [])]
    return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=120, check=False)


def test_every_plugin_that_imports_something_heavy_is_told_of_the_first_and_the_others(install):
    good = provides("fgspace_acme.blocks:Block")
    acme = install("acme", f"import fgspace_acme.shared\n{good}", blocks=BLOCKS, shared="import numpy.linalg\n")
    beta = install("beta", f"import numpy\nprint('hello')\n{good}", blocks=BLOCKS)
    gamma = install("gamma", f"try:\n    import torch\nexcept ImportError:\n    pass\n{good}")
    delta = install("delta", good)
    done = in_a_process(acme, beta, gamma, delta, names="acme,beta,gamma,delta")
    assert (done.returncode, done.stderr) == (0, "")
    why = "which every command waits for; leave that to the modules that its targets name"
    assert [line.strip() for line in done.stdout.splitlines() if "imports" in line] == [
        f"fgspace_acme.plugin imports numpy, {why}",
        f"fgspace_beta.plugin imports numpy, {why}",
        f"fgspace_gamma.plugin imports torch, {why}",
    ]
    assert [line.split()[1] for line in done.stdout.splitlines() if line[:5].strip() in SITES] == ["ok"] * 4
    assert in_a_process(acme, beta, strict=True, names="acme,beta").returncode == 2
    assert in_a_process(acme, delta, strict=True, names="delta").returncode == 0


def test_a_plugin_that_imports_nothing_heavy_is_in_order_where_a_module_given_by_p_does(install, tmp_path):
    site = install(plugin=provides("fgspace_acme.blocks:Block"), blocks=BLOCKS)
    (tmp_path / "mine.py").write_text("import numpy\nclass Mine: ...\n")
    environ = {**os.environ, "PYTHONPATH": str(site), "FGSPACE_PLUGINS": "acme"}
    command = [sys.executable, "-m", "fgspace", "plugins", "--strict", "-p", "./mine.py"]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=tmp_path, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("fgspace_API = 1\n", "there is no 'fgspace_API'; did you mean 'fgspace_api'?"),
        ("fgspace_apy = 99\n", "there is no 'fgspace_apy'; did you mean 'fgspace_api'?"),
        ("FGSPACE_API_VERSION = 1\n", "there is no 'FGSPACE_API_VERSION'; did you mean 'fgspace_api'?"),
        ("fgspaceapi = '1'\n", "there is no 'fgspaceapi'; did you mean 'fgspace_api'?"),
        ("fgspace_api = True\n", "TypeError: fgspace_api is True, not an integer"),
        (
            "@hookimpl\ndef provide_modules():\n    return []\n",
            "'provide_modules' is marked with @hookimpl, but is no hook; did you mean 'fgspace_provide_modules'?",
        ),
        (
            "@hookimpl\ndef fgspase_qwertz():\n    return []\n",
            "'fgspase_qwertz' is marked with @hookimpl, but is no hook",
        ),
        (
            "@hookimpl\ndef fgspace_provide_modules(registry, kind):\n    return []\n",
            "fgspace_provide_modules takes 'registry' and 'kind'; a hook takes no arguments",
        ),
        (
            "@hookimpl\ndef fgspace_provide_modules(*, registry):\n    return []\n",
            "fgspace_provide_modules takes 'registry'; a hook takes no arguments",
        ),
        ("def fgspace_provides_modules(): ...\n", "'fgspace_provides_modules' is not marked with @hookimpl"),
    ],
)
def test_what_is_meant_for_fgspace_and_is_not_understood_is_told(install, capsys, source, cause):
    good = (
        "@hookimpl\ndef fgspace_provide_datasets():\n    return [Provided('D', 'fgspace_acme.blocks:Block', 'data')]\n"
    )
    install(plugin=HEAD + good + source, blocks=BLOCKS)
    assert told(capsys)[1] == "broken"
    assert main(["plugins", "--strict"]) == 2
    assert f"    {cause}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "source",
    [
        "import fgspace_acme.blocks as fgspace_blocks\n",
        "fgspace_home = 'https://acme'\n",
        "def fgspace_version(): ...\n",
        "@hookimpl\ndef fgspace_provide_modules(*args, registry=None, **kwargs):\n    return []\n",
    ],
)
def test_what_is_the_plugins_own_is_left_alone(install, capsys, source):
    good = (
        "@hookimpl\ndef fgspace_provide_datasets():\n    return [Provided('D', 'fgspace_acme.blocks:Block', 'data')]\n"
    )
    install(plugin=HEAD + good + source, blocks="class Block: ...\n")
    assert told(capsys, "--strict") == (0, "ok", [])
