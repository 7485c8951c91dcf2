"""Claim: the display of a search and an observer that does nothing take at most 2 % of the loop of a study.

    python benchmarks/watching.py            about two minutes
    python benchmarks/watching.py --turns 5  faster and less precise

Measures the CPU milliseconds of a trial in `study.run`, all threads counted, with a study on disk of 56 decisions as in
`benchmarks/study.py`, whose objective is a table: so nothing but the loop takes time. Each side runs in a process of
its own, and they take turns: nobody looks; the display draws on a terminal, keeps status.json and the files of
progress; an observer has every method and does nothing.
"""

import argparse
import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import fgspace
from study import problem, study

TRIALS = 1000
SIDES = ("nobody", "display", "observer")


class Idle(fgspace.Observer):
    """Does nothing, in every method."""

    def _nothing(self, *_: Any) -> None: ...

    study_began = trial_began = trial_ended = study_ended = _nothing


@contextmanager
def watched(side: str, of: fgspace.Study, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the arguments of `study.run` with which this side looks at it."""
    from fgspace.cli.display.live import Live
    from fgspace.runs.watching.watching import Watching

    with ExitStack() as stack:
        if side == "display":
            live = stack.enter_context(Live(of.objectives))
            watching = stack.enter_context(Watching(of, folder, 10**6, live.show))
            yield {"observers": [watching], "progress": watching.progress}
        else:
            yield {"observers": [Idle()] if side == "observer" else ()}


def serve(side: str) -> None:
    """Run a turn for each line that is read, and print the milliseconds of a trial."""
    of, objective = problem("56")
    results = os.fdopen(os.dup(1), "w")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        ours = study("RegularizedEvolution", of, Path(name))
        if side == "display":
            screen, terminal = pty.openpty()
            os.dup2(terminal, 1)
            stack.callback(subprocess.Popen(["cat"], stdin=screen, stdout=subprocess.DEVNULL).kill)
        looks = stack.enter_context(watched(side, ours, Path(name)))

        def evaluate(description: dict[str, Any]) -> dict[str, float]:
            return {"loss": objective({name: description[name] for name, _, _ in of})}

        ours.run(evaluate, 100, **looks)
        for _ in sys.stdin:
            start = process_time()
            ours.run(evaluate, ours.evaluated + TRIALS, **looks)
            print(1e3 * (process_time() - start) / TRIALS, file=results, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="What it takes to look at a study.")
    parser.add_argument("--turns", type=int, default=31)
    parser.add_argument("--child", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        serve(given.child)
        return 0
    children = {
        side: subprocess.Popen(
            [sys.executable, __file__, "--child", side], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for side in SIDES
    }
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(given.turns):
        for side, child in children.items():
            assert child.stdin is not None
            assert child.stdout is not None
            print(file=child.stdin, flush=True)
            took[side].append(float(child.stdout.readline()))
    for child in children.values():
        child.communicate()
    kept = []
    print(f"{median(took['nobody']):.4f} ms a trial where nobody looks")
    for side in SIDES[1:]:
        # Of the quickest turns: what other programs on the machine take only ever adds.
        more = 100 * (sum(sorted(took[side])[:5]) / sum(sorted(took["nobody"])[:5]) - 1)
        kept.append(more <= 2)
        print(f"  {'met   ' if kept[-1] else 'MISSED'} {side}: {more:+.2f} %, at most 2 %")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
