"""The colours of figures, which colour-blind readers can tell apart (Okabe and Ito, 2008), and their style."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fgspace.documents.markup import Markup, element

INK, FAINT, PAPER = "#1a1a1a", "#5c5c5c", "#ffffff"
COLOURS: Mapping[str, str] = MappingProxyType(
    {"front": "#0072b2", "complete": "#7a9bb5", "stopped": "#d55e00", "infeasible": "#009e73", "grid": "#d9d9d9"}
)
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 2", "1 4")
"""A dash for each series, for those who see no colours."""
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"


def series(index: int) -> dict[str, Any]:
    """Return the attributes of the line of a series; the page replaces the colours in the dark."""
    place = index % len(SERIES)
    return {"stroke": SERIES[place], "stroke_dasharray": DASHES[place] or None, "class_": f"line s{place}"}


def text(x: float, y: float, written: Any, *, size: int = 12, anchor: str | None = None, **more: Any) -> Markup:
    """Return text in the colour of ink."""
    given = {"fill": INK, "class_": "ink", **more}
    return element("text", written, x=round(x, 1), y=round(y, 1), font_size=size, text_anchor=anchor, **given)


def faint(x: float, y: float, written: Any, **more: Any) -> Markup:
    """Return text in a fainter colour."""
    return text(x, y, written, **{"fill": FAINT, "class_": "faint", **more})


def canvas(width: float, height: float, title: str, words: str, *inside: Any) -> Markup:
    """Return a drawing of this size, with its title and what it shows for those who do not see it."""
    return element(
        "svg",
        element("title", title),
        element("desc", words),
        inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=round(width),
        height=round(height),
        role="img",
        aria_label=f"{title}. {words}",
        font_family=FONT,
        class_="figure",
    )
