"""What `Auto` should pick for more trials than can be modelled: our algorithms without a model, on synthetic spaces.

    python benchmarks/auto.py                 three seeds, some two minutes
    python benchmarks/auto.py --seeds 10      the figures of decision 10

NK landscapes (Kauffman and Levin, 1987) of 30 choices of 4, the worth of each choice depending on 2 or on 5 others; and
a smooth one of 8 integers, 8 floats and 8 choices that depend on each other in pairs. One objective: mean of the best
value. Two: mean hypervolume of value and a price that adds up, in units of the landscape.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from statistics import mean, stdev
from typing import Any

import fgspace

BUDGETS = (300, 1000, 3000)
Evaluate = Callable[[Mapping[str, Any]], dict[str, float]]
ONE: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomSearch": ("RandomSearch", {}),
    "LocalSearch": ("LocalSearch", {}),
    "RegularizedEvolution": ("RegularizedEvolution", {}),
    "RegularizedEvolution 50/12": ("RegularizedEvolution", {"population_size": 50, "sample_size": 12}),
}
TWO: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomSearch": ("RandomSearch", {}),
    "NSGA2": ("NSGA2", {}),
    "NSGA2 50": ("NSGA2", {"population_size": 50}),
    "NSGA2 100": ("NSGA2", {"population_size": 100}),
    "NSGA3": ("NSGA3", {}),
}


def landscape(neighbours: int, seed: int) -> tuple[fgspace.Space, Evaluate, tuple[float, float]]:
    """Return an NK landscape, and the reference point of hypervolumes: the worst value, the highest price."""
    rng = Random(seed)
    links = [rng.sample([other for other in range(30) if other != index], neighbours) for index in range(30)]

    @cache
    def worth(index: int, *values: int) -> float:
        return Random(f"{seed}/{index}/{values}").random()

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        values = [description[f"x{index}"] for index in range(30)]
        found = mean(worth(index, values[index], *(values[one] for one in links[index])) for index in range(30))
        return {"value": found, "price": sum(value * (1 + index % 5) for index, value in enumerate(values))}

    return _space({f"x{index}": {"choice": [0, 1, 2, 3]} for index in range(30)}), evaluate, (0.0, 400.0)


def mixed(seed: int) -> tuple[fgspace.Space, Evaluate, tuple[float, float]]:
    """Return a smooth landscape over domains of three kinds."""
    rng = Random(seed)
    domains: dict[str, Any] = {f"i{index}": {"int": [0, 15]} for index in range(8)}
    domains |= {f"f{index}": {"float": [0.0, 1.0]} for index in range(8)}
    domains |= {f"c{index}": {"choice": [0, 1, 2, 3]} for index in range(8)}
    wanted = {name: rng.randrange(4) if name[0] == "c" else rng.random() for name in domains}
    pairs = [(rng.choice(list(domains)), rng.choice(list(domains)), rng.uniform(-1, 1)) for _ in range(24)]

    def share(name: str, value: float) -> float:
        if name[0] == "c":
            return 1.0 if value == wanted[name] else 0.1 * value
        return value / 15 if name[0] == "i" else value

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        shares = {name: share(name, description[name]) for name in domains}
        found = sum(one / 2 if name[0] == "c" else -((one - wanted[name]) ** 2) for name, one in shares.items())
        found += sum(weight * shares[first] * shares[second] for first, second, weight in pairs)
        return {"value": found, "price": sum(shares.values())}

    return _space(domains), evaluate, (-10.0, 25.0)


PROBLEMS = {
    "NK, 2 others": lambda seed: landscape(2, seed),
    "NK, 5 others": lambda seed: landscape(5, seed),
    "mixed": mixed,
}


def _space(domains: dict[str, Any]) -> fgspace.Space:
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})


def score(
    problem: str, algorithm: tuple[str, dict[str, Any]], objectives: dict[str, Any], seed: int, most: int
) -> float:
    space, evaluate, (worst, dearest) = PROBLEMS[problem](seed)
    study = fgspace.Study(space, algorithm[0], objectives, seed=seed, **algorithm[1])
    study.run(evaluate, most)
    area, edge = 0.0, worst
    if len(objectives) == 1:
        return max(trial.metrics["value"] for trial in study.front())
    for trial in sorted(study.front(), key=lambda trial: trial.metrics["price"]):
        if trial.metrics["value"] > edge:
            area += (trial.metrics["value"] - edge) * (dearest - trial.metrics["price"])
            edge = trial.metrics["value"]
    return area


def main() -> int:
    parser = argparse.ArgumentParser(description="Search algorithms without a model on synthetic spaces.")
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    for objectives, algorithms in (({"value": "max"}, ONE), ({"value": "max", "price": "min"}, TWO)):
        for problem in PROBLEMS:
            print(f"\n{problem}, {' and '.join(objectives)}, {seeds} seeds")
            print(f"{'':28s}" + "".join(f"{f'after {budget}':>18s}" for budget in BUDGETS))
            for name, algorithm in algorithms.items():
                told = (
                    [score(problem, algorithm, objectives, seed, most) for seed in range(seeds)] for most in BUDGETS
                )
                print(
                    f"{name:28s}" + "".join(f"{mean(one):10.3f} ±{stdev(one) / seeds**0.5:6.3f}" for one in told),
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
