"""All 15,625 networks of NAS-Bench-201 count as in the table of the benchmark, and a search of the table takes seconds.

    python benchmarks/nas_bench_201.py

Counts every network by its cell string, without building it, and compares with the columns params_m and macs_m of the
table, whose 6 and 4 decimals are those of a million. Prints the first differences, and the milliseconds a network. Then
searches the table by its accuracies, as examples/nas_bench_201.yaml does, and prints the milliseconds a trial.
Needs the table, which is not part of the project, at ../shared/data/nas-bench-201/table.csv.gz; without it, the script
prints this and ends.
"""

import sys
from pathlib import Path
from time import perf_counter

import fgspace
import yaml
from fgspace.config.loading import load
from searching.table import TABLE, rows

EXAMPLE = Path(__file__).parents[1] / "examples" / "nas_bench_201.yaml"
SHAPE = (3, 32, 32)
SHOWN = 5
TRIALS = 2000


def main() -> int:
    if not TABLE.exists():
        print(f"skipped: there is no table at {TABLE}")
        return 0
    table = rows()
    network = {"type": "NasBench201", "cell": ["none"] * 6}
    space = fgspace.space({"type": "FineGrainedSpace", "modules": ["network"], "network": network})
    began = perf_counter()
    counted = [_count(space, row["arch"]) for row in table]
    seconds = perf_counter() - began
    wrong = [
        f"{row['arch']}: {counts}, but {row['params_m']} {row['macs_m']} in the table"
        for row, counts in zip(table, counted, strict=True)
        if counts != f"{row['params_m']} {row['macs_m']}"
    ]
    print(*wrong[:SHOWN], sep="\n", end="\n" if wrong else "")
    print(
        f"{len(table) - len(wrong):,} of {len(table):,} networks have the parameters and multiply-adds of the table;"
        f" {1000 * seconds / len(table):.2f} ms each"
    )
    print(_searched())
    return 1 if wrong else 0


def _searched() -> str:
    """Return how long it takes to read the table, and to draw and look up cells in a study."""
    described = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    described["evaluator"]["file"] = str(TABLE)
    experiment = load(described)
    began = perf_counter()
    evaluator = experiment.make_evaluator()
    read = perf_counter() - began
    study = fgspace.Study(experiment.space, "RandomSearch", experiment.objectives, seed=0)
    began = perf_counter()
    study.run(evaluator, trials=TRIALS)
    each = (perf_counter() - began) / TRIALS
    return f"the table is read in {1000 * read:.0f} ms; a trial takes {1000 * each:.2f} ms, {60 / each:,.0f} a minute"


def _count(space: fgspace.Space, cell: str) -> str:
    """Return the parameters and multiply-adds of a cell's network as the table writes them, in millions."""
    cost = space.network.cost({"type": "NasBench201", "cell": cell}, SHAPE)
    return f"{cost.params / 1e6:.6f} {cost.macs / 1e6:.4f}"


if __name__ == "__main__":
    sys.exit(main())
