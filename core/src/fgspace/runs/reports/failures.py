"""The trials that failed, broke a constraint or were stopped, grouped by reason."""

import re
from typing import Any

from fgspace.runs.reports.source import Source

_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?(?![\w.])")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_STATES = ("failed", "infeasible", "stopped")


def failures(source: Source) -> list[dict[str, Any]]:
    """Return the groups, the largest first: state, reason, an example in full, and the numbers of the trials.

    Reasons that differ only in numbers are one group, in which … stands for each number.
    """
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for trial in source.trials:
        if trial.state not in _STATES or trial.error is None:
            continue
        reason = general(trial.error)
        group = groups.setdefault(
            (trial.state, reason), {"state": trial.state, "reason": reason, "example": trial.error, "trials": []}
        )
        group["trials"].append(trial.number)
    order = {state: place for place, state in enumerate(_STATES)}
    return sorted(groups.values(), key=lambda group: (order[group["state"]], -len(group["trials"])))


def general(error: str) -> str:
    """Return the first line of a reason, without what is special to one trial."""
    line = (error.strip().splitlines() or [""])[0]
    return _NUMBER.sub("…", _ADDRESS.sub("…", line))
