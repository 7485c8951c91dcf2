"""Runs one algorithm on one seed of a synthetic problem: ours by a study, Optuna's samplers by theirs."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import process_time
from typing import Any

import fgspace

from searching.problems import PROBLEMS, Problem

BUDGETS = (20, 50, 100)
PEERS = {
    "Optuna TPE": ("optuna", "TPESampler"),
    "Optuna GP": ("optuna", "GPSampler"),
}
"""Name → distribution and sampler."""

Point = Mapping[str, Any]
Try = tuple[Point, float | None]
"""A point that was evaluated, and the value that was measured; None if the evaluation failed."""


@dataclass(frozen=True)
class Run:
    """The true value of the held point after each budget, and the CPU milliseconds of an evaluation."""

    found: tuple[float, ...]
    ms: float


def run(name: str, problem: str, seed: int) -> Run:
    """Run an algorithm until the last budget is spent."""
    made = PROBLEMS[problem](seed)
    start = process_time()
    if name in PEERS:
        kind, sampler = PEERS[name]
        peer: Callable[..., Iterator[Try]] = importlib.import_module(f"searching.{kind}_on_problems").tries
        tried = list(peer(sampler, made, seed, BUDGETS[-1]))
    else:
        tried = list(ours(name, made, seed))
    spent = 1e3 * (process_time() - start) / len(tried)
    return Run(tuple(held(made, tried[:budget]) for budget in BUDGETS), round(spent, 3))


def held(problem: Problem, tried: list[Try]) -> float:
    """Return the true value of the best measured point that keeps the limit; the worst true value if there is none."""
    kept = [(value, point) for point, value in tried if value is not None and problem.is_feasible(point)]
    if not kept:
        return min(problem.worth(point) for point, _ in tried)
    return problem.worth(max(kept, key=lambda pair: pair[0])[1])


def ours(name: str, problem: Problem, seed: int) -> Iterator[Try]:
    """Yield the evaluations of a study, with as many points pending as the problem has workers."""
    study = fgspace.Study(problem.space, name, {"value": "max"}, problem.constraints, seed=seed)
    evaluated = 0
    while evaluated < BUDGETS[-1]:
        asked = [study.ask() for _ in range(min(problem.workers, BUDGETS[-1] - evaluated))]
        for trial in asked:
            value = problem.measure(trial.point, evaluated)
            if value is None:
                study.tell(trial, failed="it failed")
            else:
                study.tell(trial, {"value": value, **problem.further(trial.point)})
            evaluated += 1
            yield trial.point, value
