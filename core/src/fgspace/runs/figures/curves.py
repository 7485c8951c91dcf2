"""The figure of learning curves: a line a trial, with a cross where early stopping ended it."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.runs.figures.axes import HEIGHT, WIDTH, Scale, across, frame, upwards
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.lines import straight
from fgspace.runs.figures.theme import COLOURS, canvas, text

_KINDS = {"complete": "ran to its end", "stopped": "stopped early", "front": "on the front"}


def curves(study: Mapping[str, Any], metric: str) -> Figure:
    """Return the curves of one metric that trials reported; those of the front are drawn last."""
    found = study["curves"]
    lines = sorted(found["curves"], key=lambda one: [*_KINDS].index(_kind(one)))
    rows = [
        (one["trial"], epoch, value, one["state"])
        for one in lines
        for epoch, value in zip(one["epochs"], one["values"][metric], strict=True)
        if value is not None
    ]
    run, whole = found["epochs_spared"]
    title = f"{metric} over epochs"
    words = (
        f"{len(lines)} of {found['reported']} trials with reports; {found['stopped']} were stopped early, so that"
        f" {run} epochs were run instead of {whole}"
    )
    x, y = across([row[1] for row in rows]), upwards([row[2] for row in rows])
    drawn = [_curve(one, metric, x, y) for one in lines]
    svg = canvas(WIDTH, HEIGHT + 24, title, words, frame(x, y, "epoch", metric), drawn, _key(x))
    return Figure(f"curves_{metric}", title, words, svg, ("trial", "epoch", metric, "state"), rows)


def _kind(one: Mapping[str, Any]) -> str:
    return "front" if one["front"] else "stopped" if one["state"] == "stopped" else "complete"


def _curve(one: Mapping[str, Any], metric: str, x: Scale, y: Scale) -> list[Markup]:
    points = [
        (epoch, value) for epoch, value in zip(one["epochs"], one["values"][metric], strict=True) if value is not None
    ]
    if not points:
        return []
    kind = _kind(one)
    title = element("title", f"trial {one['trial']}, {one['state']} at epoch {points[-1][0]}")
    style = {
        "stroke": COLOURS[kind],
        "stroke_width": 2 if kind == "front" else 1,
        "stroke_opacity": 0.9 if kind == "front" else 0.5,
    }
    drawn = [element("path", title, d=straight(points, x, y), fill="none", class_=f"way {kind}", **style)]
    end_x, end_y = x.at(points[-1][0]), y.at(points[-1][1])
    if kind == "stopped":
        drawn.append(
            element(
                "path", title, d=f"M{end_x - 3} {end_y - 3}l6 6m0 -6l-6 6", stroke=COLOURS[kind], class_=f"way {kind}"
            )
        )
    elif len(points) == 1:
        drawn.append(element("circle", title, cx=end_x, cy=end_y, r=2.5, fill=COLOURS[kind], class_=f"mark {kind}"))
    return drawn


def _key(x: Scale) -> list[Markup]:
    drawn, place = [], x.start
    for kind, word in reversed(_KINDS.items()):
        cross = "m-15 -3l6 6m0 -6l-6 6" if kind == "stopped" else ""
        drawn += [
            element(
                "path",
                d=f"M{place} {HEIGHT + 10}h24{cross}",
                fill="none",
                stroke=COLOURS[kind],
                stroke_width=2,
                class_=f"way {kind}",
            ),
            text(place + 30, HEIGHT + 14, word),
        ]
        place += 56 + 7 * len(word)
    return drawn
