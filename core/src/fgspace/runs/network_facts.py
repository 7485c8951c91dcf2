"""Gathers what is known of a network that is exported: its description, its parts, examples of its input."""

from pathlib import Path
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.errors import FgspaceError
from fgspace.runs.exporter import NetworkFacts
from fgspace.signatures.full_names import with_full_names


def facts_of(experiment: Experiment, file: Path) -> NetworkFacts:
    """Return the facts of the network at the initial point of an experiment that was read from a file.

    Preprocessing and classes are those that the file records; examples are of the data of its evaluator or, where the
    file is of the front of a search, of the evaluator of the search.
    """
    space, expects = experiment.space, experiment.expects
    description = space.network_at()
    return NetworkFacts(
        with_full_names(description, experiment.registry),
        lambda: space.network.calls(space.network.without_weights(description), space.input_shape),
        getattr(_evaluator(experiment, file), "examples", None),
        {} if expects.preprocessing is None else expects.preprocessing.plain(),
        expects.classes,
    )


def _evaluator(experiment: Experiment, file: Path) -> Any:
    """Return the evaluator that measured the network, None where there is none, or its data are not here."""
    try:
        if experiment.evaluator is None:
            run = file.resolve().parent.parent.parent / "experiment.yaml"
            if file.resolve().parent.parent.name != "front" or not run.is_file():
                return None
            experiment = load(run, registry=experiment.registry, processes=False)
        return experiment.make_evaluator() if experiment.evaluator else None
    except FgspaceError:
        return None
