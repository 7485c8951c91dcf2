"""How a study got better: the best value so far of each objective, and the hypervolume, where they changed."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fgspace.runs.reports.hypervolume import MOST_OBJECTIVES, gain, scaled
from fgspace.runs.reports.source import Source
from fgspace.study.front import Values, dominates
from fgspace.study.trial import Trial

_MOST_COMPARED = 3_000_000
"""The comparisons of points after which the hypervolume is not followed further."""


class Place(NamedTuple):
    """How far a study was: trials, evaluated ones, and hours of evaluation, summed over all workers."""

    trials: int
    evaluations: int
    hours: float


Step = tuple[Place, float]


class Range(NamedTuple):
    """The best and the worst value of each objective among feasible trials, each to be minimised."""

    best: Values
    worst: Values


def progress(source: Source, span: Range | None = None) -> dict[str, Any]:
    """Return the steps of the best value of each objective and of the hypervolume, and a note where some are missing.

    A step is [trials, evaluations, hours, value]. A last step says how far the study went. Hypervolumes are shares of
    the box between the best and the worst value of each objective among feasible trials, or of the box `span`; there is
    none of one objective, or of more than four.
    """
    places = list(_places(source.trials))
    feasible = [(places[trial.number], source.objectives.values(trial)) for trial in source.feasible]
    names = list(source.objectives.directions)
    best = {
        name: _rows(_best(feasible, index, -1 if source.objectives.directions[name] == "max" else 1), places)
        for index, name in enumerate(names)
    }
    steps, note = _volumes(feasible, span or range_of([source]), len(names))
    return {"best": best, "hypervolume": _rows(steps, places), "note": note}


def range_of(sources: Sequence[Source]) -> Range | None:
    """Return the best and the worst values that occur among the feasible trials of studies; None if there are none."""
    values = [source.objectives.values(trial) for source in sources for trial in source.feasible]
    return (
        Range(tuple(map(min, zip(*values, strict=True))), tuple(map(max, zip(*values, strict=True))))
        if values
        else None
    )


def _places(trials: Sequence[Trial]) -> Iterator[Place]:
    """Yield how far the study was after each trial, by number."""
    evaluations, seconds = 0, 0.0
    for trial in trials:
        evaluations += trial.evaluated
        seconds += 0.0 if trial.seconds is None or trial.duplicate_of is not None else trial.seconds
        yield Place(trial.number + 1, evaluations, seconds / 3600)


def _best(feasible: Sequence[tuple[Place, Values]], index: int, sign: int) -> Iterator[Step]:
    best = float("inf")
    for place, values in feasible:
        if values[index] < best:
            best = values[index]
            yield place, sign * best


def _volumes(
    feasible: Sequence[tuple[Place, Values]], span: Range | None, objectives: int
) -> tuple[list[Step], str | None]:
    if span is None or objectives < 2:
        return [], None
    if objectives > MOST_OBJECTIVES:
        return (
            [],
            f"the hypervolume of {objectives} objectives takes too long to compute; {MOST_OBJECTIVES} is the most",
        )
    front: list[Values] = []
    steps: list[Step] = []
    total, compared = 0.0, 0
    points = scaled([values for _, values in feasible], *span)
    for (place, _), point in zip(feasible, points, strict=True):
        compared += len(front) ** (objectives - 1 if objectives > 2 else 1)
        if compared > _MOST_COMPARED * objectives:
            return steps, f"the hypervolume is followed up to trial {place.trials - 1} only: the front is too large"
        if any(other == point or dominates(other, point) for other in front):
            compared -= len(front) ** (objectives - 1 if objectives > 2 else 1) - len(front)
            continue
        total += gain(point, front)
        front = [other for other in front if not dominates(point, other)] + [point]
        steps.append((place, total))
    return steps, None


def _rows(steps: Any, places: Sequence[Place]) -> list[list[float]]:
    """Return steps as rows, with a last one at the end of the study."""
    rows = [[place.trials, place.evaluations, round(place.hours, 6), value] for place, value in steps]
    if rows and places and rows[-1][0] != places[-1].trials:
        end = places[-1]
        rows.append([end.trials, end.evaluations, round(end.hours, 6), rows[-1][-1]])
    return rows
