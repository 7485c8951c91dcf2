"""`fgspace install`, `uninstall` and `search-plugins`: real pip in real environments, from a folder of wheels."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flit_core.wheel import make_wheel_in

PLUGIN = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_{hook}():
    return [Provided("Block", "fgspace_acme.plugin:Block", "a block")]

def Block():
    "A block."
"""
Said = tuple[int, str, str]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has pip and sees what this one has, into which plugins are installed."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # In a .pth file of its own environment each line is a folder of imports; editable ones are not followed from there.
    here = [path for path in sys.path if path.endswith("site-packages")]
    core = Path(__file__).parents[2] / "src"
    (site / "here.pth").write_text("\n".join([str(core), *here]) + "\n")
    return folder / "bin" / "python"


@pytest.fixture
def fgspace(python: Path, tmp_path: Path) -> Callable[..., Said]:
    """Return what runs the command there, without an index."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "FGSPACE_"))}
    environment |= {"FGSPACE_PLUGINS": "acme", "PIP_NO_INDEX": "1"}

    def run(*arguments: str, **more: str) -> Said:
        words = [python, "-m", "fgspace", *arguments]
        done = subprocess.run(words, cwd=tmp_path, env=environment | more, capture_output=True, text=True, timeout=200)
        return done.returncode, done.stdout, done.stderr

    return run


def wheel(folder: Path, version: str, hook: str = "modules") -> None:
    """Build a plugin into `folder/wheels`."""
    source = folder / f"source-{version}"
    (source / "src" / "fgspace_acme").mkdir(parents=True)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["flit_core>=3.11"]\nbuild-backend = "flit_core.buildapi"\n[project]\n'
        f'name = "fgspace-plugin-acme"\nversion = "{version}"\ndescription = "Blocks"\n'
        '[project.entry-points.fgspace]\nacme = "fgspace_acme.plugin"\n[tool.flit.module]\nname = "fgspace_acme"\n'
    )
    (source / "src" / "fgspace_acme" / "__init__.py").write_text('"""Blocks."""\n')
    (source / "src" / "fgspace_acme" / "plugin.py").write_text(PLUGIN.format(hook=hook))
    (folder / "wheels").mkdir(exist_ok=True)
    make_wheel_in(source / "pyproject.toml", folder / "wheels")


@pytest.mark.soak
def test_a_plugin_is_installed_upgraded_and_removed_by_its_short_name(fgspace, tmp_path):
    wheel(tmp_path, "1.0")
    in_order = "plugin 'acme' (fgspace-plugin-acme {}): in order, 1 type\n"
    begin = "pip install fgspace-plugin-acme\n"
    done = fgspace("install", "acme", "--from", "wheels")
    assert done == (0, f"{begin}installed fgspace-plugin-acme 1.0\n{in_order.format('1.0')}", "")
    assert fgspace("install", "acme", "--from", "wheels")[1] == f"{begin}nothing to change\n{in_order.format('1.0')}"
    wheel(tmp_path, "1.1", hook="module")
    status, said, _ = fgspace("install", "acme", "--upgrade", "--from", "wheels")
    hook = "there is no hook 'fgspace_provide_module'; did you mean 'fgspace_provide_modules'?"
    assert (status, said.splitlines()[1:]) == (
        2,
        ["changed fgspace-plugin-acme from 1.0 to 1.1", f"plugin 'acme' (fgspace-plugin-acme 1.1): {hook}"],
    )
    removed = "pip uninstall fgspace-plugin-acme\nremoved fgspace-plugin-acme 1.1\n"
    assert fgspace("uninstall", "acme") == (0, removed, "")
    unknown = "no plugin 'acme' is installed; fgspace plugins lists those that are installed\n"
    assert fgspace("uninstall", "acme") == (2, "", unknown)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["install", "nonsuch", "--from", "."],
            "there is no fgspace-plugin-nonsuch where pip looks; fgspace search-plugins lists plugins by what they are "
            "for",
        ),
        (
            ["install", "acme", "--from", "nowhere"],
            "--from: nowhere: no such folder; it holds the wheels to install",
        ),
        (
            ["install", "ac me"],
            "'ac me' is no name of a plugin: expected one such as 'acme', 'acme[extra]' or 'acme>=1.2'",
        ),
        (["uninstall", "fgspace"], "'fgspace' is core itself; pip uninstall fgspace removes it"),
        (["search-plugins", "zzz", "resnet"], "no plugin of the catalogue has 'zzz' and 'resnet'; give fewer words"),
        (["search-plugins", "--catalogue", "no.toml"], "no.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_way_out(fgspace, arguments, message):
    status, _, errors = fgspace(*arguments)
    assert (status, errors) == (2, f"{message}\n")


def test_without_a_network_it_says_that_the_index_cannot_be_reached(fgspace):
    away = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    told = "the package index cannot be reached, so fgspace-plugin-acme is not found; "
    told += "--from DIR takes wheels of a folder"
    assert fgspace("install", "acme", **away) == (2, "pip install fgspace-plugin-acme\n", f"{told}\n")


def test_an_environment_without_pip_is_told_how_to_go_on(fgspace, python, tmp_path):
    (hide := tmp_path / "hide").mkdir()
    (hide / "sitecustomize.py").write_text("import sys\nsys.modules['pip'] = None\n")
    (hide / "usercustomize.py").write_text("")
    status, _, errors = fgspace("install", "acme", PYTHONPATH=str(hide))
    by_hand = f"uv pip install --python {python} fgspace-plugin-acme"
    assert (status, errors) == (2, f"{python} has no pip; {python} -m ensurepip makes it, or: {by_hand}\n")


def test_the_catalogue_is_searched_by_name_kind_and_purpose(fgspace):
    status, said, _ = fgspace("search-plugins", "early-stopping")
    assert status == 0
    assert re.sub(" +", " ", said).splitlines()[1].startswith("stopping 0.1.0 early_stopping Early stopping rules")
    assert said.splitlines()[-1] == "fgspace install PLUGIN installs one"
    (told,) = map(json.loads, fgspace("search-plugins", "hyperband", "--json")[1].splitlines())
    assert [one["name"] for one in told["plugins"]] == ["stopping"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no plugins; expected tables [[plugin]] with name, summary, provides, licence"),
        ('[[plugin]]\nname = "a"\n', "plugin 1: expected the keys name, summary, provides, licence, got name"),
        (
            '[[plugin]]\nname = "a"\nsummary = ""\nprovides = ["module"]\nlicence = "MIT"\n',
            "plugin 1: summary: expected text, got ''",
        ),
        ("a = [\n", "is no TOML: Invalid value (at end of document)"),
    ],
)
def test_a_catalogue_that_is_none_is_refused(tmp_path, text, message):
    from fgspace import FgspaceError
    from fgspace.cli.publishing.catalogue import catalogue

    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(FgspaceError) as raised:
        catalogue(tmp_path / "c.toml")
    assert str(raised.value) == f"{tmp_path / 'c.toml'}: {message}"
