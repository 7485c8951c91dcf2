"""Checks the options of an experiment's algorithm and early stopping rule, and gives their errors a place."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.config.places import of_section
from fgspace.errors import DescriptionError
from fgspace.study.algorithms.options import OptionError, all_options, make_algorithm
from fgspace.study.early_stopping.options import make_rule
from fgspace.study.objectives import Objectives


def check_options(experiment: Experiment) -> None:
    """Make the algorithm and the rule that the file names, where it has objectives for them.

    Raises:
        DescriptionError: one of them does not take a value that is given.
    """
    if not experiment.objectives:
        return
    objectives = Objectives(experiment.objectives, experiment.constraints)  # type: ignore[arg-type]
    with located_options(experiment):
        if experiment.algorithm:
            kind = experiment.registry.get("algorithm", experiment.algorithm["type"]).load()
            written = {name: value for name, value in experiment.algorithm.items() if name != "type"}
            make_algorithm(kind, experiment.space, objectives, experiment.seed, all_options(kind, written))
        make_rule(rule_of(experiment), objectives)


def rule_of(experiment: Experiment) -> dict[str, Any]:
    """Return the early stopping rule of an experiment, with its class instead of its name."""
    written = dict(experiment.early_stopping)
    if written:
        written["type"] = experiment.registry.get("early_stopping", written["type"]).load()
    return written


@contextmanager
def located_options(experiment: Experiment) -> Iterator[None]:
    """Give the error of an option, raised inside the context, its place in the file."""
    try:
        yield
    except OptionError as error:
        raise DescriptionError([of_section(experiment.document, error.section, error.reason)]) from error
