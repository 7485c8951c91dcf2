"""Reads the house: the rooms of core in their layers, the sentence of each, and which imports which."""

import ast
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import grimp

Edges = frozenset[tuple[str, str]]
"""Pairs of names: the first imports the second."""

DOOR = "fgspace"
"""The package itself, which has the public names of all rooms."""


@dataclass(frozen=True)
class House:
    """What the picture shows.

    `layers` holds the rooms from top to bottom, those of one layer together; a room is a folder or a module of core.
    `sentences` and `folders` hold the first sentence of each room and the folders in it. `network` names what is in
    the room of that name. `guests` are the rooms that import the public names, as plugins do.
    """

    layers: tuple[tuple[str, ...], ...]
    sentences: Mapping[str, str]
    folders: Mapping[str, tuple[str, ...]]
    imports: Edges
    guests: tuple[str, ...]
    network: tuple[str, ...]
    network_imports: Edges
    plugins: tuple[str, ...]

    @property
    def rooms(self) -> list[str]:
        """All rooms, from top to bottom."""
        return [room for layer in self.layers for room in layer]


def house(root: Path) -> House:
    """Return the house of the workspace in a folder."""
    core = root / "core" / "src" / "fgspace"
    graph = grimp.build_graph("fgspace", cache_dir=None)
    layers = tuple(layer for layer in _layers(root, "layers") if layer != ("__main__",))
    rooms = {room for layer in layers for room in layer}
    imports = _imports(graph, _room)
    return House(
        layers=layers,
        sentences={room: _sentence(core, room) for room in rooms},
        folders={
            room: tuple(sorted(path.parent.name for path in core.glob(f"{room}/*/__init__.py"))) for room in rooms
        },
        imports=frozenset((one, other) for one, other in imports if {one, other} <= rooms),
        guests=tuple(sorted(one for one, other in imports if other == DOOR)),
        network=tuple(name for layer in _layers(root, "network-layers") for name in layer),
        network_imports=_imports(graph, _inside_network),
        plugins=tuple(sorted(path.parent.name for path in root.glob("plugins/*/pyproject.toml"))),
    )


def needed(edges: Edges) -> Edges:
    """Return the edges that do not follow from others: without circles, these have the same paths."""
    return frozenset(
        (one, other)
        for one, other in edges
        if not any(other in _reached(edges, between) for first, between in edges if first == one and between != other)
    )


def _reached(edges: Edges, start: str) -> set[str]:
    """Return what paths from a name lead to, the name itself included."""
    found, new = set(), {start}
    while new:
        found |= new
        new = {other for one, other in edges if one in new} - found
    return found


def _layers(root: Path, contract: str) -> list[tuple[str, ...]]:
    """Return the layers of an import contract, which writes them as "(cli) : (testing)"."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    written = next(one["layers"] for one in contracts if one["id"] == contract)
    return [tuple(re.findall(r"\w+", layer)) for layer in written]


def _sentence(core: Path, room: str) -> str:
    path = core / room / "__init__.py" if (core / room).is_dir() else core / f"{room}.py"
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


def _imports(graph: grimp.ImportGraph, place: Callable[[str], str | None]) -> Edges:
    """Return the imports between places, annotations and imports inside functions included."""
    pairs = (
        (place(module), place(other))
        for module in graph.modules
        for other in graph.find_modules_directly_imported_by(module)
    )
    return frozenset((one, other) for one, other in pairs if one and other and one != other)


def _room(module: str) -> str:
    """Return the room that a module of core is in, or the door."""
    return module.removeprefix("fgspace").strip(".").partition(".")[0] or DOOR


def _inside_network(module: str) -> str | None:
    _, inside, name = module.partition("fgspace.network.")
    return name.partition(".")[0] if inside else None
