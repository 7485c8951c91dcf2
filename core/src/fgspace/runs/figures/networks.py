"""The figure of networks side by side: their blocks as boxes in order, as wide as they have channels."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.documents.numbers import in_short
from fgspace.runs.figures.axes import brief
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.theme import COLOURS, SERIES, canvas, faint, text

_COLUMN, _BOX, _GAP, _LINE, _HEAD = 196, 176, 8, 14, 62
_HEADER = (
    "trial",
    "block",
    "type",
    "times",
    "channels_in",
    "channels_out",
    "size",
    "stride",
    "layers",
    "kept",
    "of",
    "bits",
    "params",
    "macs",
)


def networks(study: Mapping[str, Any]) -> Figure:
    """Return the networks of a study's front, the cheapest on the left."""
    found = study["networks"]
    some = found["networks"]
    title = "Networks of the front"
    words = f"{len(some)} of {found['front']} on the front, the cheapest first" if some else "the front is empty"
    return side_by_side(some, "networks", title, words)


def side_by_side(some: Sequence[Mapping[str, Any]], name: str, title: str, words: str) -> Figure:
    """Return networks side by side; a box is as wide as the square root of its block's channels."""
    widest = max((box["out"] or 1 for one in some for box in one["blocks"]), default=1)
    columns = [_network(one, _COLUMN * index + 8, widest) for index, one in enumerate(some)]
    height = max((bottom for _, bottom in columns), default=40)
    svg = canvas(_COLUMN * max(1, len(some)) + 8, height + 8, title, words, [drawn for drawn, _ in columns])
    rows = [_row(one["trial"], box) for one in some for box in one["blocks"]]
    return Figure(name, title, words, svg, _HEADER, rows)


def in_words(box: Mapping[str, Any]) -> list[str]:
    """Return the lines that stand in the box of a block."""
    times = f"{box['times']} × " if box["times"] > 1 else ""
    width = f"{box['in']} → {box['out']}" if box["in"] is not None and box["out"] is not None else ""
    size = f" at {box['size']}" if box["size"] else ""
    stride = f", stride {box['stride']}" if box["stride"] > 1 else ""
    lines = [f"{times}{box['type']}", f"{width}{size}{stride}", ", ".join(box["contents"])]
    if box["kept"]:
        lines.append(f"keeps {box['kept'][0]} of {box['kept'][1]} channels")
    if box["bits"]:
        lines.append(bits_in_words(box["bits"]))
    return [line for line in lines if line]


def bits_in_words(bits: Sequence[Sequence[int]]) -> str:
    """Return the bits of the layers of a block: one pair where all have the same, else each in order."""
    weights, inputs = ([pair[index] for pair in bits] for index in (0, 1))
    return f"weights {_same(weights)}, inputs {_same(inputs)} bit"


def _same(numbers: Sequence[int]) -> str:
    if len({*numbers}) == 1:
        return str(numbers[0])
    return " ".join(map(str, numbers)) if len(numbers) <= 4 else f"{min(numbers)} to {max(numbers)}"


def _network(one: Mapping[str, Any], x: float, widest: int) -> tuple[list[Markup], float]:
    """Return the drawing of one network, and where it ends."""
    metrics = list(one["metrics"].items())[:3]
    drawn = [text(x, 18, "Network" if one["trial"] is None else f"Trial {one['trial']}", size=14, font_weight="bold")]
    drawn += [
        faint(x, 34 + 13 * row, f"{name} {in_short(value)}", size=11) for row, (name, value) in enumerate(metrics)
    ]
    top = float(_HEAD + 14)
    if one.get("error"):
        lines = _wrapped(f"cannot be drawn: {one['error']}", 30)[:12]
        return [*drawn, *(faint(x, top + 14 * row, line, size=11) for row, line in enumerate(lines))], top + 14 * len(
            lines
        )
    for box in one["blocks"]:
        boxed, height = _box(box, x, top, widest)
        drawn.append(boxed)
        top += height + _GAP
    total = sum(box["params"] for box in one["blocks"]), sum(box["macs"] for box in one["blocks"])
    drawn.append(faint(x, top + 10, f"{brief(total[0])} params, {brief(total[1])} MACs", size=11))
    return drawn, top + 16


def _box(box: Mapping[str, Any], x: float, top: float, widest: int) -> tuple[Markup, float]:
    lines = [piece for line in in_words(box) for piece in _wrapped(line, 29)]
    height = 8 + _LINE * len(lines)
    width = max(6.0, _BOX * math.sqrt((box["out"] or 1) / widest))
    share = box["kept"][0] / box["kept"][1] if box["kept"] else 1.0
    title = f"{_path(box)}: {box['params']:,} params, {box['macs']:,} MACs"
    colour = COLOURS["stopped"] if box["stride"] > 1 else SERIES[0]
    kind = "stride" if box["stride"] > 1 else "plain"
    return element(
        "g",
        element("title", title),
        element("rect", x=x, y=top, width=_BOX, height=height, rx=4, fill="none", stroke="#b0b0b0", class_="box"),
        element(
            "rect",
            x=x,
            y=top,
            width=round(width, 1),
            height=height,
            rx=4,
            fill=colour,
            fill_opacity=0.14,
            class_=f"width {kind}",
        ),
        element(
            "rect", x=x, y=top + height - 3, width=round(width * share, 1), height=3, fill=colour, class_=f"kept {kind}"
        ),
        [
            text(x + 6, top + 15 + _LINE * row, line, size=11, **({"font_weight": "bold"} if row == 0 else {}))
            for row, line in enumerate(lines)
        ],
    ), height


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line in pieces of at most so many letters, broken at spaces where there are any."""
    pieces = [""]
    for word in line.split(" "):
        if len(pieces[-1]) + len(word) + 1 > width and pieces[-1]:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {word}".strip()
    return [piece if len(piece) <= width + 4 else f"{piece[: width + 3]}…" for piece in pieces]


def _path(box: Mapping[str, Any]) -> str:
    return str(box["path"]) if box["times"] == 1 else f"{box['path']} to {box['last']}"


def _row(trial: int, box: Mapping[str, Any]) -> tuple[Any, ...]:
    kept = box["kept"] or (None, None)
    bits = bits_in_words(box["bits"]) if box["bits"] else None
    return (
        trial,
        _path(box),
        box["type"],
        box["times"],
        box["in"],
        box["out"],
        box["size"],
        box["stride"],
        "; ".join(box["contents"]),
        *kept,
        bits,
        box["params"],
        box["macs"],
    )
