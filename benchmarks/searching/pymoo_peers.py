"""pymoo's NSGA-II and NSGA-III on a problem: mixed variables with six choices, constraints as G."""

from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.core.evaluator import Evaluator
from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating, MixedVariableSampling
from pymoo.core.problem import Problem as PymooProblem
from pymoo.core.variable import Choice
from pymoo.problems.static import StaticProblem
from pymoo.termination import get_termination
from pymoo.util.ref_dirs import get_reference_directions

from searching.table import EDGES, LIMIT, OPERATIONS, Problem, table

_GENERATIONS = 500
_IN_VAIN = 20
"""The number of generations without a new cell after which an algorithm is stopped."""


def run(algorithm: str, options: dict[str, Any], problem: Problem, seed: int, most: int) -> list[int]:
    """Return the different cells that the algorithm proposed, in order, until `most` of them were feasible."""
    described = PymooProblem(
        vars={edge: Choice(options=list(OPERATIONS)) for edge in EDGES},
        n_obj=len(problem.directions),
        n_ieq_constr=len(problem.constraints),
    )
    made = _made(algorithm, options, len(problem.directions))
    made.setup(described, termination=get_termination("n_gen", _GENERATIONS), seed=seed, verbose=False)
    found: dict[int, None] = {}
    feasible = in_vain = 0
    while made.has_next() and in_vain < _IN_VAIN:
        asked = made.ask()
        if asked is None or not len(asked):
            break
        cells = [table().number[tuple(one.X[edge] for edge in EDGES)] for one in asked]
        accuracies, macs = (np.array([column[cell] for cell in cells]) for column in (problem.searched, table().macs))
        values = {"F": np.column_stack([-accuracies, macs][: len(problem.directions)])}
        if problem.constraints:
            values["G"] = (macs - LIMIT)[:, None]
        Evaluator().eval(StaticProblem(described, **values), asked)
        made.tell(infills=asked)
        new = [cell for cell in cells if cell not in found]
        in_vain = 0 if new else in_vain + 1
        found |= dict.fromkeys(cells)
        feasible = sum(map(problem.is_feasible, found))
        if feasible >= most:
            break
    return list(found)


def _made(algorithm: str, options: dict[str, Any], objectives: int) -> Any:
    operators = {
        "sampling": MixedVariableSampling(),
        "mating": MixedVariableMating(eliminate_duplicates=MixedVariableDuplicateElimination()),
        "eliminate_duplicates": MixedVariableDuplicateElimination(),
    }
    size = options.get("pop_size", 100)
    if algorithm == "NSGA2":
        return NSGA2(pop_size=size, **operators)
    directions = get_reference_directions("das-dennis", objectives, n_partitions=size - 1)
    return NSGA3(directions, pop_size=size, **operators)
