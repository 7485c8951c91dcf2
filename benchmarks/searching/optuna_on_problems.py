"""Optuna's samplers on a synthetic problem: categories, integers and floats, suggested where they are active."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import fgspace
import optuna

from searching.problems import Problem


def tries(sampler: str, problem: Problem, seed: int, most: int) -> Iterator[tuple[Mapping[str, Any], float | None]]:
    """Yield the evaluated points with their values; a point that breaks a known limit is told, and not counted."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", module="optuna")
    made = getattr(optuna.samplers, sampler)(seed=seed)
    study = optuna.create_study(sampler=made, direction="maximize")
    evaluated = 0
    while evaluated < most:
        trials = [study.ask() for _ in range(min(problem.workers, most - evaluated))]
        for trial in trials:
            point = suggested(trial, problem.space)
            if problem.limit is not None:
                trial.set_constraint("price", problem.price(point) - problem.limit)
            if problem.is_known and not problem.is_feasible(point):
                study.tell(trial, problem.worth(point))
                continue
            value = problem.measure(point, evaluated)
            evaluated += 1
            study.tell(trial, value, None if value is not None else optuna.trial.TrialState.FAIL)
            yield point, value


def suggested(trial: Any, space: fgspace.Space) -> dict[str, Any]:
    """Return the point of a trial."""
    point: dict[str, Any] = {}
    for path, domain in space.hyper_parameters.items():
        guard = space.guard(path)
        if guard is None or point.get(guard[0]) == guard[1]:
            point[path] = _suggested(trial, path, domain)
    return point


def _suggested(trial: Any, path: str, domain: Any) -> Any:
    match domain:
        case fgspace.Choice(options):
            return trial.suggest_categorical(path, options)
        case fgspace.Int(low, high):
            return trial.suggest_int(path, low, high, log=domain.log)
    return trial.suggest_float(path, domain.low, domain.high, log=domain.log)
