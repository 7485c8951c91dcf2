"""The learning curves of a study's trials, with where early stopping ended them."""

from typing import Any

from fgspace.runs.reports.networks import spread
from fgspace.runs.reports.source import Source

MOST = 150
"""The most curves of stopped trials, and of others, that are drawn."""


def curves(source: Source) -> dict[str, Any]:
    """Return the curves of each metric that trials reported: trial, state, and [epoch, value] for each report.

    All trials of the front are there; of the others, at most 150 that were stopped and 150 that were not.
    """
    reported = [trial for trial in source.trials if trial.curve and trial.duplicate_of is None]
    front = {trial.number for trial in source.front}
    others = [[trial for trial in reported if (trial.state == "stopped") is stopped] for stopped in (True, False)]
    chosen = {trial.number for some in others for trial in spread(some, MOST)} | front
    names = list(dict.fromkeys(name for trial in reported for report in trial.curve for name in report.metrics))
    shown = [trial for trial in reported if trial.number in chosen]
    return {
        "reported": len(reported),
        "stopped": len(others[0]),
        "metrics": names,
        "epochs_spared": _spared(source),
        "curves": [
            {
                "trial": trial.number,
                "state": trial.state,
                "front": trial.number in front,
                "epochs": [report.epoch for report in trial.curve],
                "values": {name: [report.metrics.get(name) for report in trial.curve] for name in names},
            }
            for trial in shown
        ],
    }


def _spared(source: Source) -> list[int]:
    """Return the epochs that were run, and those that would have been run without early stopping."""
    ends = [
        (trial.curve[-1].epoch, trial.state) for trial in source.trials if trial.curve and trial.duplicate_of is None
    ]
    longest = max((epoch for epoch, _ in ends), default=0)
    return [sum(epoch for epoch, _ in ends), sum(longest if state == "stopped" else epoch for epoch, state in ends)]
