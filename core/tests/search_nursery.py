"""Starts searches that a test kills: imports everything once, then forks a process for each folder.

Each line of the input names a folder. For each, it prints the process id, and later the exit status.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from random import Random

import fgspace
from fgspace.config.loading import load
from fgspace.documents.digest import digest
from fgspace.runs.driver import Driver
from fgspace.study.algorithms.random_search import RandomSearch

EXPERIMENT = {
    "search_space": {
        "type": "FineGrainedSpace",
        "hyper_parameters": {"a": {"int": [0, 99]}, "mask": {"bits": 12}, "again": {"choice": [1, 2]}},
    },
    "search_algorithm": {"type": "Climbing"},
    "evaluator": {"type": "Slope"},
    "objectives": {"loss": "min", "size": "max"},
    "budget": {"trials": 60},
    "seed": 5,
}


@fgspace.register(kind="algorithm")
class Climbing(RandomSearch):
    """Mutates one of the best trials so far, so that every point depends on all earlier trials."""

    def __init__(self, space, objectives, *, seed=0):
        super().__init__(space, objectives, seed=seed)
        self.best = []

    def propose(self, rng):
        if not self.best or rng.random() < 0.1:
            return super().propose(rng)
        parent = rng.choice(self.best)
        self.because("mutate", [parent])
        return self.fresh(lambda: self.space.mutate(parent.point, rng))

    def learn(self, trial, rng):
        if trial.state == "complete" and not any(self.objectives.dominates(other, trial) for other in self.best):
            self.best = [other for other in self.best if not self.objectives.dominates(trial, other)] + [trial]


@fgspace.register(kind="evaluator")
class Slope:
    """Saves weights, has held-out metrics, and fails for some points."""

    metrics = ("loss", "size")
    input_shape = None

    def __init__(self, seed=0, folder=None):
        self.seed, self.folder = seed, folder

    def __call__(self, description):
        if description["a"] % 17 == 3:
            raise ValueError("odd one out")
        self._weights(description).parent.mkdir(exist_ok=True)
        self._weights(description).write_text(digest(description))
        size = sum(description["mask"])
        return {"loss": size + abs(description["a"] - 40) / 20 + Random(digest(description)).random(), "size": size}

    def test(self, description):
        return {"test_loss": Random(self._weights(description).read_text()).random()}

    def _weights(self, description):
        return self.folder / f"{digest(description)}.pt"


def search(folder):
    """Start or resume the search of a folder; each finished trial is logged on disk before the next."""
    log = os.open(folder / "log", os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    def note(entry):
        os.write(log, (json.dumps(entry) + "\n").encode())
        os.fsync(log)

    out = folder / "out"
    driver = Driver(load(EXPERIMENT), out, resume=(out / "study.db").exists())
    driver.run(on_trial=lambda trial: note([trial.number, trial.point, trial.state, trial.metrics, trial.error]))
    note("finishing")
    driver.finish(test=True)


def main():
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                search(Path(line.strip()))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
