"""Compares studies: runs of one setting with several seeds are a group, with bands, rank tests and attained fronts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.runs.reports.axes import axes_of
from fgspace.runs.reports.comparing.attainment import attained
from fgspace.runs.reports.comparing.ranks import mann_whitney
from fgspace.runs.reports.progress import progress, range_of
from fgspace.runs.reports.source import Source

_GRID = 120
"""The most places of a band."""
_SETTINGS = ("algorithm", "options", "digest", "constraints", "evaluator", "early_stopping", "deterministic", "data")

Group = tuple[str, list[Source]]


def comparison(sources: Sequence[Source]) -> dict[str, Any]:
    """Return what several studies have in common and where they differ, as plain data.

    Raises:
        FgspaceError: they have different objectives.
    """
    _check_objectives(sources)
    groups = grouped(sources)
    span = range_of(sources)
    directions = sources[0].objectives.directions
    steps = {source.name: progress(source, span) for source in sources}
    budget = min(sum(trial.evaluated for trial in source.trials) for source in sources)
    measures = [*directions, *(["hypervolume"] if len(directions) > 1 else [])]
    return {
        "groups": [
            {"name": name, "studies": [one.name for one in some], "seeds": [one.identity.seed for one in some]}
            for name, some in groups
        ],
        "same_space": len({source.identity.digest for source in sources}) == 1,
        "evaluations": budget,
        "measures": [
            {
                "name": name,
                "direction": directions.get(name, "max"),
                **_measure([(label, [_of(steps[one.name], name) for one in some]) for label, some in groups], budget),
            }
            for name in measures
        ],
        "attainment": [{"group": name, **attained(some)} for name, some in groups] if len(directions) > 1 else [],
        "axes": list(axes_of(directions)),
    }


def grouped(sources: Sequence[Source]) -> list[Group]:
    """Return the studies in groups of those that differ in their seed only, each with a name that tells it apart."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        key = repr([getattr(source.identity, name) for name in _SETTINGS])
        groups.setdefault(key, []).append(source)
    names = [_name(some[0]) for some in groups.values()]
    return [
        (name if names.count(name) == 1 else f"{name} ({some[0].name}{', …' if len(some) > 1 else ''})", some)
        for name, some in zip(names, groups.values(), strict=True)
    ]


def _name(source: Source) -> str:
    return source.identity.algorithm.rpartition("/")[2]


def _check_objectives(sources: Sequence[Source]) -> None:
    first, *rest = sources
    for other in rest:
        if dict(other.objectives.directions) != dict(first.objectives.directions):
            one, two = (_in_words(source.objectives.directions) for source in (first, other))
            raise FgspaceError(
                f"expected studies with the same objectives, to compare them; {first.name!r} has {one}, {other.name!r}"
                f" has {two}; make a report of each"
            )


def _in_words(directions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {direction}" for name, direction in directions.items())


Steps = list[list[float]]


def _of(found: Mapping[str, Any], name: str) -> Steps:
    steps: Steps = found["hypervolume"] if name == "hypervolume" else found["best"][name]
    return steps


def _measure(groups: Sequence[tuple[str, list[Steps]]], budget: int) -> dict[str, Any]:
    finals = {name: [value for steps in some if (value := at(steps, budget)) is not None] for name, some in groups}
    return {
        "bands": [{"group": name, **_band(some, budget)} for name, some in groups],
        "finals": finals,
        "tests": list(_tests(finals)),
    }


def _tests(finals: Mapping[str, list[float]]) -> Iterator[dict[str, Any]]:
    for (one, first), (two, second) in combinations(finals.items(), 2):
        if first and second:
            test = mann_whitney(first, second)
            yield {
                "groups": [one, two],
                "seeds": [len(first), len(second)],
                "u": test.u,
                "p": test.p,
                "share": test.share,
            }


def _band(some: Sequence[Steps], budget: int) -> dict[str, Any]:
    """Return the median of several studies, and the least and the most, over the number of evaluations."""
    start = max((steps[0][1] for steps in some if steps), default=budget)
    places = sorted({round(start + (budget - start) * index / _GRID) for index in range(_GRID + 1)})
    rows = [
        (place, values)
        for place in places
        if len(values := [found for steps in some if (found := at(steps, place)) is not None]) == len(some)
    ]
    return {
        "evaluations": [place for place, _ in rows],
        "median": [median(values) for _, values in rows],
        "least": [min(values) for _, values in rows],
        "most": [max(values) for _, values in rows],
    }


def at(steps: Steps, evaluations: float) -> float | None:
    """Return the value that a study had reached after so many evaluations, None before its first."""
    reached = [row[-1] for row in steps if row[1] <= evaluations]
    return reached[-1] if reached else None
