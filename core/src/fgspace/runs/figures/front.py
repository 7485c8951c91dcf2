"""The figure of a front: every measured trial by two metrics, drawn by its state."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.documents.numbers import in_short
from fgspace.runs.figures.axes import HEIGHT, WIDTH, Scale, across, frame, upwards
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.theme import COLOURS, canvas, text
from fgspace.runs.reports.axes import axes_of

_MOST = 4000
"""The points that are drawn besides the front; of more, some are left out of the drawing, not out of the numbers."""
KINDS = ("complete", "infeasible", "stopped", "front")

Point = tuple[int, float, float, str]
"""Number of the trial, the two metrics, and how it is drawn."""


def front(study: Mapping[str, Any], x: str | None = None, y: str | None = None) -> Figure:
    """Return the figure of a study's data by two of its metrics; by default its first two objectives."""
    first, second = axes_of(study["objectives"])
    x_name, y_name = x or first, y or second
    points = list(points_of(study, x_name, y_name))
    counts = Counter(kind for *_, kind in points)
    title = f"{y_name} over {x_name}"
    words = f"{len(points)} trials: " + ", ".join(
        f"{counts[kind]} {_word(kind)}" for kind in reversed(KINDS) if counts[kind]
    )
    return Figure(
        "front", title, words, _drawn(points, x_name, y_name, title, words), ("trial", x_name, y_name, "state"), points
    )


def points_of(study: Mapping[str, Any], x: str, y: str) -> list[Point]:
    """Return the trials that have both metrics, those of the front last."""
    trials, on_front = study["trials"], set(study["front"])
    metrics = {**trials["metrics"], "trial": range(len(trials["state"]))}
    found = []
    for number, (across_, up, state, feasible, copy) in enumerate(
        zip(metrics[x], metrics[y], trials["state"], trials["feasible"], trials["duplicate_of"], strict=True)
    ):
        if across_ is not None and up is not None and copy is None and state in (0, 1):
            kind = (
                "front" if number in on_front else "stopped" if state == 1 else "complete" if feasible else "infeasible"
            )
            found.append((number, across_, up, kind))
    return sorted(found, key=lambda point: KINDS.index(point[3]))


def mark(kind: str, x: float, y: float, title: str = "") -> Markup:
    """Return the mark of one trial: each state has a shape of its own."""
    inner = element("title", title) if title else ""
    colour = COLOURS[kind]
    if kind == "front":
        return element("path", inner, d=f"M{x} {y - 6}l6 6l-6 6l-6 -6z", fill=colour, class_="mark front")
    if kind == "stopped":
        return element("path", inner, d=f"M{x} {y - 4}l4 7h-8z", fill=colour, class_="mark stopped")
    if kind == "infeasible":
        return element(
            "path", inner, d=f"M{x - 3} {y - 3}h6v6h-6z", fill="none", stroke=colour, class_="mark infeasible"
        )
    return element("circle", inner, cx=x, cy=y, r=3, fill=colour, fill_opacity=0.7, class_="mark complete")


def _drawn(points: Sequence[Point], x_name: str, y_name: str, title: str, words: str) -> Markup:
    x, y = across([point[1] for point in points]), upwards([point[2] for point in points])
    others, best = (
        [point for point in points if point[3] != "front"],
        [point for point in points if point[3] == "front"],
    )
    shown = others[:: max(1, math.ceil(len(others) / _MOST))]
    marks = [
        mark(kind, x.at(one), y.at(two), f"trial {number}: {x_name} {in_short(one)}, {y_name} {in_short(two)}")
        for number, one, two, kind in [*shown, *best]
    ]
    return canvas(
        WIDTH, HEIGHT + 24, title, words, frame(x, y, x_name, y_name), marks, _key({point[3] for point in points}, x)
    )


def _key(kinds: set[str], x: Scale) -> list[Markup]:
    drawn, place = [], x.start
    for kind in reversed(KINDS):
        if kind in kinds:
            drawn += [mark(kind, place + 6, HEIGHT + 10), text(place + 18, HEIGHT + 14, _word(kind), size=12)]
            place += 26 + 7 * len(_word(kind)) + 14
    return drawn


def _word(kind: str) -> str:
    return {
        "front": "on the front",
        "complete": "dominated",
        "stopped": "stopped early",
        "infeasible": "against a constraint",
    }[kind]
