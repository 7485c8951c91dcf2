"""`fgspace export`: the options that it hands to an exporter, and what it prints."""

import pytest

EXPORTERS = '''
"""Exporters of a user's own, which write down what they are given."""

from pathlib import Path
from typing import Any

import fgspace


@fgspace.register(kind="exporter")
def telling(model, path, shape, weights=None, small: bool = False, level: int = 2, names: list[str] | None = None):
    """Writes its options, and finds something."""
    Path(path).write_text(f"{type(model).__name__} {shape} {weights} {small} {level} {names}")
    return "3 things found"


@fgspace.register(kind="exporter")
def open_minded(model, path, input_shape, weights=None, **rest: Any):
    """Takes any options."""
    Path(path).write_text(repr(rest))


@fgspace.register(kind="exporter")
def plain(model, path, input_shape, weights=None):
    """Takes no options."""
    Path(path).write_text("plain")
'''
MINE = ("-p", "./my_blocks.py", "-p", "./exporters.py")


@pytest.fixture
def export(fgspace, folder):
    """Return what runs `fgspace export` on a network with one of the exporters above."""
    (folder / "exporters.py").write_text(EXPORTERS)
    return lambda exporter, *arguments: fgspace("export", "network.yaml", "--format", exporter, *arguments, *MINE)


def test_options_reach_the_exporter_with_the_types_that_yaml_gives_them(export, folder):
    done = export("telling", "--option", "small=true", "--option", "level=1_000", "--option", "names=[a, 'b=c']")
    assert (done.returncode, done.stdout, done.stderr) == (0, "network.telling\n", "telling: 3 things found\n")
    assert (folder / "network.telling").read_text().endswith(" (3, 8, 8) None True 1000 ['a', 'b=c']")


def test_without_options_an_exporter_has_its_defaults(export, folder):
    export("telling", "--weights", "some.pt")
    assert (folder / "network.telling").read_text().endswith(" (3, 8, 8) some.pt False 2 None")


def test_an_exporter_that_takes_anything_gets_it_and_one_that_finds_nothing_says_nothing(export, folder):
    done = export("open_minded", "--option", "rate=1e-3", "--option", "empty=")
    assert (done.returncode, done.stdout, done.stderr) == (0, "network.open_minded\n", "")
    assert (folder / "network.open_minded").read_text() == "{'rate': 0.001, 'empty': None}"


@pytest.mark.parametrize(
    ("exporter", "options", "message"),
    [
        ("telling", ["smal=true"], "--option smal: telling has no option 'smal'; did you mean 'small'?"),
        ("telling", ["x=1"], "--option x: telling has no option 'x'; it takes small, level, names"),
        ("telling", ["weights=x"], "--option weights: telling has no option 'weights'; it takes small, level, names"),
        ("plain", ["small=true"], "--option small: plain has no option 'small'; it takes none"),
        ("telling", ["small"], "--option: expected NAME=VALUE, got 'small'"),
        ("telling", ["level=high"], "--option level: expected int, got 'high'"),
        ("telling", ["names=[a, 1]"], "--option names: expected list[str] or null, got ['a', 1]"),
        ("telling", ["level={"], "--option level: expected a value as in YAML, got '{'"),
        ("telling", ["level=1", "level=2"], "--option level: is given twice"),
        (
            "telling",
            ["smal=true", "level=high"],
            "--option smal: telling has no option 'smal'; did you mean 'small'?\n"
            "--option level: expected int, got 'high'",
        ),
    ],
)
def test_options_that_an_exporter_does_not_take_are_refused_all_at_once(export, folder, exporter, options, message):
    done = export(exporter, *(word for option in options for word in ("--option", option)))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")
    assert not (folder / f"network.{exporter}").exists()
