"""Takes the front of another study as the initial points of a new one."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.spaces.points import completed, misfits
from fgspace.spaces.space import Space
from fgspace.study.results import Results
from fgspace.study.trial import Point


def front_of(place: str | os.PathLike[str], space: Space) -> tuple[dict[str, Point], list[str]]:
    """Return the points of the front of the study at a place, and notes on values that do not fit this space.

    A value that this space does not have is left out: the point then has the value that the file describes. Points that
    become equal in this way are one.

    Raises:
        FgspaceError: there is no study at that place, it has no front, or no value of it fits this space.
    """
    results = Results(place)
    front = results.front()
    results.close()
    if not front:
        raise FgspaceError(f"{str(place)!r} has no front to start from: no trial of it is complete and feasible")
    seeds: dict[Any, tuple[str, Point]] = {}
    notes: dict[str, None] = {}
    for trial in front:
        point, left_out = _fitted(space, trial.point)
        notes |= dict.fromkeys(f"{place}: {note}" for note in left_out)
        if point is not None:
            seeds.setdefault(space.key(point), (f"trial {trial.number} of {place}", point))
    if not seeds:
        raise FgspaceError(
            f"no point of the front of {str(place)!r} fits this space: {'; '.join(_reasons(notes, place))}"
        )
    return dict(seeds.values()), list(notes)


def _fitted(space: Space, point: Point) -> tuple[Point | None, Sequence[str]]:
    """Return the point in this space, None where no value fits, and notes on the values that are left out."""
    values, notes = dict(point), []
    while wrong := list(misfits(space, values)):
        for path, message in wrong:
            del values[path]
            notes.append(f"{path}: {message}; left out")
    return (completed(space, values) if values else None), notes


def _reasons(notes: dict[str, None], place: str | os.PathLike[str]) -> Iterator[str]:
    return (note.removeprefix(f"{place}: ").removesuffix("; left out") for note in notes)
