"""The reasons why a trial or a study cannot go on, in words."""

import errno

NO_METRICS = "expected a mapping of metrics, such as {'accuracy': 0.5}, got None"
"""Why a trial failed whose evaluator returned nothing."""


class TrialError(Exception):
    """The reason why a trial failed, in words."""


def words(error: BaseException) -> str:
    """Return the text that is recorded for a trial's exception."""
    try:
        text = str(error) if isinstance(error, TrialError) else f"{type(error).__name__}: {error}"
        return text.encode("utf-8", "backslashreplace").decode()  # half a character, as in a file name, has no UTF-8
    except Exception:  # its text is computed by code of the evaluator's own
        return f"{type(error).__name__}, whose message cannot be shown"


def no_room(error: BaseException | None) -> bool:
    """Say whether an exception comes from a full disk or a used-up quota, which is not the trial's fault."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False
