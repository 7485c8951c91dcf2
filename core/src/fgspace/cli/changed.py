"""Tells what has changed in a file whose study is to be resumed, where, and how to go on."""

from argparse import Namespace
from pathlib import Path

from fgspace.cli.arguments import imports
from fgspace.config.experiment import Experiment
from fgspace.documents.shell import command
from fgspace.errors import DescriptionError, FgspaceError, Problem
from fgspace.runs.seeding import front_of
from fgspace.spaces.differences import SPACE, Difference
from fgspace.spaces.templates.placeholders import placeholders
from fgspace.study.storage.differences import AnotherStudyError


def changed(error: AnotherStudyError, experiment: Experiment, folder: Path, arguments: Namespace) -> FgspaceError:
    """Return the error of a study that the file does not continue: each difference at its place, and the ways out."""
    # The digest tells that the space is another; what of it is, the others tell.
    told = [one for one in error.differences if one.at != SPACE or one.told] or error.differences
    differences = [_problem(one, experiment, arguments) for one in told]
    return FgspaceError(f"{DescriptionError(differences)}\n{_ways_out(experiment, folder, arguments)}")


def _problem(difference: Difference, experiment: Experiment, arguments: Namespace) -> Problem:
    at = difference.at
    if at == ("seed",) and arguments.seed is not None:
        return Problem("--seed", difference.in_file())
    searched = {one.path: one.at for one in placeholders(experiment.space.tree)}
    path = ".".join(map(str, at[1:] if at[:1] == ("search_space",) else at))
    place = experiment.document.problem(searched.get(path, at), "", "").place if at else None
    return Problem("", difference.in_file(), place)


def _ways_out(experiment: Experiment, folder: Path, arguments: Namespace) -> str:
    """Return what to do: make the file as it was, or begin a new study, with the front if any of it fits."""
    as_it_was = f"{folder}: to resume it, make the file as it was"
    try:
        front_of(folder, experiment.space)
    except FgspaceError:
        return f"{as_it_was}; to begin a new study, leave --resume out"
    anew = command("fgspace", "search", Path(arguments.file), "--from", folder, *imports(arguments))
    return f"{as_it_was}; to begin a new study with its front: {anew}"
