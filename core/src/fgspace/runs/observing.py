"""Makes the observers of a search: those that its file names, and those that the command names."""

from collections.abc import Sequence

from fgspace.config.experiment import Experiment
from fgspace.config.places import of_section
from fgspace.errors import DescriptionError, FgspaceError
from fgspace.signatures.calls import make
from fgspace.signatures.reasons import FAILURES
from fgspace.study.observers.observer import Observer


def observers_of(experiment: Experiment, named: Sequence[str] = ()) -> list[Observer]:
    """Return the observers of a search, each type once.

    Args:
        experiment: the experiment, whose section `log` names observers with their options.
        named: names of further ones.

    Raises:
        FgspaceError: there is none of a name, or it cannot be made.
    """
    registry = experiment.registry
    known = {registry.get("observer", one["type"]).name for one in experiment.log}
    made = []
    for written in experiment.log:
        try:
            made.append(make(registry, "observer", written))
        except FAILURES as error:
            raise DescriptionError([of_section(experiment.document, "log", error)]) from error
    for name in dict.fromkeys(named):
        if registry.get("observer", name).name in known:
            continue
        try:
            made.append(make(registry, "observer", {"type": name}))
        except FAILURES as error:
            raise FgspaceError(f"--log {name}: {error}") from error
    return made
