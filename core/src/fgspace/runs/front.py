"""Writes the folders of a front: for each of its trials the description, the metrics and the weights."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.documents.writer import in_yaml
from fgspace.errors import FgspaceError
from fgspace.network.inputs import written_input
from fgspace.runs.atomic_write import atomic_write, remove_whole, share, write_atomically
from fgspace.signatures.calls import takes
from fgspace.signatures.full_names import origins, with_full_names
from fgspace.study.border.values import plain_metrics
from fgspace.study.failure import words
from fgspace.study.study import Study
from fgspace.study.trial import Point, Trial


@dataclass(frozen=True)
class FrontFolders:
    """The folders front/NUMBER of a search, each with description.yaml, metrics.json and, if saved, weights.pt.

    With `test`, trials are measured on held-out data too, each once.
    """

    folder: Path
    experiment: Experiment
    evaluator: Any
    study: Study
    test: bool = False

    def of(self, trial: Trial) -> Path:
        """Return the folder of a trial."""
        return self.folder / str(trial.number)

    def write(self, trial: Trial, weights: Path) -> Trial:
        """Write the folder of a trial; return the trial, with its held-out metrics where they are asked for.

        Files that differ from the store are written again.

        Raises:
            FgspaceError: the trial cannot be measured.
        """
        place = self.of(trial)
        if not weights.exists() and (place / "weights.pt").exists():
            weights.parent.mkdir(exist_ok=True)
            share(place / "weights.pt", weights)
        trial = replace(trial, metrics={**trial.metrics, **self._held_out(trial, weights)})
        expected = expected_of(self.evaluator, self.experiment.space.at(trial.point))
        texts = {
            "description.yaml": in_yaml(described(self.experiment, trial.point, expected)),
            "metrics.json": json.dumps({**trial.metrics, **expected}, indent=2) + "\n",
        }
        is_there = all(_holds(place / name, text) for name, text in texts.items())
        if not is_there or (place / "weights.pt").exists() != weights.exists():
            _write(place, texts, weights)
        return trial

    def remove_others(self, front: list[Trial]) -> None:
        """Remove the folders of trials that are not on the front."""
        for stale in {*self.folder.glob("*")} - {self.of(trial) for trial in front}:
            remove_whole(stale)

    def _held_out(self, trial: Trial, weights: Path) -> Mapping[str, float]:
        """Return the metrics of a trial on held-out data: those in the store, else measured and stored now."""
        if not self.test:
            return {}
        metrics: Mapping[str, float] | None = self.study.held_out(trial.number)
        if metrics is None and (weights.exists() or not saves_weights(self.evaluator)):
            metrics = self._tested(trial)
            self.study.keep_held_out(trial, metrics)
        return metrics or {}

    def _tested(self, trial: Trial) -> Mapping[str, float]:
        """Return the evaluator's metrics on held-out data, none where it does not measure there."""
        if not hasattr(self.evaluator, "test"):
            return {}
        try:
            return plain_metrics(self.evaluator.test(self.experiment.space.at(trial.point)))
        except Exception as error:
            raise FgspaceError(
                f"trial {trial.number} cannot be tested: {words(error)}; mend that and resume"
            ) from error


def described(experiment: Experiment, point: Point, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of the network at a point as a file for other commands, with what the network expects."""
    registry = experiment.registry
    network = experiment.space.network_at(point)
    space = with_full_names({**network, **written_input(experiment.space.input_shape)}, registry)
    expects = {"expects": dict(expected)} if expected else {}
    return {"search_space": space, **expects, "origins": origins(network, registry)}


def expected_of(evaluator: Any, description: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the network of a description expects, as plain data; nothing if the evaluator does not say."""
    return evaluator.expects(description).plain() if hasattr(evaluator, "expects") else {}


def saves_weights(evaluator: Any) -> bool:
    """Return whether an evaluator saves the weights of candidates, and tests them by these."""
    return takes(type(evaluator), "folder")


def _write(place: Path, texts: Mapping[str, str], weights: Path) -> None:
    remove_whole(place)
    with atomic_write(place) as part:
        for name, text in texts.items():
            write_atomically(part / name, text)
        if weights.exists():  # they also stay where they are, since the search can be interrupted before all is written
            share(weights, part / "weights.pt")


def _holds(file: Path, text: str) -> bool:
    """Say whether a file holds this text."""
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8") == text
    return False
