"""Says what the next study of a space should run, by when the last one found what it found."""

from collections.abc import Sequence

from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.algorithms.relay import Relay
from fgspace.study.front import dominates
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

_FEWEST = 20
_LATE = 0.25
"""The last part of a study: one that still found something better there ended early."""


def next_time(algorithm: Algorithm, trials: Sequence[Trial], objectives: Objectives) -> str | None:
    """Return, in words, which algorithm and how many trials the next study of the space should have.

    Fewer than 20 trials tell nothing: None.

    Args:
        algorithm: the one that the study ran.
        trials: its trials, in order.
        objectives: what they are judged by.
    """
    if len(trials) < _FEWEST:
        return None
    found = bettering(trials, objectives)
    if not found:
        return f"next time another space or looser constraints, since none of {len(trials):,} trials is feasible"
    told = f"of {len(trials):,} trials, {len(found):,} bettered the {_what(objectives)}"
    told += f", the last of them trial {found[-1]}"
    if isinstance(algorithm, Relay) and len(algorithm.stages) > 1:
        last = algorithm.stages[-1]
        late, name = sum(number >= last.first for number in found), type(last.algorithm).__name__
        if len(trials) > last.first and not late:
            first = type(algorithm.stages[-2].algorithm).__name__
            return f"next time {first} alone with {last.first} trials, since none after them was better ({told})"
        told += f"; {late:,} of these were of {name}" if late else ""
    if found[-1] >= (1 - _LATE) * len(trials):
        return f"next time the same with more trials, since the last quarter still found better ({told})"
    return f"next time the same; {found[-1] + 1:,} trials would have found as much ({told})"


def bettering(trials: Sequence[Trial], objectives: Objectives) -> list[int]:
    """Return the numbers of the feasible trials that no trial before them dominates or equals, in order."""
    front: list[tuple[float, ...]] = []
    found = []
    for trial in trials:
        if trial.state != "complete" or not objectives.is_feasible(trial):
            continue
        values = objectives.values(trial)
        if any(one == values or dominates(one, values) for one in front):
            continue
        front = [*(one for one in front if not dominates(values, one)), values]
        found.append(trial.number)
    return found


def _what(objectives: Objectives) -> str:
    return "front" if len(objectives.directions) > 1 else "best"
