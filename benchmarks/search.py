"""Which algorithm finds the better networks: all of ours beside Optuna's and pymoo's on the NAS-Bench-201 table.

    python benchmarks/search.py                                three seeds
    python benchmarks/search.py --seeds 200 --jobs 2           the whole of it; hours, and gone on with where it stopped
    python benchmarks/search.py --seeds 20 --only Predictor limit cifar100
    python benchmarks/search.py --on test                      search on the column that is scored

Three parts on the table: one objective (free), the same at most 47.15 million MACs (limit), accuracy against MACs
(front). Everybody searches on the validation accuracy, and is scored by the test accuracy of what they take for the
best so far, or by the hypervolume of their front. After 20, 50, 100 and 200 evaluations the tables show mean, standard
error, the share of seeds that hold the best there is of what they searched on, the median place of their find among all
cells, and the rank. Where validation and test disagree, whoever is best at finding the best by validation gives most
away: a second table tells how much. A fourth part has no table: the masks of ResNet-20, 464 bits, multiply-adds against
parameters.

- A cell that is asked for again costs nothing and is not counted.
- The limit is told to ours and checked before training: what breaks it is neither evaluated nor counted. Peers are told
  in their own way (`Trial.set_constraint`, G), and learn what a cell costs from its evaluation only: it is counted.
  A row "told" shows each of them as if it were not, the accuracy of such a cell still given to it.
- Our first cell is drawn.
- The default of `--seeds` is what `make bench` has time for, some minutes. Optuna's Gaussian process takes minutes a
  run, and runs a twentieth of the seeds, so none of three; the tables say how many each ran.

Runs are kept in runs/search, by table, problem, algorithm, version and options: what is there is not run again. Needs
the table, which is not part of the project, at ../shared/data/nas-bench-201/table.csv.gz, and says so where it is not
there.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from searching.asked import among
from searching.contenders import Contender, contenders, rows
from searching.records import Records
from searching.show import table_of, text, trust
from searching.table import COLUMNS, DATA, MASKS, PARTS, TABLE, Problem

SLOW = 20
"""What takes minutes a run, Optuna's Gaussian process, runs one seed in so many."""


def main() -> int:
    arguments = _parser().parse_args()
    if not TABLE.exists():
        print(f"skipped: there is no table at {TABLE}")
        return 0
    problems = _problems(arguments)
    names = [name for name in rows() if name in arguments.only]
    records = Records(arguments.cache)
    for contender in contenders().values():
        records.read(contender)
    if not arguments.show:
        for _ in records.make(_wanted(problems, names, arguments), arguments.jobs):
            pass
    for problem in problems:
        found = table_of(problem, records, arguments.seeds, names)
        print(text(problem, found), flush=True)
        if problem.on != "test" and problem.part in ("free", "limit"):
            print(trust(problem, found), flush=True)
    for part in dict.fromkeys(problem.part for problem in problems if problem.part != MASKS):
        _draw(part, arguments, records, names)
    if arguments.pages:
        from searching.curves import draw_pages

        print(*(f"drawn: {file}" for file in draw_pages(records, arguments.seeds, arguments.pages)), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    known = (*PARTS, MASKS, *DATA, *rows())
    parser = argparse.ArgumentParser(description="Search algorithms on the NAS-Bench-201 table.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--slow-seeds", type=int, help=f"seeds of what is slow; left out, one in {SLOW} of the others")
    parser.add_argument("--only", nargs="+", default=[], choices=known, metavar="WHAT", help=", ".join(known))
    parser.add_argument("--on", choices=COLUMNS, default="valid", help="what is searched on")
    parser.add_argument("--jobs", type=int, default=1, help="so many runs at a time")
    parser.add_argument("--cache", type=Path, default=Path("runs/search"), help="where runs are kept, and plots")
    parser.add_argument(
        "--pages", type=Path, metavar="DIR", help="draw the curves of docs/algorithms, into docs/algorithms/curves"
    )
    parser.add_argument("--show", action="store_true", help="run nothing, show what is there")
    return parser


def _wanted(
    problems: list[Problem], names: list[str], arguments: argparse.Namespace
) -> Iterator[tuple[Contender, Problem, int]]:
    """Yield the runs seed by seed, so that one that is stopped has about as many of each."""
    chosen = [one for one in contenders().values() if not names or (one.row or one.name) in names]
    slow = arguments.seeds // SLOW if arguments.slow_seeds is None else arguments.slow_seeds
    for seed in range(arguments.seeds):
        for contender in chosen:
            for problem in problems:
                if problem.part in contender.parts and (problem.part not in contender.slow or seed < slow):
                    yield contender, problem, seed


def _problems(arguments: argparse.Namespace) -> list[Problem]:
    parts = among((*PARTS, MASKS), arguments.only)
    data = among(DATA, arguments.only)
    on_table = [Problem(one, part, arguments.on) for part in parts if part != MASKS for one in data]
    return [*on_table, *[Problem("resnet20", MASKS, "costs")] * (MASKS in parts)]


def _draw(part: str, arguments: argparse.Namespace, records: Records, names: list[str]) -> None:
    from searching.plot import draw

    file = arguments.cache / f"{part}-{arguments.on}.png"
    draw(part, arguments.on, records, arguments.seeds, names, file)
    print(f"\ndrawn: {file}")


if __name__ == "__main__":
    sys.exit(main())
