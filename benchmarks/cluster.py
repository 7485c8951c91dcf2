"""Claim: a trial on Ray costs the driver a few milliseconds. docs/decisions/ derives the limits that follow from it.

    python benchmarks/cluster.py [--trials 1000] [--workers 4]

Measures the CPU time and wall time of the driver per trial, with an evaluator that does nothing and a store on disk: in
this process, and on a Ray cluster on this machine (whose processes share the processors, so that the wall time includes
theirs). For comparison, the same run measures empty Ray tasks, the same number at a time. Then it measures how many
bytes a trial adds to the store, with 16, 56 and 464 decisions.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import fgspace
import ray
from fgspace.study.executors.executor import Executor, SerialExecutor
from fgspace_ray.executor import RayExecutor

SIZES = (16, 56, 464)


def space(decisions: int) -> fgspace.Space:
    domains = {f"width{number}": {"int": [1, 64]} for number in range(decisions)}
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})


def nothing(description: Mapping[str, Any]) -> dict[str, float]:
    return {"loss": 0.5, "macs": 1e9}


def search(executor: Executor, trials: int, folder: Path) -> tuple[float, float]:
    """Return the CPU seconds and the wall seconds of the driver per trial."""
    study = fgspace.Study(space(56), "RandomSearch", {"loss": "min"}, store=folder)
    study.run(nothing, 20, executor)  # the processes have started now
    start = process_time(), perf_counter()
    study.run(nothing, 20 + trials, executor)
    spent = process_time() - start[0], perf_counter() - start[1]
    study.close()
    return spent[0] / trials, spent[1] / trials


async def bare(tasks: int, at_once: int) -> None:
    """Run empty Ray tasks, `at_once` at a time."""
    task, gate = ray.remote(num_cpus=0.5)(nothing), asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            await task.remote({})

    await asyncio.gather(*(one() for _ in range(tasks)))


def growth(decisions: int, trials: int, folder: Path) -> float:
    """Return the number of bytes that a trial adds to the store."""
    study = fgspace.Study(space(decisions), "RandomSearch", {"loss": "min"}, store=folder)
    study.run(nothing, trials)
    study.close()
    return sum(file.stat().st_size for file in folder.iterdir()) / trials


def show(what: str, cpu: float, wall: float) -> None:
    print(f"{what:<38} {cpu * 1e3:8.2f} ms CPU {wall * 1e3:8.2f} ms wall {1 / cpu:8.0f} a second of CPU", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    os.environ.setdefault("RAY_worker_niceness", "0")  # otherwise other work on the machine would be measured too
    with tempfile.TemporaryDirectory() as folder:
        show("a trial in this process", *search(SerialExecutor(), given.trials, Path(folder, "here")))
        with RayExecutor(cpus=0.5, workers=given.workers) as executor:
            for turn in range(2):
                show("a trial through Ray", *search(executor, given.trials, Path(folder, f"ray{turn}")))
                start = process_time(), perf_counter()
                asyncio.run(bare(given.trials, given.workers))
                spent = process_time() - start[0], perf_counter() - start[1]
                show("a bare Ray task", spent[0] / given.trials, spent[1] / given.trials)
        for decisions in SIZES:
            grown = growth(decisions, given.trials, Path(folder, f"store{decisions}"))
            print(f"store, {decisions:>3} decisions {grown:>8.0f} bytes a trial", flush=True)


if __name__ == "__main__":
    main()
