"""What was run: the settings of a study, the versions of its types, and the machines that it ran on."""

import json
from contextlib import suppress
from typing import Any

from fgspace.runs.reports.source import Source

_SHOWN = (
    "algorithm",
    "options",
    "seed",
    "objectives",
    "constraints",
    "deterministic",
    "evaluator",
    "early_stopping",
    "data",
    "origins",
)


def record(source: Source) -> dict[str, Any]:
    """Return the settings of a study as plain JSON; of one in a folder, also its experiment file and its machines."""
    identity = source.identity
    shown = {name: getattr(identity, name) for name in _SHOWN}
    settings = {name: value for name, value in shown.items() if value not in (None, {}, ())}
    evaluated = [trial for trial in source.trials if trial.evaluated]
    return {
        "space": identity.digest,
        **settings,
        "hyper_parameters": len(identity.paths),
        "initial_points": len(identity.initial_points),
        "trials": len(source.trials),
        "evaluated": len(evaluated),
        "seconds": round(sum(trial.seconds or 0.0 for trial in evaluated), 3),
        "machines": _machines(source),
        "experiment": _experiment(source),
    }


def _experiment(source: Source) -> str | None:
    if source.folder is not None:
        with suppress(OSError, UnicodeDecodeError):
            return (source.folder / "experiment.yaml").read_text("utf-8")
    return None


def _machines(source: Source) -> list[dict[str, Any]]:
    """Return the machines that the search was started on, as its folder names them."""
    if source.folder is not None:
        with suppress(OSError, ValueError):
            found = json.loads((source.folder / "machines.json").read_text("utf-8"))
            return [one for one in found if isinstance(one, dict)]
    return []
