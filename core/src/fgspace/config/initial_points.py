"""Reads the section `initial_points`."""

from collections.abc import Iterator, Sequence
from typing import Any

from fgspace.documents.document import Document
from fgspace.errors import DescriptionError, Problem, brief
from fgspace.spaces.points import completed, misfits
from fgspace.spaces.space import Point, Space

SECTION = "initial_points"


def completed_all(space: Space, written: Any, document: Document) -> tuple[Point, ...]:
    """Return the points of the section, completed, in order.

    Raises:
        DescriptionError: some of them are not points of the space; all problems at once.
    """
    if not isinstance(written, Sequence) or isinstance(written, str):
        message = f"expected a list of points, each a mapping from hyper-parameters to values; got {brief(written)}"
        raise DescriptionError([document.problem((SECTION,), SECTION, message)])
    problems = [problem for index, point in enumerate(written) for problem in _problems(space, point, index, document)]
    if problems:
        raise DescriptionError(problems)
    return tuple(completed(space, point) for point in written)


def _problems(space: Space, written: Any, index: int, document: Document) -> Iterator[Problem]:
    shown = f"{SECTION}[{index}]"
    for path, message in misfits(space, written):
        at = (SECTION, index, path) if path else (SECTION, index)
        yield document.problem(
            at, f"{shown}.{path}" if path else shown, message, key=path not in space.hyper_parameters
        )
