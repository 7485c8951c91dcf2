"""Charts of lines: steps, bands and keys, as several figures have them."""

from collections.abc import Iterable, Sequence
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.runs.figures.axes import Scale
from fgspace.runs.figures.theme import INK, series, text

Points = Sequence[Sequence[float]]


BEGINNING = 0.05
"""The share of a run whose values may lie outside of the picture: the first points of a search are often far off."""


def settled(points: Iterable[Sequence[float]]) -> list[float]:
    """Return the values that decide the scale: (place, values...), without those of the beginning that are left."""
    known = list(points)
    start = BEGINNING * max((point[0] for point in known), default=0.0)
    ends = [*(point[0] for point in known[1:]), start][: len(known)]  # a line keeps its value until the next point
    return [value for (_, *values), end in zip(known, ends, strict=True) for value in values if end >= start]


def inside(x: Scale, y: Scale, *drawn: Any) -> Markup:
    """Return what is drawn, without what lies outside of the axes."""
    left, top, width, height = x.start, y.end, x.end - x.start, y.start - y.end
    box = f"{left} {top} {width} {height}"
    return element("svg", drawn, x=left, y=top, width=width, height=height, viewBox=box, overflow="hidden")


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
