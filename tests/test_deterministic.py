"""In deterministic studies, every installed algorithm proposes the same points for any number of workers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import fgspace
import pytest
from fgspace.plugins.registry import load_registry
from fgspace.study.study import Study

SPACE = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "hyper_parameters": {"mask": {"bits": 6}, "depth": {"int": [1, 6]}, "kind": {"choice": ["a", "b", "c"]}},
    }
)
FOUND = [one for one in load_registry().types if one.kind == "algorithm" and one.short_name != "Auto"]
ALGORITHMS = [pytest.param(one.name, marks=[pytest.mark.soak] * (one.plugin == "optuna")) for one in FOUND]
NEEDED = {"fgspace/Relay": {"stages": [{"type": "RandomSearch", "trials": 4}, {"type": "RandomSearch"}]}}


def loss(description: dict) -> dict[str, float]:
    threading.Event().wait(Random().random() * 0.003)
    return {"loss": sum(description["mask"]) + abs(description["depth"] - 3) + ord(description["kind"]) / 200}


def points(algorithm: str, workers: int) -> list[tuple]:
    study = Study(SPACE, algorithm, {"loss": "min"}, seed=4, deterministic=5, **NEEDED.get(algorithm, {}))
    with ThreadPoolExecutor(workers) as executor:
        executor.workers = workers
        study.run(loss, trials=30, executor=executor)
    return [(trial.number, trial.point, trial.state, trial.metrics, trial.lineage) for trial in study.trials]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_points_are_the_same_for_any_number_of_workers(algorithm: str) -> None:
    assert points(algorithm, 4) == points(algorithm, 1)
