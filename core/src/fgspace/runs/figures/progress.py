"""The figures of a study's progress: its best values so far and its hypervolume, over trials, evaluations or hours."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.numbers import in_short
from fgspace.errors import FgspaceError, did_you_mean
from fgspace.runs.figures.axes import HEIGHT, WIDTH, across, frame, upwards
from fgspace.runs.figures.figure import Figure
from fgspace.runs.figures.lines import inside, line, settled, stepped
from fgspace.runs.figures.theme import canvas

OVER: Mapping[str, str] = {
    "trials": "trials",
    "evaluations": "evaluations",
    "hours": "hours of evaluation, summed over workers",
}
"""What progress is shown over, and its name at the axis."""


def measures(study: Mapping[str, Any]) -> dict[str, Sequence[Sequence[float]]]:
    """Return what got better during a study: the best of each objective, and the hypervolume, with their steps."""
    found = {f"best {name}": steps for name, steps in study["progress"]["best"].items()}
    volume = study["progress"]["hypervolume"]
    return found | ({"hypervolume": volume} if volume else {})


def progress(study: Mapping[str, Any], measure: str, over: str = "evaluations") -> Figure:
    """Return the figure of one measure: "best accuracy", "hypervolume", ...

    Raises:
        FgspaceError: there is no such measure, or nothing of this name to show it over.
    """
    known = measures(study)
    if measure not in known:
        near = did_you_mean(measure, known) or f"; there are {', '.join(known)}"
        raise FgspaceError(f"no measure {measure!r}{near}")
    if over not in OVER:
        raise FgspaceError(f"over: expected {', '.join(OVER)}; got {over!r}")
    index = [*OVER].index(over)
    rows = [(row[index], row[3]) for row in known[measure]]
    title = f"{measure} over {over}"
    words = _words(measure, rows, over)
    x, y = across([0.0, *(row[0] for row in rows)]), upwards(settled(rows))
    drawn = inside(x, y, line(stepped(rows, x, y), 0)) if rows else ""
    svg = canvas(WIDTH, HEIGHT, title, words, frame(x, y, OVER[over], measure), drawn)
    return Figure(f"{measure.replace(' ', '_')}_over_{over}", title, words, svg, (over, measure), rows)


def _words(measure: str, rows: Sequence[Sequence[float]], over: str) -> str:
    if not rows:
        return "no trial is feasible yet"
    first, last = rows[0], rows[-1]
    return f"{measure} goes from {in_short(first[1])} to {in_short(last[1])} in {in_short(last[0])} {over}"
