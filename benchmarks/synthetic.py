"""Which algorithm finds better points on problems of known structure: ours compared with Optuna's samplers.

    python benchmarks/synthetic.py                                   three seeds of all problems; takes half an hour
    python benchmarks/synthetic.py --seeds 30 --jobs 2               takes hours, and resumes where it stopped
    python benchmarks/synthetic.py --seeds 12 --only Predictor "Optuna TPE" "hartmann, noisy" network

The problems are of eight kinds: smooth functions of floats (Branin, Hartmann-6, Ackley-10); the same with noise; 28
mixed and conditional dimensions (network); hyper-parameters of training on logarithmic scales, some of them conditional
(training); trials that fail at random or in a third of the space; a limit on a known or on a measured cost; eight
workers; and choices and numbers without noise (NK landscapes, widths, kernels, a valley, a mixed one).

The table shows the true value of the point that is the best as measured, after 20, 50 and 100 trials: the mean over
seeds with its standard error, and the CPU time per trial. All algorithms have the same seeds of a problem. Below, the
mean difference of Predictor to each of the others over the same seeds, in its standard errors: above 2 it is ahead.

A peer is told a point that breaks a known limit, but that evaluation is not counted. Runs are saved in
runs/synthetic, by algorithm with its version, and are not repeated; remove the folder after a change of a problem.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import mean

from searching.asked import among
from searching.contenders import digest_of
from searching.measure import spread
from searching.problems import PROBLEMS
from searching.trying import BUDGETS, PEERS, Run, run

OURS = ("RandomSearch", "RegularizedEvolution", "LocalSearch", "Predictor")
OURS_OR_PEERS = (*OURS, *PEERS)


@dataclass
class Records:
    """The saved runs of one algorithm, by problem and seed."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        kind = f"{PEERS[self.name][0]} {version(PEERS[self.name][0])}" if self.name in PEERS else digest_of(self.name)
        self.file = self.folder / f"{self.name.replace(' ', '_')} {kind}.jsonl"
        lines = self.file.read_text("utf-8").splitlines() if self.file.exists() else []
        rows = [json.loads(line) for line in lines if line.endswith("}")]
        self.runs = {(row["problem"], row["seed"]): Run(tuple(row["found"]), row["ms"]) for row in rows}

    def add(self, problem: str, seed: int, made: Run) -> None:
        """Save a run."""
        self.runs[problem, seed] = made
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"problem": problem, "seed": seed, "found": made.found, "ms": made.ms}) + "\n")


def runs_of(records: Records, problem: str, seeds: int, pool: ProcessPoolExecutor) -> list[Run]:
    """Return the runs of the first seeds; the missing ones are made and saved."""
    missing = [seed for seed in range(seeds) if (problem, seed) not in records.runs]
    made = pool.map(run, [records.name] * len(missing), [problem] * len(missing), missing)
    for seed, one in zip(missing, made, strict=True):
        records.add(problem, seed, one)
    return [records.runs[problem, seed] for seed in range(seeds)]


def row(name: str, runs: Sequence[Run]) -> str:
    """Return the means of an algorithm with their errors."""
    found = map(spread, zip(*(one.found for one in runs), strict=True))
    told = "".join(f"{center:10.3f} ±{error:6.3f}" for center, error in found)
    return f"{name:22s}{told}{mean(one.ms for one in runs):10.1f}"


def leads(found: Mapping[str, Sequence[Run]], name: str = "Predictor") -> list[str]:
    """Return a line for each other algorithm: by how much this one is ahead after each budget, over paired seeds."""
    lines = []
    for other, runs in found.items():
        if name not in found or other == name or len(runs) < 2:
            continue
        told = f"{f'{name} - {other}':40s}"
        for place in range(len(BUDGETS)):
            pairs = zip(found[name], runs, strict=True)
            ahead, error = spread([mine.found[place] - theirs.found[place] for mine, theirs in pairs])
            told += f"{ahead:10.3f} ({ahead / error if error else 0.0:5.1f})"
        lines.append(told)
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Search algorithms on problems whose structure is known.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="so many runs at a time")
    known = (*OURS_OR_PEERS, *PROBLEMS)
    parser.add_argument("--only", nargs="+", default=[], choices=known, metavar="WHAT", help=", ".join(known))
    parser.add_argument("--cache", type=Path, default=Path("runs/synthetic"), help="where runs are kept")
    arguments = parser.parse_args()
    records = [Records(arguments.cache, name) for name in among(OURS_OR_PEERS, arguments.only)]
    # Spawned children inherit no threads of their parent.
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        for problem in among(PROBLEMS, arguments.only):
            print(f"\n{problem}, {arguments.seeds} seeds: mean of the true value of the best point as measured")
            print(f"{'':22s}" + "".join(f"{f'after {budget}':>18s}" for budget in BUDGETS) + f"{'ms each':>10s}")
            found: dict[str, list[Run]] = {}
            for one in records:
                found[one.name] = runs_of(one, problem, arguments.seeds, pool)
                print(row(one.name, found[one.name]), flush=True)
            print(*leads(found), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
