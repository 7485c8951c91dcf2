"""The study loops of other libraries, for study.py, run by a Python that has these: prints milliseconds per trial.

    python benchmarks/peers/loops.py PEER PLACE DECISIONS BEFORE TRIALS FOLDER

PEER is a name of `PEERS`, PLACE is memory, sqlite or journal. BEFORE trials run first and are not timed.
"""

import json
import sys
from collections.abc import Callable
from random import Random
from time import process_time
from typing import Any

Decision = tuple[str, str, list[Any]]
"""The name, "int" or "choice", and the values."""
Values = dict[str, Any]
Loop = tuple[Callable[[], tuple[Any, Values]], Callable[[Any, float], Any]]
"""A function `ask` that returns a trial and its values, and a function `tell`."""

STAGE = [
    ("depth", "int", [1, 2, 3, 4]),
    ("width", "int", [1, 2, 3, 4]),
    *[
        one
        for _ in range(4)
        for one in (
            ("kernel", "choice", [3, 5, 7]),
            ("expansion", "choice", [2, 4, 6]),
            ("type", "choice", ["plain", "gated"]),
        )
    ],
]


def decisions(count: int) -> list[Decision]:
    """Return `count` mixed decisions; 56 are 4 depths, 4 widths, and 16 each of kernels, expansions and types."""
    stages = STAGE * (count // len(STAGE) + 1)
    return [(f"{name}{index}", kind, values) for index, (name, kind, values) in enumerate(stages[:count])]


def table(of: list[Decision]) -> Callable[[Values], float]:
    """Return the objective: the sum of a table's entries for the values."""
    rng = Random(0)
    known = {name: {value: rng.random() for value in values} for name, _, values in of}
    return lambda point: sum(known[name][value] for name, value in point.items())


def milliseconds(loop: Loop, objective: Callable[[Values], float], trials: int) -> float:
    """Return the CPU time of ask and tell per trial, without that of the objective."""
    if trials < 1:
        return 0.0
    ask, tell = loop
    points = []
    start = process_time()
    for _ in range(trials):
        trial, values = ask()
        tell(trial, objective(values))
        points.append(values)
    spent = process_time() - start
    start = process_time()
    for values in points:
        objective(values)
    return 1e3 * (spent - (process_time() - start)) / trials


def _suggested(study: Any, of: list[Decision]) -> Loop:
    def ask() -> tuple[Any, Values]:
        trial = study.ask()
        values = {
            name: trial.suggest_int(name, one[0], one[-1]) if kind == "int" else trial.suggest_categorical(name, one)
            for name, kind, one in of
        }
        return trial, values

    return ask, lambda trial, value: study.tell(trial.number, value)


def _rustuna(sampler: str, options: dict[str, Any], place: str, folder: str, of: list[Decision]) -> Loop:
    import rustuna

    stores = {
        "memory": lambda: None,
        "sqlite": lambda: rustuna.storages.SQLite3Storage(f"{folder}/rustuna.db"),
        "journal": lambda: rustuna.storages.JournalFileStorage(f"{folder}/rustuna.log"),
    }
    made = getattr(rustuna.samplers, sampler)(seed=0, **options)
    return _suggested(rustuna.create_study(sampler=made, storage=stores[place](), direction="minimize"), of)


def _optuna(sampler: str, options: dict[str, Any], place: str, folder: str, of: list[Decision]) -> Loop:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    stores = {
        "memory": lambda: None,
        "sqlite": lambda: optuna.storages.RDBStorage(f"sqlite:///{folder}/optuna.db"),
        "journal": lambda: optuna.storages.JournalStorage(JournalFileBackend(f"{folder}/optuna.log")),
    }
    made = getattr(optuna.samplers, sampler)(seed=0, **options)
    return _suggested(optuna.create_study(sampler=made, storage=stores[place](), direction="minimize"), of)


def _syne_tune(place: str, folder: str, of: list[Decision]) -> Loop:
    from syne_tune.config_space import choice, randint
    from syne_tune.optimizer.baselines import REA
    from syne_tune.optimizer.schedulers.ask_tell_scheduler import AskTellScheduler

    space = {name: randint(one[0], one[-1]) if kind == "int" else choice(one) for name, kind, one in of}
    scheduler = AskTellScheduler(REA(space, metric="loss", population_size=64, sample_size=16, random_seed=0))

    def ask() -> tuple[Any, Values]:
        trial = scheduler.ask()
        return trial, trial.config

    return ask, lambda trial, value: scheduler.tell(trial, {"loss": value})


PEERS: dict[str, Callable[[str, str, list[Decision]], Loop]] = {
    "rustuna random": lambda *rest: _rustuna("RandomSampler", {}, *rest),
    "rustuna NSGA-II": lambda *rest: _rustuna("NSGAIISampler", {"population_size": 64}, *rest),
    "Syne Tune REA": _syne_tune,
    "Optuna random": lambda *rest: _optuna("RandomSampler", {}, *rest),
    "Optuna NSGA-II": lambda *rest: _optuna("NSGAIISampler", {"population_size": 64}, *rest),
    "Optuna TPE": lambda *rest: _optuna("TPESampler", {}, *rest),
}


def main(peer: str, place: str, count: str, before: str, trials: str, folder: str) -> None:
    of = decisions(int(count))
    objective = table(of)
    loop = PEERS[peer](place, folder, of)
    milliseconds(loop, objective, int(before))
    print(json.dumps(milliseconds(loop, objective, int(trials))))


if __name__ == "__main__":
    main(*sys.argv[1:])
