"""Tables of HTML of trials, fronts and studies, which notebooks show."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fgspace.documents.markup import Markup, element, joined, table
from fgspace.documents.numbers import in_short
from fgspace.errors import brief

_MOST = 50
"""The most trials of a front that are shown."""


def trial_table(trial: Any) -> Markup:
    """Return what is known of a trial, a row each."""
    facts = {
        "state": trial.state,
        "because": trial.error,
        **{name: in_short(value) for name, value in trial.metrics.items()},
        **{path: brief(value) for path, value in trial.point.items()},
        "seconds": None if trial.seconds is None else in_short(trial.seconds),
        "made by": _operation(trial.lineage),
        "duplicate of": trial.duplicate_of,
    }
    return table(["trial", trial.number], [[name, value] for name, value in facts.items() if value not in (None, "")])


def front_table(trials: Sequence[Any]) -> Markup:
    """Return a row for each trial of a front, with its metrics and its point."""
    if not trials:
        return element("p", "The front is empty.")
    shown = trials[:_MOST]
    metrics = list(dict.fromkeys(name for trial in shown for name in trial.metrics))
    paths = list(dict.fromkeys(path for trial in shown for path in trial.point))
    rows = [
        [
            trial.number,
            *(in_short(trial.metrics.get(name)) for name in metrics),
            *("" if path not in trial.point else brief(trial.point[path]) for path in paths),
        ]
        for trial in shown
    ]
    left = len(trials) - len(shown)
    return joined(table(["trial", *metrics, *paths], rows), element("p", f"and {left} more") if left else None)


def study_table(aims: Mapping[str, str], trials: Iterable[Any], front: Sequence[Any]) -> Markup:
    """Return what a study is after, its trials in each state, and its front."""
    counts = Counter(trial.state for trial in trials)
    states = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no trials yet"
    wanted = ", ".join(f"{name} {direction}" for name, direction in aims.items())
    return joined(element("p", f"{wanted}: {states}; {len(front)} on the front"), front_table(front))


def _operation(lineage: Mapping[str, Any]) -> str | None:
    if not lineage:
        return None
    of = " and ".join(map(str, lineage.get("parents", ())))
    return f"{lineage.get('operator')}{' of ' + of if of else ''}"
