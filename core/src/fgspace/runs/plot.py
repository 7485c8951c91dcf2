"""Figures of studies for notebooks and papers: each shows itself, and `save` writes it as SVG, PNG or CSV.

Where a function takes a study, it takes a `Study`, the `Results` of one, or the folder of one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.runs.figures import comparing
from fgspace.runs.figures import curves as drawn_curves
from fgspace.runs.figures import front as drawn_front
from fgspace.runs.figures import importance as drawn_importance
from fgspace.runs.figures import networks as drawn_networks
from fgspace.runs.figures import parallel as drawn_parallel
from fgspace.runs.figures import progress as drawn_progress
from fgspace.runs.figures.figure import Figure
from fgspace.runs.reports import columns
from fgspace.runs.reports import curves as curves_of
from fgspace.runs.reports import importance as importance_of
from fgspace.runs.reports import networks as networks_of
from fgspace.runs.reports import parallel as parallel_of
from fgspace.runs.reports import progress as progress_of
from fgspace.runs.reports.comparing.comparison import comparison
from fgspace.runs.reports.opening import source_of
from fgspace.runs.reports.source import Source
from fgspace.spaces.space import Space

__all__ = [
    "Figure",
    "attainment",
    "compare",
    "curves",
    "front",
    "importance",
    "network",
    "networks",
    "parallel",
    "progress",
]


def front(study: Any, x: str | None = None, y: str | None = None) -> Figure:
    """Return every measured trial by two metrics, by default the objectives; "trial" and "seconds" are metrics too.

    Raises:
        FgspaceError: there is no such metric.
    """
    source = source_of(study)
    shown = _basics(source)
    for name in filter(None, (x, y)):
        _check("metric", name, [*shown["trials"]["metrics"], "trial", "seconds"])
    return drawn_front.front(shown, x, y)


def progress(study: Any, measure: str | None = None, over: str = "evaluations") -> Figure:
    """Return how a study got better: `measure` is an objective or "hypervolume", by default the first objective.

    `over` is "trials", "evaluations", or "hours" of evaluation, summed over workers.

    Raises:
        FgspaceError: there is no such measure, or `over` is none of these.
    """
    source = source_of(study)
    names = list(source.objectives.directions)
    measure = names[0] if measure is None else measure
    data = {"progress": progress_of.progress(source)}
    _check("measure", measure, [*names, *(["hypervolume"] if data["progress"]["hypervolume"] else [])])
    return drawn_progress.progress(data, measure if measure == "hypervolume" else f"best {measure}", over)


def importance(study: Any, objective: str | None = None) -> Figure:
    """Return the share of each hyper-parameter in what sets the best trials apart, by default for the first objective.

    Raises:
        FgspaceError: there is no such objective.
    """
    source = source_of(study)
    names = list(source.objectives.directions)
    if objective is not None:
        _check("objective", objective, names)
    return drawn_importance.importance({"importance": importance_of.importance(source)}, objective or names[0])


def parallel(study: Any) -> Figure:
    """Return a line a trial, through its most important hyper-parameters and its objectives."""
    source = source_of(study)
    elements = importance_of.importance(source)["elements"]
    return drawn_parallel.parallel({"parallel": parallel_of.parallel(source, elements)})


def curves(study: Any, metric: str | None = None) -> Figure:
    """Return the learning curves of the trials that reported epochs, by default of the first metric.

    Raises:
        FgspaceError: no trial reported, or not this metric.
    """
    found = curves_of.curves(source_of(study))
    if not found["metrics"]:
        raise FgspaceError(
            "no trial reported epochs, and so there are no curves; studies with early stopping have some"
        )
    metric = found["metrics"][0] if metric is None else metric
    _check("metric", metric, found["metrics"])
    return drawn_curves.curves({"curves": found}, metric)


def networks(study: Any, trials: Sequence[int] | None = None) -> Figure:
    """Return networks side by side: those of the front, or of these trials.

    Raises:
        FgspaceError: there is no trial of such a number.
    """
    source = source_of(study)
    if trials is None:
        return drawn_networks.networks({"networks": networks_of.networks(source)})
    for number in trials:
        if not 0 <= number < len(source.trials):
            raise FgspaceError(f"the study has no trial {number}; its trials are 0 to {len(source.trials) - 1}")
    some = [networks_of.network(source, source.trials[number]) for number in trials]
    return drawn_networks.side_by_side(some, "networks", "Networks", f"trials {', '.join(map(str, trials))}")


def network(space: Space, point: Mapping[str, Any] | None = None) -> Figure:
    """Return the network of a space at a point, by default the initial one: its blocks as boxes, in order.

    Raises:
        PointError: it is no point of this space.
    """
    blocks = networks_of.drawn(space.network_at(point), space.input_shape, space.registry)
    one = {"trial": None, "metrics": space.cost(point), "blocks": blocks}
    return drawn_networks.side_by_side([one], "network", "Network", f"{len(blocks)} boxes, the input's first")


def compare(studies: Sequence[Any], measure: str | None = None) -> Figure:
    """Return the medians of groups of studies that differ in their seed only, with bands from the least to the most.

    `measure` is an objective or "hypervolume", by default the first objective.

    Raises:
        FgspaceError: the objectives differ, or there is no such measure.
    """
    compared = comparison(_named(studies))
    names = [one["name"] for one in compared["measures"]]
    if measure is not None:
        _check("measure", measure, names)
    return comparing.bands(compared, measure or names[0])


def attainment(studies: Sequence[Any]) -> Figure:
    """Return the fronts that one run, half of the runs and all runs of each group of studies attain.

    Raises:
        FgspaceError: the objectives differ, or there is only one.
    """
    compared = comparison(_named(studies))
    if not compared["attainment"]:
        raise FgspaceError("fronts are attained with two objectives or more; these studies have one: use compare")
    return comparing.attainment(compared)


def _named(studies: Sequence[Any]) -> list[Source]:
    """Return the studies under names that differ."""
    sources = [source_of(study) for study in studies]
    if not sources:
        raise FgspaceError("expected studies to compare, got none")
    names = [source.name for source in sources]
    return [
        source if names.count(source.name) == 1 else Source(f"{source.name} {index + 1}", source.study, source.registry)
        for index, source in enumerate(sources)
    ]


def _basics(source: Source) -> dict[str, Any]:
    found = columns.columns(source)
    found["metrics"]["seconds"] = found["seconds"]
    return {
        "objectives": dict(source.objectives.directions),
        "trials": found,
        "front": [trial.number for trial in source.front],
    }


def _check(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise FgspaceError(f"no {what} {name!r}{near}")
