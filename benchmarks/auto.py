"""What `Auto` should pick for budgets too large for a model: compares our model-free algorithms on synthetic spaces.

    python benchmarks/auto.py                 three seeds, about two minutes
    python benchmarks/auto.py --seeds 10      the figures of decision 10

The spaces are NK landscapes of 30 choices of 4 options, where the value of each choice depends on 2 or on 5 others, and
a smooth landscape of 8 integers, 8 floats and 8 choices that depend on each other in pairs. With one objective, the
table shows the mean of the best value; with two, the mean hypervolume of the value and an additive price.
"""

import argparse
import sys
from typing import Any

import fgspace
from searching.landscapes import LANDSCAPES
from searching.measure import hypervolume, spread

BUDGETS = (300, 1000, 3000)
PROBLEMS = ("NK, 2 others", "NK, 5 others", "mixed")
ONE: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomSearch": ("RandomSearch", {}),
    "LocalSearch": ("LocalSearch", {}),
    "RegularizedEvolution": ("RegularizedEvolution", {}),
    "RegularizedEvolution 50/12": ("RegularizedEvolution", {"population_size": 50, "sample_size": 12}),
}
TWO: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomSearch": ("RandomSearch", {}),
    "NSGA2": ("NSGA2", {}),
    "NSGA2 20": ("NSGA2", {"population_size": 20}),
    "NSGA2 50": ("NSGA2", {"population_size": 50}),
    "NSGA2 100": ("NSGA2", {"population_size": 100}),
    "NSGA3": ("NSGA3", {}),
}


def score(
    problem: str, algorithm: tuple[str, dict[str, Any]], objectives: dict[str, Any], seed: int, most: int
) -> float:
    space, evaluate, (worst, dearest) = LANDSCAPES[problem](seed)
    study = fgspace.Study(space, algorithm[0], objectives, seed=seed, **algorithm[1])
    study.run(evaluate, most)
    if len(objectives) == 1:
        return max(trial.metrics["value"] for trial in study.front())
    return hypervolume(
        [(-trial.metrics["value"], trial.metrics["price"]) for trial in study.front()], (-worst, dearest)
    )


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
                    spread([score(problem, algorithm, objectives, seed, most) for seed in range(seeds)])
                    for most in BUDGETS
                )
                print(f"{name:28s}" + "".join(f"{center:10.3f} ±{error:6.3f}" for center, error in told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
