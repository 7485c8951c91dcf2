"""`fgspace new`: a package that installs, checks and lists unedited; its errors; and how an old one differs."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from fgspace.cli import main
from fgspace.cli.publishing.kinds import NEW_KINDS
from fgspace.cli.publishing.package import NewPackage
from fgspace.plugins.hookspecs import KINDS

KINDS_OF_NEW = {kind.replace("_", "-") for kind in KINDS} - {"search-space"} | {"space", "process"}


def test_every_kind_can_be_written() -> None:
    assert set(NEW_KINDS) == KINDS_OF_NEW


def test_the_command_says_what_it_wrote_and_what_to_do_next(tmp_path, capsys) -> None:
    assert main(["new", "acme-nets", "--kind", "module", "process", "--out", str(tmp_path)]) == 0
    folder = tmp_path / "fgspace-plugin-acme-nets"
    assert capsys.readouterr().out == (
        f"{folder}: 12 files\nnext:\n  cd {folder}\n  pip install -e '.[dev]'\n  fgspace check acme-nets\n"
    )
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        ".github/workflows/tests.yml",
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/fgspace_acme_nets/__init__.py",
        "src/fgspace_acme_nets/blocks.py",
        "src/fgspace_acme_nets/plugin.py",
        "src/fgspace_acme_nets/processes.py",
        "src/fgspace_acme_nets/py.typed",
        "tests/test_conformance.py",
    ]
    assert "${{ matrix.python }}" in (folder / ".github/workflows/tests.yml").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["Acme Nets"],
            "'Acme Nets' cannot be the name of a plugin: expected lower case letters and digits, words joined by '-',"
            " such as 'acme-blocks'\n",
        ),
        (["resnet"], "'resnet' is the name of a plugin of fgspace itself; choose another\n"),
        (["acme", "--diff"], "{out}/fgspace-plugin-acme: no such package; without --diff, fgspace new writes it\n"),
    ],
)
def test_what_cannot_be_is_an_error(tmp_path, capsys, words, message) -> None:
    assert main(["new", *words, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == message.format(out=tmp_path)


def test_nothing_is_overwritten(tmp_path, capsys) -> None:
    folder = tmp_path / "fgspace-plugin-acme"
    folder.mkdir()
    assert main(["new", "acme", "--out", str(tmp_path)]) == 2
    message = f"{folder}: exists already; --diff shows how it differs from the templates\n"
    assert capsys.readouterr().err == message


def test_an_unknown_kind_is_named_with_its_neighbour(tmp_path, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["new", "acme", "--kind", "evaluater", "--out", str(tmp_path)])
    assert capsys.readouterr().err.splitlines()[-1].endswith("unknown kind 'evaluater'; did you mean 'evaluator'?")


def test_a_package_differs_from_the_templates_by_what_was_changed_since(tmp_path, capsys) -> None:
    command = ["new", "acme", "--kind", "algorithm", "--out", str(tmp_path)]
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--diff"]) == 0
    assert capsys.readouterr().out == "fgspace-plugin-acme: as the templates are\n"
    file = tmp_path / "fgspace-plugin-acme" / "tests" / "test_conformance.py"
    file.write_text(file.read_text().replace("conformance(", "conform("))
    assert main([*command, "--diff"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == [f"--- {file}", f"+++ template of fgspace {version('fgspace')}"]
    assert shown[-2:] == ['-test = conform("acme")', '+test = conformance("acme")']


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> tuple[Path, Path]:
    """Write a package of one kind, build its wheel and install that in a folder; return package and folder."""
    out = tmp_path_factory.mktemp("new")
    run(["-m", "fgspace", "new", "acme", "--kind", "early-stopping"], out)
    package = out / "fgspace-plugin-acme"
    pip = ["-m", "pip", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", out, package]
    run(wheel, out)
    (built,) = out.glob("*.whl")
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", "--target", out / "site", built], out)
    return package, out / "site"


def run(words: list[object], folder: Path, **environment: str) -> str:
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_new_package_passes_its_own_tests_from_its_wheel(installed) -> None:
    package, site = installed
    alone = {"PYTHONPATH": str(site), "FGSPACE_PLUGINS": "acme"}
    said = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], package, **alone)
    assert "acme: 19 checks\n  plugin: 6 checks\n  early stopping rule AcmeHopeless: 13 checks\n" in said
    assert "AcmeHopeless" in run(["-m", "fgspace", "list"], package, **alone)
    assert run(["-m", "fgspace", "plugins", "--strict"], package, **alone).count(" ok ") >= 2


@pytest.mark.parametrize("name", ["acme", "a-longer-name-of-a-plugin"])
def test_a_package_of_all_kinds_is_formatted_and_has_no_lint(tmp_path, name) -> None:
    assert main(["new", name, "--kind", *NEW_KINDS, "--out", str(tmp_path)]) == 0
    package = tmp_path / f"fgspace-plugin-{name}"
    assert run(["-m", "ruff", "check", "."], package) == "All checks passed!\n"
    assert "already formatted" in run(["-m", "ruff", "format", "--check", "."], package)


def test_templates_of_all_kinds_are_filled() -> None:
    files = NewPackage("acme", tuple(NEW_KINDS), "Acme").files()
    assert [path for path, text in files.items() if "$" in text and not path.endswith("tests.yml")] == []
