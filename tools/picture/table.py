"""Draws the table of all imports between rooms: a row and a column for each room, and a dot for each import."""

from collections.abc import Iterator

from picture.house import House, needed
from picture.shapes import Box, dot, path, rectangle, text, upright

CELL = 23
LABELS = 84
"""Pixels that the names of the rooms take beside the table, and above it."""


def table(house: House, x: int, y: int) -> Iterator[str]:
    """Draw the table with its upper left corner there, its heading and its legend."""
    yield text(x, y + 14, "All imports between rooms", "head")
    yield text(x, y + 34, "The room of a row imports that of a column.", "small")
    grid = Box(x + LABELS, y + LABELS + 42, CELL * len(house.rooms), CELL * len(house.rooms))
    yield from _grid(house, grid)
    yield from _dots(house, grid)
    yield from _legend(house, x, grid.bottom + 30)


def _grid(house: House, grid: Box) -> Iterator[str]:
    for index, room in enumerate(house.rooms):
        across, down = grid.x + CELL * index, grid.y + CELL * index
        yield rectangle(Box(across, down, CELL, CELL), "self", corner=0)
        yield text(grid.x - 8, down + CELL // 2 + 4, room, anchor="end")
        yield upright(across + CELL // 2 + 4, grid.y - 8, room)
    for index in range(len(house.rooms) + 1):
        across, down = grid.x + CELL * index, grid.y + CELL * index
        yield path(f"M{grid.x} {down} H{grid.right} M{across} {grid.y} V{grid.bottom}", "grid")


def _dots(house: House, grid: Box) -> Iterator[str]:
    drawn = needed(house.imports)
    for one, other in sorted(house.imports):
        across, down = (CELL * house.rooms.index(room) + CELL // 2 for room in (other, one))
        yield dot(grid.x + across, grid.y + down, "drawn" if (one, other) in drawn else "follows")


def _legend(house: House, x: int, y: int) -> Iterator[str]:
    yield dot(x + 8, y - 4, "drawn")
    yield text(x + 24, y, "an arrow between rooms", "small")
    yield dot(x + 8, y + 18, "follows")
    yield text(x + 24, y + 22, "an import that follows from arrows", "small")
    lines = [
        "No dot lies left of the grey diagonal: no room",
        "imports upwards, nor does an annotation or an",
        "import inside a function.",
        *(f"{guest}/ imports the public names, too." for guest in house.guests),
    ]
    for index, line in enumerate(lines):
        yield text(x, y + 54 + 17 * index, line, "small")
