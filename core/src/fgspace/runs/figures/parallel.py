"""The figure of parallel coordinates: a line a trial, through its hyper-parameters and objectives."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.runs.figures.axes import brief
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.theme import COLOURS, canvas, faint, text

_TOP, _HEIGHT, _GAP, _LEFT = 56, 260, 108, 60
_MOST_NAMED = 12


def parallel(study: Mapping[str, Any]) -> Figure:
    """Return the lines of the front before those of other trials."""
    found = study["parallel"]
    axes, lines = found["axes"], found["lines"]
    width = _LEFT * 2 + _GAP * max(1, len(axes) - 1)
    title = "Hyper-parameters and objectives of the trials"
    on_front = sum(one["front"] for one in lines)
    left_out = found["hyper_parameters"] - sum(not axis["objective"] for axis in axes)
    words = f"{len(lines)} of {found['measured']} measured trials, {on_front} of them on the front" + (
        f"; {left_out} hyper-parameters or elements that matter less have no axis" if left_out > 0 else ""
    )
    drawn = [_line(one["at"], one["front"], one["trial"]) for one in sorted(lines, key=lambda one: one["front"])]
    svg = canvas(
        width, _TOP + _HEIGHT + 40, title, words, drawn, [_axis(axis, index) for index, axis in enumerate(axes)]
    )
    header = ("trial", "front", *(axis["name"] for axis in axes))
    return Figure("parallel", title, words, svg, header, [(one["trial"], one["front"], *one["at"]) for one in lines])


def _x(index: int) -> float:
    return _LEFT + _GAP * index


def _y(share: float) -> float:
    return round(_TOP + _HEIGHT * (1 - share), 1)


def _line(places: list[float | None], is_front: bool, trial: int) -> Markup:
    path, is_down = "", False
    for index, share in enumerate(places):
        if share is not None:
            path += f"{'L' if is_down else 'M'}{_x(index)} {_y(share)}"
        is_down = share is not None
    kind = "front" if is_front else "complete"
    width, opacity = (2, 0.9) if is_front else (1, 0.25)
    return element(
        "path",
        element("title", f"trial {trial}"),
        d=path or "M0 0",
        fill="none",
        stroke=COLOURS[kind],
        stroke_width=width,
        stroke_opacity=opacity,
        class_=f"way {kind}",
    )


def _axis(axis: Mapping[str, Any], index: int) -> list[Markup]:
    x = _x(index)
    drawn = [
        element("line", x1=x, x2=x, y1=_TOP, y2=_TOP + _HEIGHT, stroke="#7f7f7f", class_="axis"),
        *(text(x, 16 + 14 * row, word, size=11, anchor="middle") for row, word in enumerate(_broken(axis["name"]))),
    ]
    if "low" in axis:
        ends = [(0, axis["low"]), (1, axis["high"])]
        return [
            *drawn,
            *(
                faint(x, _y(share) + (16 if share == 0 else -4), brief(value), size=11, anchor="middle")
                for share, value in ends
            ),
        ]
    options = axis["options"]
    if axis.get("unnamed") or len(options) > _MOST_NAMED:
        return [*drawn, faint(x, _TOP + _HEIGHT + 16, f"{len(options)} options", size=11, anchor="middle")]
    for place, option in enumerate(options):
        share = place / (len(options) - 1) if len(options) > 1 else 0.5
        drawn.append(faint(x + 4, _y(share) + 4, option if len(option) <= 14 else f"{option[:13]}…", size=10))
    return drawn


def _broken(name: str) -> list[str]:
    """Return a dotted path in at most two lines."""
    if len(name) <= 16:
        return ["", name]
    head, _, tail = name.rpartition(".")
    return [_end(head, 16), _end(tail, 16)]


def _end(text_: str, most: int) -> str:
    return text_ if len(text_) <= most else f"…{text_[-most + 1 :]}"
