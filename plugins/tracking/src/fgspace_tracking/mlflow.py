"""Makes a run of MLflow of a search, with a child for each trial, and keeps its results as artefacts."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from fgspace import Observer, Report, StudyFacts, Trial

from fgspace_tracking.plain import finite, flat, needed

_MOST = 100
"""The number of parameters that MLflow takes at a time."""
_LONGEST = 500
"""Characters of a parameter's value that every server of MLflow takes."""
_RUN = "mlflow.json"
"""The file in the folder of the search that names its run, so that a resumed search goes on with it."""
_STATUS = {"complete": "FINISHED", "stopped": "FINISHED", "infeasible": "FINISHED", "failed": "FAILED"}


class MLflow(Observer):
    """Makes a parent run of the search and a child run for each trial.

    A child has the values of its point as parameters, the metrics of every epoch that is reported and those of its end,
    and tags with its state and, where it has one, its error. At the end, the tables of the search and the folders of
    the front become artefacts of the parent. Metrics that are not finite are left out.

    Args:
        uri: the tracking server; that of the environment (MLFLOW_TRACKING_URI) where it is left out.
        experiment: the name of MLflow's experiment; that of the folder of the search where it is left out.
        reports: whether evaluators report after every epoch, which may take them time.
    """

    def __init__(self, uri: str | None = None, experiment: str | None = None, reports: bool = True) -> None:
        self.reports = reports
        self._client = needed("mlflow.tracking", "mlflow").MlflowClient(tracking_uri=uri)
        self._entities = needed("mlflow.entities", "mlflow")
        self._experiment = experiment
        self._parent = ""
        self._number = ""
        self._runs: dict[int, str] = {}
        self._steps: dict[int, int] = {}

    def study_began(self, study: StudyFacts) -> None:
        """Make the parent run, or go on with that of the study."""
        name = self._experiment or study.name
        found = self._client.get_experiment_by_name(name)
        self._number = found.experiment_id if found else self._client.create_experiment(name)
        self._parent = self._earlier(study) or self._begin(study)

    def trial_began(self, trial: Trial) -> None:
        """Make the child run of a trial."""
        self._runs[trial.number] = self._child(trial)

    def reported(self, trial: Trial, report: Report) -> None:
        """Log the metrics after an epoch."""
        self._steps[trial.number] = report.epoch
        self._log(self._runs[trial.number], finite(report.metrics), report.epoch)

    def trial_ended(self, trial: Trial) -> None:
        """Log the outcome, and end the run; a duplicate has none."""
        if trial.duplicate_of is not None:
            return
        run = self._runs.pop(trial.number, None) or self._child(trial)
        self._log(run, finite(trial.metrics), self._steps.pop(trial.number, 0))
        self._client.set_tag(run, "fgspace.state", trial.state)
        if trial.error is not None:
            self._client.set_tag(run, "fgspace.error", trial.error)
        self._client.set_terminated(run, _STATUS[trial.state])

    def study_ended(self, front: Sequence[Trial], outputs: Path | None) -> None:
        """Keep the results, and end the runs."""
        for run in self._runs.values():
            self._client.set_terminated(run, "KILLED")
        self._client.set_tag(self._parent, "fgspace.front", " ".join(str(trial.number) for trial in front))
        if outputs is not None:
            for name in ("experiment.yaml", "trials.csv", "pareto_front.csv"):
                if (outputs / name).is_file():
                    self._client.log_artifact(self._parent, str(outputs / name))
            if (outputs / "front").is_dir():
                self._client.log_artifacts(self._parent, str(outputs / "front"), "front")
        self._client.set_terminated(self._parent, "FINISHED")

    def _earlier(self, study: StudyFacts) -> str | None:
        """Return the run of a study that goes on, None where it has none there."""
        if study.folder is None or not study.told:
            return None
        with suppress(OSError, ValueError, KeyError):
            run: str = json.loads((study.folder / _RUN).read_text("utf-8"))["run"]
            self._client.update_run(run, "RUNNING")
            return run
        return None

    def _begin(self, study: StudyFacts) -> str:
        run: str = self._client.create_run(self._number, run_name=study.name).info.run_id
        told = {"algorithm": study.algorithm, "seed": study.seed, "trials": study.trials, "space": study.space}
        aims = {f"objectives.{name}": direction for name, direction in study.objectives.items()}
        options = {f"algorithm.{name}": value for name, value in study.options.items()}
        self._parameters(run, flat({**told, **aims, **options, "evaluator": dict(study.evaluator)}))
        if study.folder is not None:
            (study.folder / _RUN).write_text(json.dumps({"run": run}), encoding="utf-8")
        return run

    def _child(self, trial: Trial) -> str:
        tags = {"mlflow.parentRunId": self._parent}
        made = self._client.create_run(self._number, run_name=f"trial {trial.number}", tags=tags)
        run: str = made.info.run_id
        self._parameters(run, {"trial": trial.number, **flat(trial.point)})
        return run

    def _parameters(self, run: str, values: Mapping[str, Any]) -> None:
        made = [self._entities.Param(_name(name), str(value)[:_LONGEST]) for name, value in values.items()]
        for start in range(0, len(made), _MOST):
            self._client.log_batch(run, params=made[start : start + _MOST])

    def _log(self, run: str, metrics: Mapping[str, float], step: int) -> None:
        if metrics:
            made = [self._entities.Metric(_name(name), value, _now(), step) for name, value in metrics.items()]
            self._client.log_batch(run, metrics=made)


def _name(name: str) -> str:
    """Return a name with only the characters that MLflow takes."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)


def _now() -> int:
    return int(time.time() * 1000)
