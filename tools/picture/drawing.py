"""Draws the house: the plugins on the left, the rooms of core from top to bottom, all their imports on the right."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from picture.house import House, needed
from picture.shapes import Box, opening, path, rectangle, text, upright
from picture.table import table

WIDTH, TOP, GAP = 1440, 78, 26
PLUGINS, DOOR, ROOMS, TABLE = 24, 222, 296, 1056
"""Where the columns of the picture begin: the plugins, the public names, the rooms, the table of imports."""
FULL, HALF = 700, 338
"""Widths of rooms, in pixels; a line of text has a seventh as many letters."""

SIDES = {"runs": "left", "signatures": "left", "plugins": "left", "documents": "right"}
"""Rooms alone in their layer that leave the other half free, for arrows to pass."""
NETWORK = {
    "network": (0, 1),
    "count": (1, 0),
    "trace": (1, 2),
    "sharing": (2, 0),
    "build": (2, 2),
    "resolve": (3, 1),
    "parts": (4, 0),
    "process": (4, 2),
    "inputs": (3, 2),
    "weights": (5, 0),
    "costs": (5, 1),
    "memory": (4, 1),
    "expected": (5, 2),
}
"""Column and row of each thing inside the network room."""


def draw(house: House) -> str:
    """Return the picture of a house as SVG.

    Raises:
        SystemExit: something has no place in the picture.
    """
    if moved := {*house.network} ^ {*NETWORK} | {*SIDES} - {*house.rooms}:
        raise SystemExit(f"{', '.join(sorted(moved))}: has moved; say in tools/picture/drawing.py where it is now")
    rooms = _boxes(house)
    bottom = max(box.bottom for box in rooms.values())
    lines = [
        *opening(WIDTH, bottom + 24, "The rooms of core, and which imports which"),
        text(ROOMS, 36, "A room of core imports what stands below it, never what stands above", "title"),
        text(ROOMS, 60, "An arrow is an import. Imports that follow from others are in the table only.", "small"),
        *_plugins(house, rooms["plugins"], bottom),
        *_door(rooms["network"].bottom),
        *(line for room, box in rooms.items() for line in _room(house, room, box)),
        *_network(house, rooms["network"]),
        *(_arrow(rooms[one], rooms[other]) for one, other in sorted(needed(house.imports))),
        *table(house, TABLE, TOP),
        "</svg>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _boxes(house: House) -> dict[str, Box]:
    """Return the box of each room: a row for each layer, as high as the texts in it need."""
    found: dict[str, Box] = {}
    y = TOP
    for layer in house.layers:
        boxes = {room: _box(house, room, _side(layer, room), y) for room in layer}
        height = max(box.height for box in boxes.values())
        found |= {room: Box(box.x, y, box.width, height) for room, box in boxes.items()}
        y += height + GAP
    return found


def _side(layer: Sequence[str], room: str) -> str | None:
    return ("left", "right")[layer.index(room)] if len(layer) == 2 else SIDES.get(room)


def _box(house: House, room: str, side: str | None, y: int) -> Box:
    width = HALF if side else FULL
    height = 40 + 16 * len(_lines(house, room, width)) + (140 if room == "network" else 0)
    return Box(ROOMS + (FULL - HALF if side == "right" else 0), y, width, height)


def _lines(house: House, room: str, width: int) -> list[str]:
    return wrap(house.sentences[room].replace("`", ""), width // 7 + 2)


def _room(house: House, room: str, box: Box) -> Iterator[str]:
    yield rectangle(box, "room")
    yield text(box.x + 14, box.y + 24, f"{room}.py" if room in ("api", "errors") else f"{room}/", "name")
    if room != "network":
        folders = "  ".join(f"{name}/" for name in house.folders[room])
        yield text(box.right - 14, box.y + 24, folders, "small", "end")
    for index, line in enumerate(_lines(house, room, box.width)):
        yield text(box.x + 14, box.y + 44 + 16 * index, line)


def _network(house: House, room: Box) -> Iterator[str]:
    """Draw what is inside the network room, from left to right."""
    boxes: Mapping[str, Box] = {
        name: Box(room.x + 18 + 114 * column, room.y + 62 + 44 * row, 94, 28) for name, (column, row) in NETWORK.items()
    }
    for name, box in boxes.items():
        yield rectangle(box, "inner")
        shown = f"{name}/" if name in house.folders["network"] else f"{name}.py"
        yield text(box.x + box.width // 2, box.middle + 5, shown, anchor="middle")
    for one, other in sorted(needed(house.network_imports)):
        yield path(f"M{boxes[one].right} {boxes[one].middle} L{boxes[other].x - 1} {boxes[other].middle}", "thin")


def _arrow(one: Box, other: Box) -> str:
    """Draw an arrow down from one room to another: straight where one stands over the other, else with a bend."""
    left, right = max(one.x, other.x), min(one.right, other.right)
    if left < right:
        return path(f"M{(left + right) // 2} {one.bottom} V{other.y - 1}", "arrow")
    start, end = (one.x + 40, other.right - 40) if one.x > other.x else (one.right - 40, other.x + 40)
    return path(f"M{start} {one.bottom} V{other.y - GAP // 2} H{end} V{other.y - 1}", "arrow")


def _plugins(house: House, finder: Box, bottom: int) -> Iterator[str]:
    """Draw the plugins, an arrow to what they import, and one from the room that finds them."""
    box = Box(PLUGINS, TOP, 150, bottom - TOP)
    yield rectangle(box, "plugins")
    yield text(box.x + 14, box.y + 25, "plugins/", "name")
    yield text(box.x + 14, box.y + 44, "a distribution each", "small")
    for index, name in enumerate(house.plugins):
        row = Box(box.x + 12, box.y + 56 + 27 * index, box.width - 24, 22)
        yield rectangle(row, "inner")
        yield text(row.x + 8, row.y + 15, name)
    yield path(f"M{box.right} {TOP + 68} H{DOOR - 1}", "arrow")
    yield path(f"M{finder.x} {finder.middle} H{box.right + 1}", "finds")
    yield text(box.right + 10, finder.middle - 8, "finds them by", "small")
    yield text(box.right + 10, finder.middle + 18, "their entry points", "small")


def _door(bottom: int) -> Iterator[str]:
    box = Box(DOOR, TOP, 48, bottom - TOP)
    yield rectangle(box, "door")
    yield upright(box.x + 20, box.middle, "fgspace, fgspace.errors, fgspace.testing", "head", "middle")
    said = "the public names; each is imported from its room when it is first used"
    yield upright(box.x + 38, box.middle, said, "small", "middle")
