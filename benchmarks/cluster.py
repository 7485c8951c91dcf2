"""Claim: sent through Ray, a trial costs the driver a few milliseconds; what that bounds is in docs/decisions/.

    python benchmarks/cluster.py [--trials 1000] [--workers 4]

CPU time and wall time of the driver for each trial of a study whose evaluator does nothing, its store on disk: in this
process, and on a Ray cluster of this machine (its own processes share the processors, so the wall time is theirs too).
Beside it, in the same run, a bare Ray task that does nothing, so many at a time. Then what the store grows by a trial,
at 16, 56 and 464 decisions.
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
    """Return seconds of CPU and of wall time of the driver a trial."""
    study = fgspace.Study(space(56), "RandomSearch", {"loss": "min"}, store=folder)
    study.run(nothing, 20, executor)  # the processes are there now
    start = process_time(), perf_counter()
    study.run(nothing, 20 + trials, executor)
    spent = process_time() - start[0], perf_counter() - start[1]
    study.close()
    return spent[0] / trials, spent[1] / trials


async def bare(tasks: int, at_once: int) -> None:
    """Run Ray tasks that do nothing, so many at a time."""
    task, gate = ray.remote(num_cpus=0.5)(nothing), asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            await task.remote({})

    await asyncio.gather(*(one() for _ in range(tasks)))


def growth(decisions: int, trials: int, folder: Path) -> float:
    """Return the bytes that a store grows by a trial."""
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
    os.environ.setdefault("RAY_worker_niceness", "0")  # else whatever else runs on the machine is measured
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
