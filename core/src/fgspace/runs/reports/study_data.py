"""The data of a report: everything that its page and its figures show of one study or of several, as plain JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fgspace.plugins.versions import __version__
from fgspace.runs.reports.columns import STATES, columns, metric_names
from fgspace.runs.reports.comparing.comparison import comparison
from fgspace.runs.reports.curves import curves
from fgspace.runs.reports.descriptions import template
from fgspace.runs.reports.failures import failures
from fgspace.runs.reports.importance import importance
from fgspace.runs.reports.networks import networks
from fgspace.runs.reports.parallel import parallel
from fgspace.runs.reports.progress import progress
from fgspace.runs.reports.record import record
from fgspace.runs.reports.source import Source

FORMAT = 1
"""The number of the format of a report's data, which docs/report.md describes."""


def report_data(sources: Sequence[Source]) -> dict[str, Any]:
    """Return the data of a report about some studies.

    Raises:
        FgspaceError: there are several, with different objectives.
    """
    compared = comparison(sources) if len(sources) > 1 else None
    return {
        "format": FORMAT,
        "fgspace": __version__,
        "states": list(STATES),
        "comparison": compared,
        "studies": [study_data(source) for source in sources],
    }


def study_data(source: Source) -> dict[str, Any]:
    """Return the data of one study."""
    important = importance(source)
    return {
        "name": source.name,
        "objectives": dict(source.objectives.directions),
        "constraints": {name: dict(bounds) for name, bounds in source.objectives.constraints.items()},
        "paths": list(source.identity.paths),
        "metrics": metric_names(source),
        "counts": {**dict.fromkeys(STATES, 0), **Counter(trial.state for trial in source.trials)},
        "duplicates": sum(trial.duplicate_of is not None for trial in source.trials),
        "trials": columns(source),
        "front": [trial.number for trial in source.front],
        "template": template(source.identity.space),
        "progress": progress(source),
        "importance": important,
        "parallel": parallel(source, important["elements"]),
        "curves": curves(source),
        "networks": networks(source),
        "failures": failures(source),
        "record": record(source),
    }
