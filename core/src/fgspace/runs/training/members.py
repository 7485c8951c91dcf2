"""Which networks are trained in full: trials of a search, or the network of a file."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.documents.descriptions import is_network
from fgspace.errors import FgspaceError
from fgspace.network.inputs import written_input
from fgspace.runs.training.settings import with_settings
from fgspace.signatures.full_names import with_full_names
from fgspace.study.results import Results
from fgspace.study.trial import Point, Trial

LARGEST = "largest"
"""The teacher that is the network of the front with the most parameters."""


@dataclass(frozen=True)
class Member:
    """One network to train: its name, its folder, and the sections of a file that describes it and its training."""

    name: str
    folder: Path
    sections: Mapping[str, Any]

    @property
    def teacher(self) -> Any:
        """What it is to learn from, as it is written; None if it learns from the data alone."""
        distil = self.sections["evaluator"].get("distil")
        return distil.get("from") if isinstance(distil, Mapping) else None


@dataclass(frozen=True)
class Found:
    """The front of a search, its objectives in words, and its folder."""

    folder: Path
    front: Sequence[Trial]
    trials: Mapping[int, Trial]
    by: str

    @property
    def best(self) -> Trial:
        """The trial that is best by the first objective."""
        return self.front[0]


def found_in(folder: Path, numbers: Sequence[int]) -> Found:
    """Return the front of the search in a folder, the best by its first objective first, and trials by their numbers.

    Raises:
        FgspaceError: it has no front, or no such trial, or one that was not measured.
    """
    with closing(Results(folder)) as results:
        front = results.front()
        name, direction = next(iter(results.objectives.directions.items()))
        front.sort(key=lambda trial: trial.metrics[name], reverse=direction == "max")
        if not front:
            raise FgspaceError(f"{str(folder)!r} has no front: no trial of it is complete and feasible")
        trials = {number: _trial(results, folder, number) for number in numbers}
    return Found(folder, front, {**{trial.number: trial for trial in front}, **trials}, f"{direction} {name}")


def _trial(results: Results, folder: Path, number: int) -> Trial:
    if not 0 <= number < len(results.trials):
        raise FgspaceError(f"{str(folder)!r} has no trial {number}; its trials are 0 to {len(results.trials) - 1}")
    return results.trials[number]


def member_of(experiment: Experiment, point: Point, name: str, folder: Path, settings: Sequence[str]) -> Member:
    """Return the member for a point of an experiment, with these settings over those of its evaluator.

    Raises:
        FgspaceError: the experiment has no evaluator or no network, or a setting is wrong.
    """
    if experiment.evaluator is None:
        raise FgspaceError("the file has no evaluator; add for instance evaluator: {type: ImageClassification}")
    space, registry = experiment.space, experiment.registry
    if not is_network(space.tree):
        raise FgspaceError("the file lists no modules, so there is no network to train")
    evaluator = space.at(point).get("evaluator") or experiment.evaluator
    evaluator = with_settings(evaluator, settings, registry)
    network = {**space.network_at(point), **written_input(space.input_shape)}
    sections = {
        "search_space": with_full_names(network, registry),
        "evaluator": with_full_names(evaluator, registry, "evaluator"),
        "seed": experiment.seed,
    }
    return Member(name, folder, sections)
