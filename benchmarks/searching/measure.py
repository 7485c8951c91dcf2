"""The scores of a run after each number of evaluations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import mean, median, stdev

from searching import masks
from searching.records import Run
from searching.table import MASKS, Problem, table

_MARGIN = 0.1
"""The distance of the reference point beyond the worst of the true front, as a fraction of the front's extent."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """The mean and standard error of a score over seeds, and with one objective the quality of the cell found.

    `share` is the share of seeds that found the best cell by the searched column. `place` is the median place of the
    found cells among all feasible cells by the scored column, 1 being the best. `short` is the difference between the
    found cell and the best one by the searched column; `given_away` is its difference to the best evaluated cell by the
    scored column.
    """

    mean: float
    error: float
    share: float | None = None
    place: float | None = None
    short: float | None = None
    given_away: float | None = None


def figure(problem: Problem, runs: Sequence[Run], at: int, charged: bool) -> Figure:
    """Return the scores of runs after this number of evaluations.

    Repeated cells are not counted. Cells that break the constraint are counted only if `charged`.
    """
    if problem.part == MASKS:
        return Figure(*spread([masks.volume(run.cells[:at]) for run in runs]))
    seen = [evaluated(problem, run, at, charged) for run in runs]
    if problem.part == "front":
        return Figure(*spread([share_of_front(problem, cells) for cells in seen]))
    held = [incumbent(problem, cells) for cells in seen]
    places, best = _places(problem), _best(problem)
    return Figure(
        *spread([problem.scored[cell] for cell in held]),
        mean(problem.searched[cell] >= best for cell in held),
        median(places[cell] for cell in held),
        mean(best - problem.searched[cell] for cell in held),
        mean(
            max(problem.scored[one] for one in (cell, *cells)) - problem.scored[cell]
            for cell, cells in zip(held, seen, strict=True)
        ),
    )


def evaluated(problem: Problem, run: Run, at: int, charged: bool) -> list[int]:
    """Return the feasible cells among the first evaluations."""
    if charged:
        return [cell for cell in run.cells[:at] if problem.is_feasible(cell)]
    return [cell for cell in run.cells if problem.is_feasible(cell)][:at]


def incumbent(problem: Problem, cells: Iterable[int]) -> int:
    """Return the first cell with the best searched accuracy; the worst cell of all if there is none."""
    return max(cells, key=problem.searched.__getitem__, default=_worst(problem))


def share_of_front(problem: Problem, cells: Iterable[int]) -> float:
    """Return the scored hypervolume of the front found, in percent of that of the true front."""
    macs, told, scored = table().macs, problem.searched, problem.scored
    found = [cell for cell, _ in front((cell, (-told[cell], macs[cell])) for cell in cells)]
    reference, whole = _truth(problem)
    return 100 * hypervolume([(-scored[cell], macs[cell]) for cell in found], reference) / whole


def front(values: Iterable[tuple[int, Pair]]) -> list[tuple[int, Pair]]:
    """Return the non-dominated pairs, both values to be minimised, ordered by the second."""
    kept: list[tuple[int, Pair]] = []
    for one in sorted(values, key=lambda one: (one[1][1], one[1][0])):
        if not kept or one[1][0] < kept[-1][1][0]:
            kept.append(one)
    return kept


def hypervolume(values: Iterable[Pair], reference: Pair) -> float:
    """Return the area that the pairs, both values to be minimised, dominate up to the reference point."""
    area, edge = 0.0, reference[0]
    for first, second in sorted(values, key=lambda pair: (pair[1], pair[0])):
        if first < edge and second < reference[1]:
            area += (edge - first) * (reference[1] - second)
            edge = first
    return area


def optimum(problem: Problem) -> float:
    """Return the best score of a feasible cell."""
    return max(score for cell, score in enumerate(problem.scored) if problem.is_feasible(cell))


def feasible_share(problem: Problem) -> float:
    return mean(map(problem.is_feasible, range(len(problem.scored))))


@cache
def _truth(problem: Problem) -> tuple[Pair, float]:
    """Return the reference point, and the hypervolume of the true front."""
    pairs = list(zip((-score for score in problem.scored), table().macs, strict=True))
    true = [values for _, values in front(enumerate(pairs))]
    reference = tuple(max(axis) + _MARGIN * (max(axis) - min(axis)) for axis in zip(*true, strict=True))
    return reference, hypervolume(true, reference)  # type: ignore[arg-type, return-value]


@cache
def _places(problem: Problem) -> dict[int, int]:
    feasible = filter(problem.is_feasible, range(len(problem.scored)))
    ordered = sorted(feasible, key=problem.scored.__getitem__, reverse=True)
    return {cell: place for place, cell in enumerate(ordered, 1)}


@cache
def _best(problem: Problem) -> float:
    return max(value for cell, value in enumerate(problem.searched) if problem.is_feasible(cell))


@cache
def _worst(problem: Problem) -> int:
    return min(_places(problem), key=problem.scored.__getitem__)


def spread(scores: Sequence[float]) -> tuple[float, float]:
    """Return the mean of the scores and its standard error, which is 0 for a single score."""
    return mean(scores), stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else 0.0
