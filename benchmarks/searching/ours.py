"""Our algorithms on a problem: a study on a space with the costs of the table."""

from random import Random
from typing import Any

import fgspace

from searching.table import EDGES, OPERATIONS, Problem, table


def run(algorithm: str, options: dict[str, Any], problem: Problem, seed: int, most: int) -> list[int]:
    """Return the first `most` cells that the algorithm proposed and the study evaluated; all are feasible."""
    study = fgspace.Study(_space(seed), algorithm, problem.directions, problem.constraints, seed=seed, **options)
    found = []
    for _ in range(most):
        trial = study.ask()
        found.append(_cell(trial.point))
        study.tell(trial, {"accuracy": problem.searched[found[-1]]})
    return found


def _space(first: int) -> fgspace.Space:
    """Return the space of all cells, with the costs of the table; its initial point is random."""
    described = {"type": "FineGrainedSpace", "hyper_parameters": {edge: {"choice": list(OPERATIONS)} for edge in EDGES}}
    space = fgspace.space(described)
    space.initial = space.sample(Random(f"first {first}"))
    # A description of this space holds the operation of each edge under its name, as a point does.
    vars(space)["cost_of"] = lambda description, shape=None: {"macs": table().macs[_cell(description)]}
    return space


def _cell(point: dict[str, Any]) -> int:
    return table().number[tuple(point[edge] for edge in EDGES)]
