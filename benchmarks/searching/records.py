"""The saved runs, as JSON lines, one file for each algorithm; saved runs are not repeated."""

import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from searching.contenders import Contender, contenders
from searching.table import Problem, digest


@dataclass(frozen=True)
class Run:
    """The proposals of an algorithm, each once, in order, and the CPU time of one in milliseconds.

    A cell is its number in the table; a mask is its two costs.
    """

    seed: int
    cells: tuple[Any, ...]
    ms: float


class Records:
    """The runs in a folder.

    A run belongs to a table, a problem, an algorithm with its version and options, and a seed. Runs of other versions
    and options are kept, but not read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: dict[tuple[str, str, int], Run] = {}

    def read(self, contender: Contender) -> None:
        """Read the runs of the present version of an algorithm."""
        file, said = self._file(contender), _said(contender)
        if not file.exists():
            return
        for row in map(_row, file.read_text("utf-8").splitlines()):
            if {name: row.get(name) for name in said} == said:
                key = (row["problem"], contender.name, row["seed"])
                self._runs[key] = Run(row["seed"], tuple(row["cells"]), row["ms"])

    def make(self, wanted: Iterable[tuple[Contender, Problem, int]], jobs: int) -> Iterator[None]:
        """Make the missing runs, and save each as it ends."""
        keyed = {
            (str(problem), contender.name, seed): (contender, problem, seed) for contender, problem, seed in wanted
        }
        missing = [one for key, one in keyed.items() if key not in self._runs]
        if not missing:
            return
        # Spawned children inherit no threads of their parent.
        pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        tasks = [(contender.name, problem, seed) for contender, problem, seed in missing]
        try:
            for (contender, problem, seed), made in zip(missing, pool.map(_made, tasks), strict=True):
                self._add(contender, problem, Run(seed, *made))
                yield
        finally:
            pool.shutdown(cancel_futures=True)

    def of(self, contender: Contender, problem: Problem, seeds: int) -> list[Run]:
        """Return the saved runs of the first seeds."""
        found = (self._runs.get((str(problem), contender.name, seed)) for seed in range(seeds))
        return [run for run in found if run is not None]

    def _add(self, contender: Contender, problem: Problem, run: Run) -> None:
        self._runs[str(problem), contender.name, run.seed] = run
        row = {**_said(contender), "problem": str(problem), "seed": run.seed, "ms": run.ms, "cells": run.cells}
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._file(contender).open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(row)}\n")

    def _file(self, contender: Contender) -> Path:
        return self._folder / f"{contender.name.replace(' ', '_')}.jsonl"


def _made(task: tuple[str, Problem, int]) -> tuple[tuple[Any, ...], float]:
    name, problem, seed = task
    start = time.process_time()
    cells = contenders()[name].run(problem, seed)
    return tuple(cells), round(1e3 * (time.process_time() - start) / len(cells), 3)


def _row(line: str) -> dict[str, Any]:
    """Return the run of a line; an empty one if the line was cut short, for example by a kill."""
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return row


def _said(contender: Contender) -> dict[str, Any]:
    return {
        "table": digest(),
        "algorithm": contender.name,
        "version": contender.version,
        "options": dict(contender.options),
    }
