"""What a benchmark's command line asks for."""

from collections.abc import Iterable, Sequence


def among(known: Iterable[str], only: Sequence[str]) -> list[str]:
    """Return those that are asked for; all where none is."""
    known = list(known)
    return [one for one in known if one in only] or known
