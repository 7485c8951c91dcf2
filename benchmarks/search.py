"""Which algorithm finds better networks: all of ours compared with Optuna's and pymoo's, on the NAS-Bench-201 table.

    python benchmarks/search.py                                three seeds
    python benchmarks/search.py --seeds 200 --jobs 2           everything; takes hours, and resumes where it stopped
    python benchmarks/search.py --seeds 20 --only Predictor limit cifar100
    python benchmarks/search.py --on test                      search by the test accuracy, which is also scored

Three parts use the table: one objective (free), the same with at most 47.15 million MACs (limit), and accuracy against
MACs (front). Every algorithm searches by validation accuracy. Its score is the test accuracy of its best cell so far by
validation, or the hypervolume of its front. After 20, 50, 100 and 200 evaluations the tables show the mean, the
standard error, the share of seeds that found the best cell by validation, the median place of the found cell among all
cells, and the rank. Where validation and test disagree, an algorithm that finds the best cells by validation loses most
by test: a second table shows how much. A fourth part has no table: the masks of ResNet-20, 464 bits, multiply-adds
against parameters.

- A cell that is proposed again costs nothing and is not counted.
- Our algorithms know the limit, and it is checked before training: a cell that breaks it is neither evaluated nor
  counted. Peers receive the limit in their own way (`Trial.set_constraint`, G), and learn the cost of a cell only from
  its evaluation, which is counted. A row "told" shows each of them without counting such cells; it still receives their
  accuracy.
- The first cell of our algorithms is drawn at random.
- The default of `--seeds` fits in the few minutes of `make bench`. Optuna's Gaussian process takes minutes for a run,
  so it runs only a twentieth of the seeds, and none of three; the tables show the number of seeds.

Runs are saved in runs/search, by table, problem, algorithm, version and options, and are not repeated. Needs the table,
which is not part of the project, at ../shared/data/nas-bench-201/table.csv.gz; without it, the script prints this and
ends.
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
"""Optuna's Gaussian process, which takes minutes for a run, runs one seed in this many."""


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
    """Yield the runs seed by seed, so that a benchmark that is stopped has about as many runs of each algorithm."""
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
