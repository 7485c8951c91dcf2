"""Checks rows that were read: their checksums, and that what they hold makes a trial."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, get_args

from fgspace.study.storage.rows import Row, outcome_checksum, proposal_checksum, to_trial
from fgspace.study.trial import State, Trial

_STATES = frozenset(get_args(State))
_SHOWN = 10


def sound_trial(row: Row, paths: tuple[str, ...], *, has_checksums: bool) -> Trial:
    """Return the trial of a row.

    Raises:
        ValueError: the row is not as it was written; without checksums, it cannot be the row of a trial.
    """
    if has_checksums:
        if not is_proposal_sound(row) or not is_outcome_sound(row):
            raise ValueError("a checksum differs")
        return to_trial(row, paths)
    try:
        trial = to_trial(row, paths)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    _check_types(trial, row[8], paths)
    return trial


def is_proposal_sound(row: Row) -> bool:
    """Say whether the columns that are written when a trial is asked for match their checksum."""
    number, _, point, _, _, _, duplicate_of, lineage, _, _, checksum, _ = row
    return bool(proposal_checksum(number, point, duplicate_of, lineage) == checksum)


def is_outcome_sound(row: Row) -> bool:
    """Say whether the columns that are written when a trial is told match their checksum."""
    number, state, _, metrics, error, seconds, _, _, told, curve, _, checksum = row
    return bool(outcome_checksum(number, state, metrics, error, seconds, told, curve) == checksum)


def enumerated(numbers: Iterable[int]) -> str:
    """Return "trial 3" or "trials 3, 5 and 9", the numbers past the tenth as a count."""
    known = list(numbers)
    if len(known) == 1:
        return f"trial {known[0]}"
    shown = [str(number) for number in known[:_SHOWN]]
    last = f"{len(known) - _SHOWN} more" if len(known) > _SHOWN else shown.pop()
    return f"trials {', '.join(shown)} and {last}"


def _check_types(trial: Trial, told: Any, paths: tuple[str, ...]) -> None:
    """Refuse the trial of a row without checksums where a value cannot be that of a trial."""
    number, seconds, original = trial.number, trial.seconds, trial.duplicate_of
    checks = {
        f"its state is {trial.state!r}": trial.state in _STATES,
        f"its place in the order of telling is {told!r}": (told is None) == (trial.state == "running"),
        f"its point is {trial.point!r}": isinstance(trial.point, dict) and set(paths).issuperset(trial.point),
        f"its metrics are {trial.metrics!r}": _are_metrics(trial.metrics),
        f"its error is {trial.error!r}": isinstance(trial.error, str | None),
        f"its seconds are {seconds!r}": isinstance(seconds, int | float | None),
        f"it is a duplicate of {original!r}": original is None or (isinstance(original, int) and original < number),
        f"its parents are {trial.lineage.get('parents')}": all(
            0 <= parent < number for parent in trial.lineage.get("parents", ())
        ),
        f"its curve is {trial.curve!r}": _is_curve(trial),
    }
    for message, holds in checks.items():
        if not holds:
            raise ValueError(message)


def _is_curve(trial: Trial) -> bool:
    epochs = [report.epoch for report in trial.curve]
    return (
        all(isinstance(epoch, int) for epoch in epochs)
        and all(first < second for first, second in pairwise(epochs))
        and all(_are_metrics(report.metrics) for report in trial.curve)
    )


def _are_metrics(metrics: Any) -> bool:
    return isinstance(metrics, dict) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in metrics.values()
    )
