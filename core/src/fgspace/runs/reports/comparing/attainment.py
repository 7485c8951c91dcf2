"""The fronts that several runs attain: all of them, half of them, and at least one.

Grunert da Fonseca, Fonseca and Hall, "Inferential Performance Assessment of Stochastic Optimisers and the Attainment
Function", EMO 2001.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from fgspace.runs.reports.axes import axes_of
from fgspace.runs.reports.source import Source

Staircase = list[tuple[float, float]]


def attained(sources: Sequence[Source]) -> dict[str, Any]:
    """Return the lines of two objectives that one run, half of the runs and all runs attain."""
    directions = sources[0].objectives.directions
    names = axes_of(directions)
    signs = [-1 if directions[name] == "max" else 1 for name in names]
    fronts = [front for source in sources if (front := _staircase(source, names))]
    levels = {"one": 1, "half": (len(sources) + 1) // 2, "all": len(sources)}
    return {
        name: [[signs[0] * x, signs[1] * y] for x, y in surface(fronts, count)] if len(fronts) >= count else []
        for name, count in levels.items()
    }


def surface(fronts: Sequence[Staircase], count: int) -> Staircase:
    """Return the corners of the line that so many of the fronts attain; both values are to be minimised."""
    corners: Staircase = []
    for x in sorted({x for front in fronts for x, _ in front}):
        reached = sorted(y for front in fronts if (y := _best_at(front, x)) is not None)
        if len(reached) >= count and (not corners or reached[count - 1] < corners[-1][1]):
            corners.append((x, reached[count - 1]))
    return corners


def _staircase(source: Source, names: tuple[str, str]) -> Staircase:
    """Return the front of two objectives, by the first; the second falls along it."""
    steps: Staircase = []
    one, two = (list(source.objectives.directions).index(name) for name in names)
    values = [source.objectives.values(trial) for trial in source.feasible]
    for x, y in sorted((value[one], value[two]) for value in values):
        if not steps or y < steps[-1][1]:
            steps.append((x, y))
    return steps


def _best_at(front: Staircase, x: float) -> float | None:
    index = bisect_right([place for place, _ in front], x)
    return front[index - 1][1] if index else None
