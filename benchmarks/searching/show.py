"""The tables: a row for each algorithm, a column for each budget, and a line on the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from searching.contenders import Contender, rows
from searching.measure import Figure, feasible_share, figure, optimum
from searching.records import Records
from searching.table import LIMIT, MASKS, Problem

FEWEST = 5
"""Algorithms with fewer seeds are not compared: a single lucky seed has no error."""


@dataclass(frozen=True)
class Row:
    """The figures of an algorithm at each budget, the number of seeds, and the CPU milliseconds per evaluation."""

    name: str
    is_peer: bool
    seeds: int
    figures: tuple[Figure, ...]
    ms: float


def table_of(problem: Problem, records: Records, seeds: int, only: Sequence[str]) -> list[Row]:
    """Return a row for each algorithm that has runs; two for a peer on a problem with a constraint."""
    found = []
    for name, contenders in rows().items():
        if only and name not in only:
            continue
        runs = {one: records.of(one, problem, seeds) for one in contenders}
        if problem.part not in contenders[0].parts or not all(runs.values()):
            continue
        found.append(_row(name, problem, runs, charged=bool(contenders[0].peer)))
        if contenders[0].peer and problem.constraints:
            found.append(_row(f"{name}, told", problem, runs, charged=False))
    return found


def _row(name: str, problem: Problem, runs: Mapping[Contender, Sequence], *, charged: bool) -> Row:
    figures = []
    for at in problem.budgets:
        fitted = next(one for one in runs if one.most >= at)
        figures.append(figure(problem, runs[fitted], at, charged))
    last = [run.ms for run in list(runs.values())[-1]]
    return Row(name, bool(next(iter(runs)).peer), min(map(len, runs.values())), tuple(figures), sum(last) / len(last))


def text(problem: Problem, found: Sequence[Row]) -> str:
    """Return the table with the rank of each algorithm at each budget, and the lead of the predictor."""
    ranks = [ranked([row.figures[index].mean for row in found]) for index in range(len(problem.budgets))]
    lines = ["", title(problem), heading(problem)]
    for place, row in enumerate(found):
        told = (cell(one, ranks[index][place]) for index, one in enumerate(row.figures))
        lines.append(f"{row.name:26s}{row.seeds:>5d}{''.join(told)}{row.ms:>9.1f}")
    return "\n".join([*lines, *lead(problem, found)])


def trust(problem: Problem, found: Sequence[Row]) -> str:
    """Return the table of the loss from choosing the best cell by the searched column instead of the scored one.

    An algorithm that finds the best cell of the searched column loses the difference between the columns.
    """
    width = 26
    lines = [
        "",
        f"{problem.data}{', limit' if problem.constraints else ''}: % below the best by {problem.on}; given away is "
        "the best test accuracy evaluated less that held",
        f"{'':26s}" + "".join(f"{f'after {budget}':>{width}s}" for budget in problem.budgets),
        f"{'':26s}" + f"{'below  given away':>{width}s}" * len(problem.budgets),
    ]
    for row in sorted(found, key=lambda row: row.figures[-1].short):
        lines.append(f"{row.name:26s}" + "".join(f"{one.short:14.3f}{one.given_away:12.3f}" for one in row.figures))
    return "\n".join(lines)


def title(problem: Problem) -> str:
    if problem.part == MASKS:
        return "464 bits of ResNet-20's masks, MACs against parameters: hypervolume in % of all shares"
    scored = f"searched on {problem.on}, scored on test"
    if problem.part == "front":
        return f"{problem.data}, accuracy against MACs, {scored}: hypervolume in % of the true front's"
    limit = ""
    if problem.constraints:
        limit = f" at most {LIMIT} M MACs ({feasible_share(problem):.0%} of the cells),"
    return f"{problem.data},{limit} {scored}: accuracy in %, optimum {optimum(problem):.3f}"


def heading(problem: Problem) -> str:
    """Return the names of the columns; one objective adds the share of seeds at the optimum and the median place."""
    columns = "mean  ±error rank" if problem.part in ("front", MASKS) else "mean  ±error best  place rank"
    width = len(columns) + 4
    above = "".join(f"{f'after {budget}':>{width}s}" for budget in problem.budgets)
    return f"{'':31s}{above}\n{'':26s}seeds" + f"{columns:>{width}s}" * len(problem.budgets) + "  ms each"


def cell(one: Figure, rank: int) -> str:
    numbers = f"   {one.mean:7.3f} ±{one.error:5.3f}"
    if one.share is not None:
        numbers += f" {one.share:4.0%} {one.place:6.0f}"
    return f"{numbers} {rank:4d}"


def ranked(scores: Sequence[float]) -> list[int]:
    """Return the rank of each score, 1 for the highest; equal scores share a rank."""
    return [1 + sum(other > score for other in scores) for score in scores]


def lead(problem: Problem, found: Sequence[Row]) -> list[str]:
    """Return the lead of the predictor, on masks of PruneEA, over the best other; a tie within one standard error."""
    name = "PruneEA on masks" if problem.part == MASKS else "Predictor"
    mine = next((row for row in found if row.name == name), None)
    others = [row for row in found if row is not mine and row.seeds >= FEWEST]
    if mine is None or not others:
        return []
    told = []
    for index, budget in enumerate(problem.budgets):
        best = max(others, key=lambda row: row.figures[index].mean)
        here, there = mine.figures[index], best.figures[index]
        ahead, error = here.mean - there.mean, (here.error**2 + there.error**2) ** 0.5
        word = "level with" if abs(ahead) <= error else "ahead of" if ahead > 0 else "behind"
        told.append(f"{ahead:+.3f} ±{error:.3f} {word} {best.name} after {budget}")
    return [f"{name}: " + "; ".join(told)]
