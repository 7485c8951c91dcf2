"""Which algorithm a search has where none is named: by its space, objectives and budget, among what is installed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

from fgspace.known import KNOWN_NAMES, KNOWN_PLUGINS
from fgspace.registry import Registry, Type, UnknownTypeError
from fgspace.search.algorithm import Algorithm
from fgspace.search.objectives import Objectives
from fgspace.search.store import SqliteStore
from fgspace.search.study_file import study_file
from fgspace.spaces import Space

TRIALS = 100
"""For so many trials an algorithm is picked where nothing says how many there will be."""
FEW = 500
"""Up to so many trials, each is worth the time that a model of those before it takes."""


class Auto(Algorithm):
    """Stands for the algorithm that suits the space, the objectives and the budget; a study runs that one.

    The first of these that holds and is installed:

    - a budget of at least as many trials as the space has points: `GridSearch`, which misses none;
    - at most 500 trials, and an objective that has to be measured: `Predictor`, which models it;
    - one objective: `LocalSearch`, which climbs from one optimum to the next;
    - two objectives: `NSGA2`; more: `NSGA3`;
    - `SANAS`, its schedule fitted to the budget;
    - `RandomSearch`.

    Which one it was is recorded with the study, which keeps it when it is gone on with.

    Args:
        space: what is searched.
        objectives: what is better.
        seed: where all randomness comes from.
        trials: how many trials there will be; left out, the budget of the file, or 100 in a program.
    """

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0, trials: int | None = None) -> None:
        super().__init__(space, objectives, seed=seed)
        self.trials = trials


@dataclass(frozen=True)
class Pick:
    """The algorithm that was picked, its options, and why: words that go on "Predictor, since ..."."""

    type: Type
    reason: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.type.short_name}, {self.reason}"


@dataclass(frozen=True)
class _Candidate:
    name: str
    reason: str
    options: Mapping[str, Any] = field(default_factory=dict)


def picked(
    space: Space, objectives: Objectives, trials: int, place: str | os.PathLike[str] | None, registry: Registry
) -> Pick:
    """Return the algorithm of the study at a place; where there is none, the one that suits so many trials best."""
    return (None if place is None else begun_with(place, registry)) or pick(space, objectives, trials, registry)


def pick(space: Space, objectives: Objectives, trials: int, registry: Registry) -> Pick:
    """Return the algorithm that suits so many trials best, of those that are installed."""
    missing = ""
    for candidate in _candidates(space, objectives, trials):
        with suppress(UnknownTypeError):
            found = registry.get("algorithm", _full(candidate.name))
            return Pick(found, f"since {candidate.reason}{missing}", candidate.options)
        plugin = KNOWN_PLUGINS[KNOWN_NAMES[candidate.name]]
        missing = missing or f"; {candidate.name}, of {plugin}, would suit better"
    raise AssertionError  # core has the last candidate


def begun_with(place: str | os.PathLike[str], registry: Registry) -> Pick | None:
    """Return the algorithm of the study at a place, with all its options; None where there is no study.

    Raises:
        UnknownTypeError: that algorithm is not installed any more.
    """
    if not study_file(place).exists():
        return None
    with closing(SqliteStore(place)) as store:
        identity = store.identity
    return Pick(registry.get("algorithm", identity.algorithm), "which the study was begun with", identity.options)


def _candidates(space: Space, objectives: Objectives, trials: int) -> Iterator[_Candidate]:
    """Yield the algorithms that can do it, the best first; the last one is always there."""
    names = list(objectives.directions)
    if space.size <= trials:
        yield _Candidate("GridSearch", f"{trials} trials go through all {space.size} points")
    measured = [name for name in names if name not in _costs(space)]
    if measured and trials <= FEW:
        yield _Candidate("Predictor", f"{trials} trials are few enough to model {' and '.join(measured)}")
    why = "" if measured else "no objective has to be measured, and "
    if measured and trials > FEW:
        why = f"{trials} trials are too many to model, and "
    if len(names) == 1:
        yield _Candidate("LocalSearch", f"{why}there is one objective")
    if len(names) == 2:
        yield _Candidate("NSGA2", f"{why}there are two objectives")
    yield _Candidate("NSGA3", f"{why}there are {len(names)} objectives")
    yield _Candidate("SANAS", f"its schedule fits {trials} trials", {"steps": trials})
    yield _Candidate("RandomSearch", "no other algorithm is installed")


def _costs(space: Space) -> set[str]:
    """Return the metrics that are known before anything is evaluated."""
    try:
        # A space without a network costs nothing: its "macs", if it has them, are measured.
        return {name for name, value in space.cost().items() if value}
    except Exception:  # whatever a type's code raises is told by the trials
        return set()


def _full(name: str) -> str:
    return f"{KNOWN_NAMES.get(name, 'fgspace')}/{name}"
