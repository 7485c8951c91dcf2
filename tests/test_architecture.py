"""The page on the architecture is right: its rooms, its steps, its table of places; and its picture is up to date."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import grimp
import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "src" / "fgspace"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
TOOL = ROOT / "tools" / "architecture.py"
PICTURE = ROOT / "docs" / "architecture.svg"
STALE = "docs/architecture.svg is stale; run .venv/bin/python tools/architecture.py\n"


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table in a section, without its header."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def paths(text: str) -> list[str]:
    """Return the paths in a text: words with a slash, or that end like the name of a Python file."""
    return [one for one in re.findall(r"`([\w./]+)`", text) if "/" in one or one.endswith(".py")]


def found(path: str) -> Path:
    return next((place for place in (CORE / path, ROOT / path) if place.exists()), Path("nowhere"))


def sentence(room: str) -> str:
    path = CORE / room / "__init__.py" if room.endswith("/") else CORE / room
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


def test_the_page_shows_every_room_with_its_sentence() -> None:
    rooms = [f"{path.parent.relative_to(CORE).as_posix()}/" for path in CORE.rglob("*/__init__.py")]
    shown = {name.strip("`"): said for name, said in rows("The rooms")}
    assert shown == {room: sentence(room) for room in [*rooms, "api.py", "errors.py"]}


@pytest.mark.parametrize("path", sorted({*paths(PAGE)}))
def test_a_path_of_the_page_is_there(path: str) -> None:
    assert found(path).exists()


def test_every_thing_to_add_has_a_place() -> None:
    places = {what: paths(change) + paths(beside) for what, change, beside in rows("Where things go")}
    assert len(places) >= 15
    assert [what for what, named in places.items() if not named] == []


@pytest.mark.parametrize(("path", "name"), re.findall(r"`([\w/]+\.py)` \(`(\w+)`\)", PAGE))
def test_a_name_of_the_page_is_in_the_file_that_it_is_said_to_be_in(path: str, name: str) -> None:
    tree = ast.parse(found(path).read_text("utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    assert name in functions | assigned


WALK = """
import inspect, json, os, sys
import fgspace

ROOT = os.path.dirname(fgspace.__file__) + os.sep
entered = {}

def profile(frame, event, argument):
    code = frame.f_code
    called = event == "call" and code.co_flags & inspect.CO_OPTIMIZED  # what is imported runs, too, and is not called
    if called and code.co_filename.startswith(ROOT) and not code.co_name.startswith("<"):
        entered[code.co_filename[len(ROOT):].replace(os.sep, "/")] = None

sys.setprofile(profile)
"""
FILE = """
search_space:
  type: FineGrainedSpace
  modules: [conv, pool, flat, head]
  conv: {type: Conv2d, out_channels: {int: [8, 512]}, kernel_size: 3}
  pool: {type: AdaptiveAvgPool2d, output_size: 1}
  flat: {type: Flatten}
  head: {type: Linear, out_features: 10}
evaluator: {type: Nothing}
objectives: {one: max}
constraints: {macs: {max: 100_000_000}}
budget: {trials: 3}
"""
EVALUATOR = """
import fgspace

@fgspace.register(kind="evaluator")
class Nothing:
    metrics = ("one",)

    def __call__(self, description):
        return {"one": 1.0}
