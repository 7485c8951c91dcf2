"""Axes of charts: from values to places, with round numbers at the ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fgspace.documents.markup import Markup, element
from fgspace.documents.numbers import in_short
from fgspace.runs.figures.theme import COLOURS, faint, text

WIDTH, HEIGHT = 640, 380
LEFT, RIGHT, TOP, BOTTOM = 74, 18, 14, 46


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` to places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the place of a value."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.start + share * (self.end - self.start), 2)


def scale(values: Iterable[float], start: float, end: float, margin: float = 0.04) -> Scale:
    """Return the scale of some values, with a margin around them."""
    there = list(values) or [0.0, 1.0]
    low, high = min(there), max(there)
    wide = (high - low) * margin if high > low else abs(high) * 0.05 or 1.0
    return Scale(low - wide, high + wide, start, end)


def across(values: Iterable[float], width: float = WIDTH) -> Scale:
    """Return the scale of the horizontal axis of a chart."""
    return scale(values, LEFT, width - RIGHT)


def upwards(values: Iterable[float], height: float = HEIGHT) -> Scale:
    """Return the scale of the vertical axis of a chart."""
    return scale(values, height - BOTTOM, TOP)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers from low to high: 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low]
    step = 10 ** math.floor(math.log10(span / most))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 12) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def frame(x: Scale, y: Scale, x_name: str, y_name: str) -> list[Markup]:
    """Return the axes of a chart: lines, numbers and names."""
    left, right, bottom, top = x.start, x.end, y.start, y.end
    drawn = [_line(left, bottom, right, bottom, "axis"), _line(left, bottom, left, top, "axis")]
    for value in ticks(x.low, x.high):
        drawn += [
            _line(x.at(value), bottom, x.at(value), top, "grid"),
            faint(x.at(value), bottom + 16, brief(value), size=11, anchor="middle"),
        ]
    for value in ticks(y.low, y.high):
        drawn += [
            _line(left, y.at(value), right, y.at(value), "grid"),
            faint(left - 6, y.at(value) + 4, brief(value), size=11, anchor="end"),
        ]
    middle = round((bottom + top) / 2)
    return [
        *drawn,
        text((left + right) / 2, bottom + 36, x_name, anchor="middle"),
        text(14, middle, y_name, anchor="middle", transform=f"rotate(-90 14 {middle})"),
    ]


def brief(value: float) -> str:
    """Return the number of a tick: millions and thousands with a letter."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.4g}{letter}"
    return in_short(value)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    colour = COLOURS["grid"] if kind == "grid" else "#7f7f7f"
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, class_=kind)
