"""Chooses the executor of an experiment's trials, and its options."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.errors import FgspaceError
from fgspace.signatures.parameters import parameters


def executor_of(experiment: Experiment, workers: int | None = None, modules: Sequence[str] = ()) -> dict[str, Any]:
    """Return the type and options of the executor as in a file; `workers` replaces the experiment's number.

    It is the executor that the experiment names, if it names one. Otherwise trials run in this process, or in worker
    processes where there are several workers, where the budget limits the time of a trial (no process can end itself),
    or where the study is deterministic: each worker then computes with one thread, so that numbers are rounded alike
    for any number of workers. An executor with a parameter `modules` is given the modules that the search imports.

    Raises:
        FgspaceError: the budget limits the time of a trial, and the executor cannot; or it takes no number of workers.
    """
    written, seconds = dict(experiment.executor), experiment.budget.get("trial_seconds")
    workers = workers or written.get("workers")
    here = (workers or 1) == 1 and seconds is None and experiment.deterministic is None
    written = written or {"type": "SerialExecutor" if here else "ProcessExecutor"}
    taken = parameters(experiment.registry.get("executor", written["type"]).load())
    if "workers" in taken and (workers or taken["workers"].required):
        written["workers"] = workers or 1
    elif (workers or 1) > 1:
        raise FgspaceError(f"--workers {workers}: {written['type']} takes no number of workers; name another executor")
    if "modules" in taken:
        written["modules"] = [*written.get("modules", ()), *modules]
    if "threads" in taken and experiment.deterministic is not None:
        written.setdefault("threads", 1)
    return written if seconds is None else {**written, "seconds": _limit(seconds, written, "seconds" in taken)}


def with_executor(experiment: Experiment, name: str | None, **options: Any) -> Experiment:
    """Return the experiment with another executor or other options; None leaves those of the file.

    The file's options stay where `name` is one of the names of the file's executor.

    Raises:
        FgspaceError: there is no such executor, or it has no such option.
    """
    written, said = dict(experiment.executor), {key: value for key, value in options.items() if value is not None}
    if name is not None and not _same(experiment, written.get("type", name), name):
        written = {}
    if name is not None:
        written["type"] = name
    for option in said:
        _check(experiment, written.get("type"), option)
    return replace(experiment, executor={**written, **said})


def _limit(seconds: float, written: dict[str, Any], taken: bool) -> float:
    if not taken:
        raise FgspaceError(
            f"budget.trial_seconds: {written['type']} cannot end a trial that takes longer;"
            " use ProcessExecutor, or leave the executor out"
        )
    if "seconds" in written:
        raise FgspaceError("budget.trial_seconds and executor.seconds say the same; leave one of them out")
    return seconds


def _same(experiment: Experiment, written: str, name: str) -> bool:
    find = experiment.registry.get
    return find("executor", name) == find("executor", written)


def _check(experiment: Experiment, name: str | None, option: str) -> None:
    if name is None:
        raise FgspaceError(f"--{option} is for an executor that takes one; name it, for instance --executor ray")
    if option not in parameters(experiment.registry.get("executor", name).load()):
        raise FgspaceError(f"executor {name!r} takes no {option}; leave --{option} out, or name another --executor")