"""


def walk(folder: Path, imports: str, step: str) -> set[str]:
    """Return the files of core that a step passes through."""
    (folder / "file.yaml").write_text(FILE, encoding="utf-8")
    (folder / "nothing.py").write_text(EVALUATOR, encoding="utf-8")
    program = f"import {imports}\n{WALK}\n{step}\nsys.setprofile(None)\nprint(json.dumps([*entered]))\n"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "FGSPACE_PLUGINS": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return {*json.loads(done.stdout.splitlines()[-1])}


def test_a_search_goes_through_the_files_that_the_page_names(tmp_path: Path) -> None:
    elsewhere = {"cli/display/live.py", "study/executors/processes.py"}  # on a terminal; with several workers
    named = {*paths(section("The way of a search"))} - elsewhere
    entered = walk(tmp_path, "fgspace.cli", "fgspace.cli.main(['search', 'file.yaml', '-p', './nothing.py'])")
    assert sorted(named - entered) == []


def test_a_description_goes_through_the_files_that_the_page_names(tmp_path: Path) -> None:
    named = {path for path in paths(section("The way of a description")) if path.endswith(".py")}
    entered = walk(tmp_path, "torch", "fgspace.import_modules(['./nothing.py']), fgspace.build('file.yaml')")
    elsewhere = {"network/trace/measure.py"}  # used for a module without a rule
    assert sorted(named - elsewhere - entered) == []


def run(*arguments: str | Path, seed: str = "0") -> tuple[int, str, str]:
    command, environment = [sys.executable, TOOL, *arguments], {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_picture_is_what_the_imports_are() -> None:
    assert run("--check") == (0, "", "")


def test_a_picture_of_other_imports_is_stale(tmp_path: Path) -> None:
    stale = tmp_path / "architecture.svg"
    stale.write_text(PICTURE.read_text("utf-8").replace("documents", "papers"), encoding="utf-8")
    assert run("--check", stale) == (1, "", STALE)
    assert run("--check", tmp_path / "absent.svg") == (1, "", STALE)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_imports_give_the_same_picture(tmp_path: Path, seed: str) -> None:
    assert run(tmp_path / "architecture.svg", seed=seed) == (0, "", "")
    assert (tmp_path / "architecture.svg").read_text("utf-8") == PICTURE.read_text("utf-8")


def elements(kind: str) -> Iterator[ElementTree.Element]:
    return ElementTree.parse(PICTURE).iter(f"{{http://www.w3.org/2000/svg}}{kind}")


def test_the_picture_shows_every_room_and_every_plugin() -> None:
    words = {element.text for element in elements("text")}
    rooms = {f"{path.parent.name}/" for path in CORE.glob("*/__init__.py")}
    inside = {path.name if path.suffix else f"{path.name}/" for path in (CORE / "network").glob("[a-z]*")}
    plugins = {path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")}
    assert words >= rooms | inside | plugins | {"api.py", "errors.py"}


def test_the_table_of_the_picture_has_a_dot_for_every_import_between_rooms() -> None:
    graph = grimp.build_graph("fgspace", cache_dir=None)
    pairs = {
        (module.split(".")[1], other.split(".")[1])
        for module in graph.modules - {"fgspace", "fgspace.__main__"}
        for other in graph.find_modules_directly_imported_by(module) - {"fgspace"}
    }
    dots = [element.get("class") for element in elements("circle")]
    assert len(dots) - 2 == len([pair for pair in pairs if pair[0] != pair[1]])  # two belong to the legend
    arrows = [element.get("class") for element in elements("path")].count("arrow")
    assert arrows - 1 == dots.count("drawn") - 1  # one arrow belongs to the plugins, one dot to the legend


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import picture.house

    return picture.house


@pytest.mark.parametrize(
    ("edges", "kept"),
    [
        ({"ab", "bc", "ac"}, {"ab", "bc"}),
        ({"ab", "bc", "cd", "ad"}, {"ab", "bc", "cd"}),
        ({"ab", "ac", "bd", "cd"}, {"ab", "ac", "bd", "cd"}),
        (set(), set()),
    ],
)
def test_imports_that_follow_from_others_are_no_arrows(house: Any, edges: set[str], kept: set[str]) -> None:
    assert house.needed(frozenset(map(tuple, edges))) == frozenset(map(tuple, kept))


def test_what_has_no_place_in_the_picture_is_named(house: Any) -> None:
    from picture.drawing import draw

    moved = replace(house.house(ROOT), network=("network", "count", "attic"))
    with pytest.raises(SystemExit) as raised:
        draw(moved)
    names = "attic, build, costs, expected, inputs, memory, parts, process, resolve, sharing, trace, weights"
    assert str(raised.value) == f"{names}: has moved; say in tools/picture/drawing.py where it is now"
