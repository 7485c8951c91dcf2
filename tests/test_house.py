"""The import rules: rooms import only downwards, no room is too large, and plugins import only public modules."""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import fgspace
import grimp
import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "src" / "fgspace"
PACKAGES = [CORE, *sorted(path.parent for path in ROOT.glob("plugins/*/src/fgspace_*/__init__.py"))]
ROOMS = sorted(path.parent for path in CORE.rglob("*/__init__.py"))
MODULES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]

AT_THE_ROOT = {"__init__.py", "__main__.py", "api.py", "errors.py"}
MOST_FILES = 16
MOST_LINES = 250
LONGER = {
    "fgspace/signatures/torch_modules.py": "written by a tool: one signature after the other",
    "fgspace/study/study.py": "the public class of searches, of which half is docstrings",
}
PUBLIC = {"fgspace", "fgspace.errors", "fgspace.testing"}


def name_of(path: Path) -> str:
    return path.relative_to(next(package for package in PACKAGES if path.is_relative_to(package)).parent).as_posix()


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Return the import graph of core and all plugins, annotations and imports inside functions included."""
    return grimp.build_graph(*(package.name for package in PACKAGES), cache_dir=None)


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return circles of a graph that share no module; an empty list means that the graph has no circle."""
    left, found = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}, []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = sorted({*error.args[1]})
            found.append(circle)
            left = {one: others - {*circle} for one, others in left.items() if one not in circle}
        else:
            return found


def layers(contract: str) -> list[list[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    written: list[str] = next(one["layers"] for one in contracts if one["id"] == contract)
    return [re.findall(r"\w+", layer) for layer in written]


def upwards(graph: grimp.ImportGraph, inside: str, contract: str) -> list[str]:
    """Return the imports from one place inside a package to another that is not in a lower layer."""
    level = {name: number for number, layer in enumerate(layers(contract)) for name in layer}
    names = {
        module: module.removeprefix(f"{inside}.").partition(".")[0]
        for module in graph.modules
        if module.startswith(f"{inside}.")
    }
    return sorted(
        f"{one} imports {other}"
        for one, name in names.items()
        for other in graph.find_modules_directly_imported_by(one)
        if other in names and names[other] != name and level[names[other]] <= level[name]
    )


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    assert circles(graph) == []


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for one, other in [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("e", "f")]:
        graph.add_import(importer=one, imported=other)
    assert sorted(circles(graph)) == [["a", "b", "c"], ["d", "e"]]


@pytest.mark.parametrize(("inside", "contract"), [("fgspace", "layers"), ("fgspace.network", "network-layers")])
def test_no_room_imports_one_above_it_or_beside_it(graph: grimp.ImportGraph, inside: str, contract: str) -> None:
    assert upwards(graph, inside, contract) == []


def test_the_layers_name_every_room_once() -> None:
    stems = {path.name.removesuffix(".py") for path in CORE.iterdir() if not path.name.startswith(("__init__", "__py"))}
    names = [name for layer in layers("layers") for name in layer]
    assert sorted(names) == sorted(stems - {"py.typed"})


def test_only_four_modules_lie_at_the_root_of_core() -> None:
    assert {path.name for path in CORE.glob("*.py")} <= AT_THE_ROOT


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(CORE).as_posix())
def test_a_room_holds_few_files_and_opens_with_one_sentence(room: Path) -> None:
    assert len([*room.glob("*.py")]) <= MOST_FILES
    first = (ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))) or "").partition("\n")[0]
    assert re.fullmatch(r"[A-Z](?:[^.]|\.(?! ))*\.", first)


def test_every_folder_of_core_is_a_room() -> None:
    assert sorted({path.parent for path in CORE.rglob("*.py")}) == [CORE, *ROOMS]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_distribution_says_that_it_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()


def test_a_module_is_short_but_for_those_with_a_reason() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES and name not in LONGER} == {}
    assert [name for name in LONGER if lines.get(name, 0) <= MOST_LINES] == []  # these exceptions are no longer needed


@pytest.mark.parametrize("path", [path for path in MODULES if not path.is_relative_to(CORE)], ids=name_of)
def test_a_plugin_takes_from_core_what_is_public(path: Path) -> None:
    taken = [*taken_from_core(ast.parse(path.read_text("utf-8")))]
    assert {module for module, _ in taken} <= PUBLIC
    assert {name for module, name in taken if module == "fgspace" and name} <= {*fgspace.__all__}


def taken_from_core(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the module and name of everything that a file imports from core, or uses as an attribute of `fgspace`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if is_core(alias.name))
        elif isinstance(node, ast.ImportFrom) and is_core(node.module or ""):
            yield from (place_of(node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "fgspace":
            yield place_of("fgspace", node.attr)


def place_of(module: str, name: str) -> tuple[str, str]:
    """Return the module and the name; only the module for a public module imported from the package."""
    return (f"{module}.{name}", "") if f"{module}.{name}" in PUBLIC else (module, name)


def is_core(module: str) -> bool:
    return module.partition(".")[0] == "fgspace"


def test_all_that_a_file_takes_from_core_is_found_wherever_it_does_so() -> None:
    text = """
        import fgspace
        import fgspace.cli as command
        from fgspace import Space, errors
        from fgspace_acme import Block
        def load():
            from fgspace.plugins.registry import Registry
            return fgspace.digest(fgspace.testing)
    """
    assert sorted(taken_from_core(ast.parse("if True:" + text))) == [
        ("fgspace", ""),
        ("fgspace", "Space"),
        ("fgspace", "digest"),
        ("fgspace.cli", ""),
        ("fgspace.errors", ""),
        ("fgspace.plugins.registry", "Registry"),
        ("fgspace.testing", ""),
    ]
