"""The figures of a comparison: bands of several seeds, and the fronts that runs attain."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.numbers import in_short
from fgspace.runs.figures.axes import HEIGHT, WIDTH, across, frame, upwards
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.lines import band, inside, key, line, settled, stepped
from fgspace.runs.figures.theme import canvas

_WIDTHS = {"one": 1, "half": 3, "all": 1}


def bands(comparison: Mapping[str, Any], name: str) -> Figure:
    """Return the medians of groups of studies over evaluations, with their least and most values as bands."""
    measure = next(one for one in comparison["measures"] if one["name"] == name)
    label = name if name == "hypervolume" else f"best {name}"
    groups, title = measure["bands"], f"{label} over evaluations"
    rows = [
        (one["group"], *values)
        for one in groups
        for values in zip(one["evaluations"], one["median"], one["least"], one["most"], strict=True)
    ]
    x, y = across([0.0, *(row[1] for row in rows)]), upwards(settled(row[1:] for row in rows))
    drawn = []
    for index, one in enumerate(groups):
        low, median, high = (
            list(zip(one["evaluations"], one[what], strict=True)) for what in ("least", "median", "most")
        )
        if median:
            drawn += [band(low, high, x, y, index), line(stepped(median, x, y), index, one["group"])]
    ends = [f"{one['group']} {in_short(one['median'][-1])}" for one in groups if one["median"]]
    words = f"median at the end: {', '.join(ends)}; bands from the least to the most of the seeds"
    size = HEIGHT + 18 * len(groups) + 6
    names = key([f"{one['name']}, {_seeds(one)}" for one in comparison["groups"]], x.start, HEIGHT + 14)
    svg = canvas(WIDTH, size, title, words, frame(x, y, "evaluations", label), inside(x, y, drawn), names)
    return Figure(f"compared_{name}", title, words, svg, ("group", "evaluations", "median", "least", "most"), rows)


def attainment(comparison: Mapping[str, Any]) -> Figure:
    """Return the fronts that one run, half of the runs and all runs of each group attain."""
    (x_name, y_name), groups = comparison["axes"], comparison["attainment"]
    rows = [(one["group"], level, *point) for one in groups for level in _WIDTHS for point in one[level]]
    x, y = across([row[2] for row in rows]), upwards([row[3] for row in rows])
    drawn = [
        line(
            stepped(one[level], x, y),
            index,
            f"{one['group']}: attained by {_level(level)}",
            stroke_width=_WIDTHS[level],
        )
        for index, one in enumerate(groups)
        for level in _WIDTHS
        if one[level]
    ]
    title, words = (
        f"Attained {y_name} over {x_name}",
        "thick: what half of the runs of a group attain; thin: what one run and what all runs attain",
    )
    names = key([one["group"] for one in groups], x.start, HEIGHT + 14)
    svg = canvas(WIDTH, HEIGHT + 18 * len(groups) + 6, title, words, frame(x, y, x_name, y_name), drawn, names)
    return Figure("attainment", title, words, svg, ("group", "attained_by", x_name, y_name), rows)


def _level(level: str) -> str:
    return {"one": "one run", "half": "half of the runs", "all": "all runs"}[level]


def _seeds(group: Mapping[str, Any]) -> str:
    count = len(group["seeds"])
    return f"{count} seed{'s' if count != 1 else ''}"
