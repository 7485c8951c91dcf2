"""Why a study has no feasible trial, in words."""

import re
from collections import Counter
from collections.abc import Iterable

from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

_NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")
_WORDS = {"failed": "failed", "stopped": "stopped early"}


class NothingFeasibleWarning(UserWarning):
    """A study ended without a feasible trial."""


def nothing_feasible(trials: Iterable[Trial], objectives: Objectives) -> str | None:
    """Return why no trial of a study is feasible, with the most frequent reason; None where one is, or none is told."""
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    first: dict[str, str] = {}
    for trial in trials:
        if objectives.is_feasible(trial):
            return None
        if trial.state != "running":
            reason = (trial.error or objectives.broken(trial.metrics) or "").partition("\n")[0]
            kind = _NUMBER.sub("#", reason)  # messages that differ in numbers alone are one reason
            states[_WORDS.get(trial.state, "infeasible")] += 1
            reasons[kind] += 1
            first.setdefault(kind, reason)
    if not states:
        return None
    counts = ", ".join(f"{states[word]} {word}" for word in (*_WORDS.values(), "infeasible") if states[word])
    kind, times = reasons.most_common(1)[0]
    return f"no trial is feasible: {counts} of {states.total()}; most often ({times} times): {first[kind]}"
