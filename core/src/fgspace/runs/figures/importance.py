"""The figure of the importance of hyper-parameters for one objective."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.markup import Markup, element
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.theme import SERIES, canvas, text

_MOST = 15
_ROW, _WIDTH, _BARS = 38, 290, 220


def importance(study: Mapping[str, Any], objective: str) -> Figure:
    """Return the bars of the most important hyper-parameters, the longest first."""
    found = study["importance"]
    shares = sorted(found["shares"].get(objective, {}).items(), key=lambda item: -item[1])
    elements = [(name, share) for name, share in found["elements"].get(objective, {}).items() if "[" in name]
    rows = [*shares, *elements]
    title = f"Importance for {objective}"
    if not shares:
        words = "there are too few measured trials to tell, or no hyper-parameters"
    else:
        path, most = shares[0]
        words = f"{path} matters most, with {most:.0%}; the best {found['top']} of {found['trials']} trials against all"
    bars = [_bar(10 + _ROW * index, path, share) for index, (path, share) in enumerate(shares[:_MOST])]
    height = 20 + _ROW * max(1, min(len(shares), _MOST))
    svg = canvas(_WIDTH, height, title, words, bars)
    return Figure(f"importance_{objective}", title, words, svg, ("hyper_parameter", "share"), rows)


def _bar(top: float, path: str, share: float) -> list[Markup]:
    """Return the name of a hyper-parameter, and below it a bar as long as its share."""
    length = round(max(1.0, share * _BARS), 1)
    return [
        text(4, top + 12, _short(path)),
        element(
            "rect",
            element("title", f"{path}: {share:.1%}"),
            x=4,
            y=top + 17,
            width=length,
            height=10,
            fill=SERIES[0],
            class_="bar",
        ),
        text(10 + length, top + 27, f"{share:.1%}"),
    ]


def _short(path: str) -> str:
    return path if len(path) <= 38 else f"…{path[-37:]}"
