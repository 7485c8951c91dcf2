"""Which algorithm finds the better networks: all of ours on the NAS-Bench-201 table, with and without a MACs limit.

    python benchmarks/search.py                            20 seeds, three data sets
    python benchmarks/search.py --seeds 200 --only cifar100
    python benchmarks/search.py --on test                  search on the column that is scored

Every algorithm searches on the validation accuracy and is scored by the test accuracy of what it takes for the best so
far: mean, standard error, and the share of seeds that hold the cell of the best test accuracy, after so many
evaluations. The first cell is drawn, the same for all algorithms of a seed. The limit, 47.15 million MACs, is a
constraint given to the algorithm; what breaks it is not evaluated, and does not count. Needs the table, which is not
part of the project, at ../shared/data/nas-bench-201/table.csv.gz, and says so where it is not there.
"""

import argparse
import csv
import gzip
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from statistics import mean, stdev
from typing import Any

import fgspace
from fgspace.search.random import RandomSearch
from fgspace_annealing.annealing import SimulatedAnnealing
from fgspace_ea.backbone_nas import BackboneNasSearch
from fgspace_ea.local_search import LocalSearch
from fgspace_ea.regularized_evolution import RegularizedEvolution
from fgspace_predictor.predictor import Predictor

TABLE = Path(__file__).parents[2] / "shared/data/nas-bench-201/table.csv.gz"
DATA = ("cifar10", "cifar100", "imagenet16")
BUDGETS = (20, 50, 100, 200)
LIMITS: tuple[Mapping[str, Any], ...] = ({}, {"macs": {"max": 47.15}})
EDGES = tuple(f"edge{index}" for index in range(6))
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
ALGORITHMS: dict[str, tuple[type[fgspace.Algorithm], dict[str, Any]]] = {
    "RandomSearch": (RandomSearch, {}),
    "BackboneNasSearch": (BackboneNasSearch, {}),
    "RegularizedEvolution": (RegularizedEvolution, {}),
    "LocalSearch": (LocalSearch, {}),
    "SANAS": (SimulatedAnnealing, {"steps": BUDGETS[-1], "init_temperature": 1.0, "final_temperature": 0.03}),
    "Predictor": (Predictor, {}),
}
Cell = tuple[str, ...]
Table = dict[Cell, dict[str, float]]


def read() -> Table:
    with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        tuple(re.findall(r"([^|+]+)~\d", row["arch"])): {name: float(row[name]) for name in row if name != "arch"}
        for row in rows
    }


def cell(point: Mapping[str, Any]) -> Cell:
    return tuple(point[edge] for edge in EDGES)


def cells(table: Table, first: int) -> fgspace.Space:
    """Return the space of all cells, with the costs that the table holds; its initial point is drawn."""
    described = {"type": "FineGrainedSpace", "hyper_parameters": {edge: {"choice": list(OPERATIONS)} for edge in EDGES}}
    space = fgspace.space(described)
    space.initial = space.sample(Random(f"first {first}"))
    space.cost = lambda point=None: {"macs": table[cell(point or space.initial)]["macs_m"]}
    return space


def scores(table: Table, name: str, columns: tuple[str, str], limit: Mapping[str, Any], seed: int) -> list[float]:
    """Return, for each number of evaluations, the score of the best cell so far."""
    kind, options = ALGORITHMS[name]
    searched, scored = columns
    study = fgspace.Study(cells(table, seed), kind, {"accuracy": "max"}, limit, seed=seed, **options)
    best, found = -1.0, []
    while len(found) < BUDGETS[-1]:
        trial = study.ask()
        row = table[cell(trial.point)]
        study.tell(trial, {"accuracy": row[searched]})
        if row[searched] > best:
            best, score = row[searched], row[scored]
        found.append(score)
    return found


def show(table: Table, data: str, on: str, limit: Mapping[str, Any], seeds: int) -> None:
    columns = (f"{data}_{on}", f"{data}_test")
    most = limit.get("macs", {}).get("max", float("inf"))
    optimum = max(row[columns[1]] for row in table.values() if row["macs_m"] <= most)
    print(f"\n{data}, {f'at most {most} M MACs' if limit else 'any MACs'}; optimum {optimum:.3f}; {seeds} seeds")
    print(f"{'after':22s}" + "".join(f"{budget:>24d}" for budget in BUDGETS))
    for name in ALGORITHMS:
        start = time.process_time()
        runs = [scores(table, name, columns, limit, seed) for seed in range(seeds)]
        spent = (time.process_time() - start) / seeds / BUDGETS[-1]
        print(f"{name:22s}" + "".join(figure([run[at - 1] for run in runs], optimum) for at in BUDGETS), end="")
        print(f"   {1e3 * spent:5.1f} ms a trial", flush=True)


def figure(found: list[float], optimum: float) -> str:
    """Return mean, standard error and share at the optimum of what the seeds found."""
    error = stdev(found) / len(found) ** 0.5 if len(found) > 1 else 0.0
    share = mean(score >= optimum for score in found)
    return f"  {mean(found):8.3f} ±{error:5.3f} {share:5.0%}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Search algorithms on the NAS-Bench-201 table.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=DATA, help="one data set")
    parser.add_argument("--on", choices=("valid", "test"), default="valid", help="what is searched on")
    arguments = parser.parse_args()
    if not TABLE.exists():
        print(f"skipped: there is no table at {TABLE}")
        return 0
    table = read()
    for data in [arguments.only] if arguments.only else DATA:
        for limit in LIMITS:
            show(table, data, arguments.on, limit, arguments.seeds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
