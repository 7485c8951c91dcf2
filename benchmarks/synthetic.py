"""Which algorithm finds better points on spaces of known structure: ours compared with Optuna's samplers.

    python benchmarks/synthetic.py                                   three seeds, about ten minutes
    python benchmarks/synthetic.py --seeds 12 --jobs 2               the figures of decision 17
    python benchmarks/synthetic.py --only Predictor "Optuna TPE" widths valley

Six landscapes with one objective: NK with 2 and with 5 others, whose options have no order; widths, kernels and a
valley, whose options are numbers; and a mixed one. The table shows the mean of the best value after 20, 50 and 100
trials with its standard error, and the CPU time per trial. All algorithms search the same domains; Optuna's are
categories, integers and floats.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import mean
from time import process_time
from typing import Any

import fgspace
from searching.asked import among
from searching.landscapes import LANDSCAPES
from searching.measure import spread

BUDGETS = (20, 50, 100)
OURS = ("RandomSearch", "NSGA2", "RegularizedEvolution", "LocalSearch", "Predictor")
PEERS = {"Optuna TPE": "TPESampler", "Optuna GP": "GPSampler"}
Run = tuple[list[float], float]
"""The best value after each budget, and the CPU time of a trial in milliseconds."""


def run(task: tuple[str, str, int]) -> Run:
    name, landscape, seed = task
    start = process_time()
    values = list(_peers(PEERS[name], landscape, seed) if name in PEERS else _ours(name, landscape, seed))
    return [max(values[:budget]) for budget in BUDGETS], 1e3 * (process_time() - start) / len(values)


def _ours(algorithm: str, landscape: str, seed: int) -> Iterator[float]:
    space, evaluate, _ = LANDSCAPES[landscape](seed)
    study = fgspace.Study(space, algorithm, {"value": "max"}, seed=seed)
    for _ in range(BUDGETS[-1]):
        trial = study.ask()
        value = evaluate(space.at(trial.point))["value"]
        study.tell(trial, {"value": value})
        yield value


def _peers(sampler: str, landscape: str, seed: int) -> Iterator[float]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", module="optuna")
    space, evaluate, _ = LANDSCAPES[landscape](seed)
    study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=seed), direction="maximize")
    for _ in range(BUDGETS[-1]):
        trial = study.ask()
        value = evaluate({path: _suggested(trial, path, domain) for path, domain in space.hyper_parameters.items()})
        study.tell(trial, value["value"])
        yield value["value"]


def _suggested(trial: Any, path: str, domain: Any) -> Any:
    match domain:
        case fgspace.Choice(options):
            return trial.suggest_categorical(path, options)
        case fgspace.Int(low, high):
            return trial.suggest_int(path, low, high)
    return trial.suggest_float(path, domain.low, domain.high)


def main() -> int:
    names = (*OURS, *PEERS)
    parser = argparse.ArgumentParser(description="Search algorithms on landscapes whose structure is known.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="so many runs at a time")
    known = (*names, *LANDSCAPES)
    parser.add_argument("--only", nargs="+", default=[], choices=known, metavar="WHAT", help=", ".join(known))
    arguments = parser.parse_args()
    # Spawned children inherit no threads of their parent.
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        for landscape in among(LANDSCAPES, arguments.only):
            print(f"\n{landscape}, {arguments.seeds} seeds: mean of the best value")
            print(f"{'':22s}" + "".join(f"{f'after {budget}':>18s}" for budget in BUDGETS) + f"{'ms each':>10s}")
            for name in among(names, arguments.only):
                runs = list(pool.map(run, [(name, landscape, seed) for seed in range(arguments.seeds)]))
                found = map(spread, zip(*(best for best, _ in runs), strict=True))
                told = "".join(f"{center:10.3f} ±{error:6.3f}" for center, error in found)
                print(f"{name:22s}{told}{mean(ms for _, ms in runs):10.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
