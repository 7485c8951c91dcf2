"""Which executor runs the trials of an experiment, and with which options."""

from typing import Any

from fgspace.description.signature import parameters
from fgspace.errors import FgspaceError
from fgspace.experiment import Experiment


def executor_of(experiment: Experiment, workers: int | None = None) -> dict[str, Any]:
    """Return the type and options of the executor, as a file would say them; `workers` stands over the experiment's.

    It is the one that the experiment names. Else trials run in this process, and in worker processes where there are
    several, where the budget limits the time of a trial, which no process can do to itself, or where the study is
    deterministic: then each worker computes with one thread, however many there are, and numbers are rounded alike.

    Raises:
        FgspaceError: the budget limits the time of a trial, and the executor cannot; or it takes no number of workers.
    """
    written, seconds = dict(experiment.executor), experiment.budget.get("trial_seconds")
    workers = workers or written.get("workers", 1)
    here = workers == 1 and seconds is None and experiment.deterministic is None
    written = written or {"type": "SerialExecutor" if here else "ProcessExecutor"}
    taken = parameters(experiment.registry.get("executor", written["type"]).load())
    if "workers" in taken:
        written["workers"] = workers
    elif workers > 1:
        raise FgspaceError(f"--workers {workers}: {written['type']} takes no number of workers; name another executor")
    if "threads" in taken and experiment.deterministic is not None:
        written.setdefault("threads", 1)
    return written if seconds is None else {**written, "seconds": _limit(seconds, written, "seconds" in taken)}


def _limit(seconds: float, written: dict[str, Any], taken: bool) -> float:
    if not taken:
        raise FgspaceError(
            f"budget.trial_seconds: {written['type']} cannot end a trial that takes longer;"
            " use ProcessExecutor, or leave the executor out"
        )
    if "seconds" in written:
        raise FgspaceError("budget.trial_seconds and executor.seconds say the same; leave one of them out")
    return seconds
