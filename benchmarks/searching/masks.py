"""Channel masks of ResNet-20: 464 bits, two costs, and no training; our algorithms and pymoo's NSGA-II."""

from functools import cache
from random import Random
from typing import Any

import fgspace
import numpy as np

from searching.table import Problem

NODES = (16, 16, 32, 64)
SINGLE = (16, 16, 16, 32, 32, 32, 64, 64, 64)
"""The channels of each group: first groups shared by several layers, beginning with the stem's, then single layers."""
DIRECTIONS = {"macs": "min", "params": "max"}
"""Most multiply-adds are in the early stages and most parameters in the late ones, so the two objectives conflict."""


@cache
def space() -> fgspace.Space:
    """Return the space of all masks that keep at least one channel of each group."""
    nodes, single = ([{"bits": width, "at_least": 1} for width in widths] for widths in (NODES, SINGLE))
    net = {"type": "ResNet", "depth": 20, "small_input": True}
    prune = {"type": "Prune", "chn_node_mask": nodes, "chn_mask": single}
    return fgspace.space({"type": "FineGrainedSpace", "modules": ["net", "prune"], "net": net, "prune": prune})


def run(algorithm: str, options: dict[str, Any], problem: Problem, seed: int, most: int) -> list[list[float]]:
    """Return the multiply-adds and parameters of the first `most` networks, as fractions of the whole network's."""
    if algorithm == "pymoo":
        return _pymoo(options, seed, most)
    space().initial = space().sample(Random(f"first {seed}"))
    study = fgspace.Study(space(), algorithm, DIRECTIONS, seed=seed, **options)
    study.run(lambda description: {}, most)
    return [_shares(trial.metrics) for trial in study.trials if trial.evaluated]


def volume(costs: list[list[float]]) -> float:
    """Return the hypervolume of few multiply-adds and many parameters, in percent of the unit square."""
    area = edge = 0.0
    for macs, params in sorted(costs, key=lambda one: (one[0], -one[1])):
        if params > edge:
            area += (params - edge) * (1 - macs)
            edge = params
    return 100 * area


@cache
def _widths() -> list[int]:
    return [domain.length for domain in space().hyper_parameters.values()]


def _shares(cost: dict[str, float]) -> list[float]:
    whole = _whole()
    return [cost["macs"] / whole["macs"], cost["params"] / whole["params"]]


@cache
def _whole() -> dict[str, float]:
    return fgspace.space({"type": "FineGrainedSpace", "modules": ["net"], "net": space().tree["net"]}).cost()


def _pymoo(options: dict[str, Any], seed: int, most: int) -> list[list[float]]:
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.operators.crossover.pntx import TwoPointCrossover
    from pymoo.operators.mutation.bitflip import BitflipMutation
    from pymoo.operators.sampling.rnd import BinaryRandomSampling
    from pymoo.optimize import minimize

    found: dict[bytes, list[float]] = {}

    class Masks(ElementwiseProblem):
        def __init__(self) -> None:
            super().__init__(n_var=sum(_widths()), n_obj=2, xl=0, xu=1, vtype=bool)

        def _evaluate(self, bits: np.ndarray, out: dict[str, Any], *_: Any, **__: Any) -> None:
            macs, params = found.setdefault(bits.tobytes(), _shares(space().cost(_point(bits))))
            out["F"] = [macs, -params]

    operators = {"sampling": BinaryRandomSampling(), "crossover": TwoPointCrossover(), "mutation": BitflipMutation()}
    made = NSGA2(**options, **operators, eliminate_duplicates=True)
    minimize(Masks(), made, ("n_evals", most), seed=seed, verbose=False)
    return list(found.values())[:most]


def _point(bits: np.ndarray) -> dict[str, list[int]]:
    """Return the point of all rows; a row that keeps no channel keeps its first."""
    rows = np.split(bits.astype(int), np.cumsum(_widths())[:-1])
    kept = [row.tolist() if row.any() else [1, *[0] * (len(row) - 1)] for row in rows]
    return dict(zip(space().hyper_parameters, kept, strict=True))
