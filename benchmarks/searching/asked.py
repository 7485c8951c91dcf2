"""The selection that a benchmark's command line asks for."""

from collections.abc import Iterable, Sequence


def among(known: Iterable[str], only: Sequence[str]) -> list[str]:
    """Return the selected ones; all of them if none is selected."""
    known = list(known)
    return [one for one in known if one in only] or known
