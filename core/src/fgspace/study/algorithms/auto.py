"""Picks an installed algorithm by the space, the objectives and the budget, where a search names none."""

import math
import os
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from fgspace.plugins.hookspecs import Fit, SearchTask
from fgspace.plugins.registry import Registry, Type
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.algorithms.options import algorithm_class, all_options
from fgspace.study.border.values import anything, plain_argument
from fgspace.study.objectives import Objectives
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.storage.study_file import study_file

TRIALS = 100
"""The number of trials that is assumed where none is given."""
_RELAY = "fgspace/Relay"
BEGINNING = 500
"""The trials of the algorithm that begins a longer search."""


class Auto(Algorithm):
    """Stands for the algorithm that suits the space, the objectives and the budget, which the study runs instead.

    Every installed algorithm may say how well it suits the task (`suits` of its `Provided` record). The one with the
    highest score is taken, of equal scores the first by its full name. Where one has a higher score for a search of 500
    trials than any has for the whole budget, it begins, and after 500 trials the one for the whole goes on (`Relay`).

    The pick is recorded with the study, and stays the same when the study is resumed.

    Args:
        space: the space that is searched.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        trials: the number of trials; where it is left out, the budget of the file, or 100 in a program.
    """

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0, trials: int | None = None) -> None:
        super().__init__(space, objectives, seed=seed)
        self.trials = trials


@dataclass(frozen=True)
class Pick:
    """The algorithm that was picked, its options, and the reason in words that continue "Predictor, since ..."."""

    type: Type
    reason: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.type.short_name}, {self.reason}"


@dataclass(frozen=True)
class Chosen:
    """The algorithm of a study: its class, its name as it was given, all its options, and the pick of `Auto`."""

    kind: type[Algorithm]
    name: str | type[Algorithm]
    options: Mapping[str, Any]
    picked: Pick | None = None


def choose_algorithm(
    algorithm: str | type[Algorithm],
    space: Space,
    objectives: Objectives,
    options: Mapping[str, Any],
    place: str | os.PathLike[str] | None,
    registry: Registry,
) -> Chosen:
    """Return the algorithm that a study runs: the given one, or the one that `Auto` picks.

    Raises:
        FgspaceError: there is no such algorithm, or it has no such option.
    """
    kind = algorithm_class(algorithm)
    named = Chosen(kind, algorithm, all_options(kind, options))
    if kind is not Auto:
        return named
    pick = picked(space, objectives, named.options["trials"] or TRIALS, place, registry)
    kind = pick.type.load()
    return Chosen(kind, pick.type.name, all_options(kind, pick.options), pick)


def picked(
    space: Space, objectives: Objectives, trials: int, place: str | os.PathLike[str] | None, registry: Registry
) -> Pick:
    """Return the algorithm of the study at a place; where there is no study, the one that suits the search best."""
    return (None if place is None else begun_with(place, registry)) or pick(space, objectives, trials, registry)


def pick(space: Space, objectives: Objectives, trials: int, registry: Registry) -> Pick:
    """Return the installed algorithm that suits this number of trials best, or two that do so one after the other."""
    task = SearchTask(space.size, trials, tuple(objectives.directions), _measured(space, objectives))
    fit, found = _best(task, registry)
    if trials > BEGINNING:
        early, first = _best(replace(task, trials=BEGINNING), registry)
        if first is not found and early.score > fit.score:
            return _relay((first, early), (found, fit), registry)
    return Pick(found, f"since {fit.reason}", fit.options)


def _best(task: SearchTask, registry: Registry) -> tuple[Fit, Type]:
    asked = ((_fit(one, task), one) for one in registry.types if one.kind == "algorithm")
    suited = [(fit, one) for fit, one in asked if fit is not None]  # never empty: core's random search suits any task
    return min(suited, key=lambda pair: (-pair[0].score, pair[1].name))


def _relay(early: tuple[Type, Fit], late: tuple[Type, Fit], registry: Registry) -> Pick:
    first, then = ({"type": one.name, **all_options(one.load(), fit.options)} for one, fit in (early, late))
    reason = (
        f"from {early[0].short_name}, since {early[1].reason}, to {late[0].short_name} after that many,"
        f" since {late[1].reason}"
    )
    return Pick(registry.get("algorithm", _RELAY), reason, {"stages": [{**first, "trials": BEGINNING}, then]})


def _fit(one: Type, task: SearchTask) -> Fit | None:
    """Return how well an algorithm suits a task, None where it does not or does not say."""
    if one.suits is None:
        return None
    try:
        fit = one.suits(task)
        return None if fit is None else _checked(fit)
    except Exception as error:  # code of a plugin, which must not end the search
        warnings.warn(f"{one.name} ({one.origin}) cannot say whether it suits this search: {error}", stacklevel=2)
        return None


def _checked(given: Any) -> Fit:
    if not isinstance(given, Fit):
        raise TypeError(f"it returned {given!r}, not a Fit")
    if not (isinstance(given.score, int | float) and math.isfinite(given.score)):
        raise TypeError(f"its score is {given.score!r}, not a finite number")
    if not isinstance(given.options, Mapping):
        raise TypeError(f"its options are {given.options!r}, not a mapping")
    return given._replace(options=plain_argument("its options", given.options, anything))


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


def _measured(space: Space, objectives: Objectives) -> tuple[str, ...]:
    """Return the objectives that are not costs, and so are known only after a trial was evaluated."""
    try:
        # A space without a network costs nothing: its "macs", if it has them, are measured.
        costs = {name for name, value in space.cost().items() if value}
    except Exception:  # code of a type; the trials meet the same exception, and record it
        costs = set()
    return tuple(name for name in objectives.directions if name not in costs)
