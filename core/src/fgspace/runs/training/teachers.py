"""The networks that others learn from: named by a trial's number, as the largest, or by a file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fgspace.errors import FgspaceError
from fgspace.runs.training.folder import is_done
from fgspace.runs.training.members import LARGEST, Found, Member

Made = Callable[[int], Member]
"""Makes the member of a trial."""


def with_teachers(members: Sequence[Member], found: Found, make: Made, params: Callable[[int], float]) -> list[Member]:
    """Return the members with the files of their teachers, each after the teacher that is trained in the same run.

    The largest network of the front is trained too, where it is not yet; a trial that is named is taken as it was
    trained in full, or as its search left it.

    Raises:
        FgspaceError: a trial that is named has no weights.
    """
    teachers: dict[int, Member] = {}
    learning: list[Member] = []
    by_name = {member.name: member for member in members}
    for member in members:
        number = _number(member, found, params)
        if number is None:
            learning.append(member)
            continue
        teacher = without_teacher(by_name.get(str(number)) or make(number))
        if str(number) in by_name or member.teacher == LARGEST:
            teachers[number] = teacher
            file = teacher.folder / "description.yaml"
        else:
            file = _file(found.folder, number, teacher)
        if member.name != teacher.name:
            learning.append(_taught_by(member, file))
    return [*teachers.values(), *(member for member in learning if int_of(member) not in teachers)]


def without_teacher(member: Member) -> Member:
    """Return a member that learns from the data alone."""
    evaluator = {name: value for name, value in member.sections["evaluator"].items() if name != "distil"}
    return replace(member, sections={**member.sections, "evaluator": evaluator})


def int_of(member: Member) -> int | None:
    """Return the number of the trial that a member is, None if it is of a file."""
    return int(member.name) if member.name.isdecimal() else None


def _number(member: Member, found: Found, params: Callable[[int], float]) -> int | None:
    """Return the number of the trial that is the teacher, None where it is a file or there is none."""
    if member.teacher == LARGEST:
        return max((trial.number for trial in found.front), key=params)
    return member.teacher if isinstance(member.teacher, int) else None


def _taught_by(member: Member, file: Path) -> Member:
    evaluator = member.sections["evaluator"]
    distil = {**evaluator["distil"], "from": str(file.absolute())}
    return replace(member, sections={**member.sections, "evaluator": {**evaluator, "distil": distil}})


def _file(folder: Path, number: int, teacher: Member) -> Path:
    if is_done(teacher.folder):
        return teacher.folder / "description.yaml"
    place = folder / "front" / str(number)
    if not (place / "weights.pt").is_file():
        raise FgspaceError(
            f"distil.from: trial {number} has no weights in {str(place)!r}; train it first, by --trial {number}"
        )
    return place / "description.yaml"
