"""Optuna's samplers on a problem: ask and tell, six categories, constraints by `Trial.set_constraint`."""

import warnings
from typing import Any

import optuna

from searching.table import EDGES, LIMIT, OPERATIONS, Problem, table

_ASKED = 600
"""The most feasible cells that a sampler may propose, repeated ones included."""


def run(sampler: str, options: dict[str, Any], problem: Problem, seed: int, most: int) -> list[int]:
    """Return the different cells that the sampler proposed, in order, until `most` of them were feasible."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", module="optuna")
    made = getattr(optuna.samplers, sampler)(seed=seed, **options)
    directions = {"max": "maximize", "min": "minimize"}
    study = optuna.create_study(
        sampler=made, directions=[directions[direction] for direction in problem.directions.values()]
    )
    found: dict[int, None] = {}
    asked = feasible = 0
    while asked < _ASKED and feasible < most:
        trial = study.ask()
        cell = table().number[tuple(trial.suggest_categorical(edge, OPERATIONS) for edge in EDGES)]
        asked += problem.is_feasible(cell)
        feasible += cell not in found and problem.is_feasible(cell)
        found[cell] = None
        if problem.constraints:
            trial.set_constraint("macs", table().macs[cell] - LIMIT)
        study.tell(trial, [problem.searched[cell], table().macs[cell]][: len(problem.directions)])
    return list(found)
