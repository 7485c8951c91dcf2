"""Charts of lines: steps, bands and keys, as several figures have them."""

from collections.abc import Sequence
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.runs.figures.axes import Scale
from fgspace.runs.figures.theme import INK, series, text

Points = Sequence[Sequence[float]]


def stepped(points: Points, x: Scale, y: Scale) -> str:
    """Return the path of a line that keeps each value until the next one."""
    path = ""
    for index, (across, up) in enumerate(points):
        path += f"M{x.at(across)} {y.at(up)}" if index == 0 else f"H{x.at(across)}V{y.at(up)}"
    return path


def straight(points: Points, x: Scale, y: Scale) -> str:
    """Return the path of a line from point to point."""
    return "".join(f"{'L' if index else 'M'}{x.at(across)} {y.at(up)}" for index, (across, up) in enumerate(points))


def line(path: str, index: int, title: str = "", **more: Any) -> Markup:
    """Return a line of a series."""
    inner = element("title", title) if title else ""
    return element("path", inner, d=path, **{"fill": "none", "stroke_width": 2, **series(index), **more})


def band(low: Points, high: Points, x: Scale, y: Scale, index: int) -> Markup:
    """Return the area between two stepped lines."""
    back = [(one, two) for one, two in reversed(high)]
    path = stepped(low, x, y) + "".join(
        f"L{x.at(across)} {y.at(up)}" if place == 0 else f"V{y.at(up)}H{x.at(across)}"
        for place, (across, up) in enumerate(back)
    )
    colours = series(index)
    return element(
        "path", d=f"{path}Z", fill=colours["stroke"], fill_opacity=0.18, stroke="none", class_=f"area f{index % 6}"
    )


def key(names: Sequence[str], x: float, y: float) -> list[Markup]:
    """Return a line of each series with its name, below each other."""
    drawn = []
    for index, name in enumerate(names):
        top = y + 18 * index
        drawn += [line(f"M{x} {top - 4}h28", index), text(x + 34, top, name, size=12, fill=INK)]
    return drawn
