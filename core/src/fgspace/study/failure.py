"""Why a trial, or a study, cannot go on: exceptions in words."""

import errno

NO_METRICS = "expected a mapping of metrics, such as {'accuracy': 0.5}, got None"
"""Why a trial failed whose evaluator returned nothing."""


class TrialError(Exception):
    """Why a trial failed, already in words."""


def words(error: BaseException) -> str:
    """Return what a trial's exception is recorded as."""
    try:
        return str(error) if isinstance(error, TrialError) else f"{type(error).__name__}: {error}"
    except Exception:  # its own text is code of whoever raised it
        return f"{type(error).__name__}, which cannot say more"


def no_room(error: BaseException | None) -> bool:
    """Say whether a full disk or a spent quota is behind an exception: no trial could go on, and none is to blame."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False
