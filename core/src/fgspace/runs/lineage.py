"""The lineage of a trial: the operator and the trials that its point was made from, and the study it belongs to."""

from collections.abc import Sequence
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.study.results import Results
from fgspace.study.trial import Point, Trial


def parents(trial: Trial) -> list[int]:
    """Return the numbers of the trials that a trial's point was made from."""
    made_of: list[int] = trial.lineage.get("parents", [])
    return made_of


def ancestry(trials: Sequence[Trial], number: int) -> list[Trial]:
    """Return all ancestors of a trial, the latest first."""
    known: dict[int, Trial] = {}
    waiting = parents(trials[number])
    while waiting:
        known |= {parent: trials[parent] for parent in waiting}
        waiting = [older for parent in waiting for older in parents(known[parent]) if older not in known]
    return [known[parent] for parent in sorted(known, reverse=True)]


def changes(before: Point, after: Point) -> dict[str, list[Any]]:
    """Return path → [value before, value after] where two points differ; None where a path is not active."""
    paths = dict.fromkeys((*after, *before))
    return {path: [before.get(path), after.get(path)] for path in paths if before.get(path) != after.get(path)}


def account(results: Results, number: int) -> dict[str, Any]:
    """Return everything known about a trial of a study, as plain JSON.

    Raises:
        FgspaceError: the study has no trial of this number.
    """
    trials = results.trials
    if not 0 <= number < len(trials):
        has = f"its trials are 0 to {len(trials) - 1}" if trials else "it has none yet"
        raise FgspaceError(f"{str(results.place)!r} has no trial {number}; {has}")
    trial, front = trials[number], [member.number for member in results.front()]
    return {
        "trial": number,
        "state": trial.state,
        "error": trial.error,
        "front": number in front,
        **_proposal(results, trial),
        "point": trial.point,
        "changes": {str(parent): changes(trials[parent].point, trial.point) for parent in parents(trial)},
        "ancestors": [_ancestor(older, results.objectives.names) for older in ancestry(trials, number)],
        "metrics": trial.metrics,
        "seconds": trial.seconds,
        "curve": [[report.epoch, report.metrics] for report in trial.curve],
        "duplicate_of": trial.duplicate_of,
        "duplicates": results.duplicates(number),
        "study": _study(results),
    }


def _proposal(results: Results, trial: Trial) -> dict[str, Any]:
    sources = results.identity.sources
    source = sources[trial.number] if trial.number < len(sources) else None
    return {"operator": trial.lineage.get("operator"), "parents": parents(trial), "source": source}


def _ancestor(trial: Trial, names: Sequence[str]) -> dict[str, Any]:
    metrics = {name: trial.metrics[name] for name in names if name in trial.metrics}
    lineage = {"operator": trial.lineage.get("operator"), "parents": parents(trial)}
    return {"trial": trial.number, **lineage, "state": trial.state, "metrics": metrics}


def _study(results: Results) -> dict[str, Any]:
    """Return the properties that all trials of the study share."""
    identity = results.identity
    names = (
        "algorithm",
        "options",
        "seed",
        "objectives",
        "constraints",
        "evaluator",
        "early_stopping",
        "data",
        "measure",
        "origins",
    )
    return {"space": identity.digest, **{name: getattr(identity, name) for name in names}}
