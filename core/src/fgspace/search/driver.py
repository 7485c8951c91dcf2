"""Drives the search that an experiment describes, in a folder that holds everything it leaves behind."""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from fgspace.description import digest
from fgspace.description.signature import parameters
from fgspace.description.writer import in_yaml
from fgspace.errors import FgspaceError
from fgspace.experiment import Experiment
from fgspace.making import make
from fgspace.naming import origins, with_full_names
from fgspace.search.executors import Executor, SerialExecutor
from fgspace.search.frozen import all_origins, frozen, write_aside
from fgspace.search.in_worker import InWorker
from fgspace.search.outputs import write_tables
from fgspace.search.random import RandomSearch
from fgspace.search.study import Study
from fgspace.search.trial import Trial


class Driver:
    """One search: its study, its evaluator, and its folder.

    The folder holds study.db (every trial), experiment.yaml (the file as it was run, with full names and versions),
    trials.csv, pareto_front.csv, and for each trial of the front front/NUMBER/ with description.yaml, metrics.json and,
    where the evaluator saves them, weights.pt.

    Args:
        experiment: what to search, and how.
        folder: where; made if it is not there.
        seed: stands over the experiment's.
        resume: go on with the study that the folder holds.
        modules: modules that worker processes import first, for the types they register.

    Raises:
        FgspaceError: the folder holds a study and `resume` was not said, or another study; or the evaluator's data
            are not there.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        *,
        seed: int | None = None,
        resume: bool = False,
        modules: Sequence[str] = (),
    ) -> None:
        self.experiment = experiment if seed is None else replace(experiment, seed=seed)
        self.folder = folder
        self._modules = tuple(modules)
        if resume and not (folder / "study.db").exists():
            raise FgspaceError(f"{folder}: there is no study to go on with; leave --resume out to start one")
        if not resume and (folder / "study.db").exists():
            raise FgspaceError(f"{folder}: holds a study already; go on with it by --resume, or choose another --out")
        self.evaluator = self.experiment.make_evaluator(folder=self._weights)
        self.study = self._study()
        self._held: set[Path] = set()
        write_aside(folder / "experiment.yaml", in_yaml(frozen(self.experiment)))

    def run(self, *, trials: int | None = None, workers: int | None = None, on_trial: Callable[[Trial], None]) -> None:
        """Search until the study has so many evaluated trials (the experiment's budget), then write the results.

        Trials run in the executor that the experiment names, else in this process or, with several workers, in worker
        processes. The results are written, too, where the search is ended by Ctrl-C or by an error.
        """

        def told(trial: Trial) -> None:
            self._forget_dominated(trial)
            on_trial(trial)

        try:
            with self._executor(workers) as executor:
                here = isinstance(executor, SerialExecutor)
                evaluate = self.evaluator if here else InWorker(self.evaluator, self._modules)
                self.study.run(evaluate, trials or self.experiment.budget["trials"], executor, told)
        finally:
            write_tables(self.folder, self.study.trials, self.study.front())

    def finish(self) -> list[Trial]:
        """Measure the front on held-out data once, write it out, close the study; return the front."""
        with closing(self.study):
            front = [self._kept(trial) for trial in self.study.front()]
            write_tables(self.folder, self.study.trials, front)
            for stale in set(self._front_folders()) - {self._front_folder(trial) for trial in front}:
                shutil.rmtree(stale)
        shutil.rmtree(self._weights, ignore_errors=True)
        return front

    @property
    def _weights(self) -> Path:
        return self.folder / "weights"

    def _study(self) -> Study:
        experiment = self.experiment
        options = {name: value for name, value in experiment.algorithm.items() if name != "type"}
        algorithm: Any = RandomSearch
        if experiment.algorithm:
            algorithm = experiment.registry.get("algorithm", experiment.algorithm["type"]).load()
        return Study(
            experiment.space,
            algorithm,
            dict(experiment.objectives),  # type: ignore[arg-type]
            dict(experiment.constraints),  # type: ignore[arg-type]
            experiment.seed,
            self.folder,
            origins=all_origins(experiment),
            evaluator=with_full_names(dict(experiment.evaluator or {}), experiment.registry, "evaluator"),
            **options,
        )

    def _executor(self, workers: int | None) -> Executor:
        registry, written = self.experiment.registry, dict(self.experiment.executor)
        workers = workers or written.get("workers", 1)
        written = written or {"type": "SerialExecutor" if workers == 1 else "ProcessExecutor"}
        if "workers" in parameters(registry.get("executor", written["type"]).load()):
            written["workers"] = workers
        executor: Executor = make(registry, "executor", written)
        return executor

    def _forget_dominated(self, trial: Trial) -> None:
        """Remove the weights of trials that the front does not hold; what is dominated once, stays dominated."""
        # Only of trials that were told: what is not known here may be a worker's that is not through yet.
        front = {self._weights_of(member) for member in self.study.front()}
        for file in {*self._held, self._weights_of(trial)} - front:
            file.unlink(missing_ok=True)
        self._held = front

    def _weights_of(self, trial: Trial) -> Path:
        return self._weights / f"{digest(self.experiment.space.at(trial.point))}.pt"

    def _front_folder(self, trial: Trial) -> Path:
        return self.folder / "front" / str(trial.number)

    def _front_folders(self) -> list[Path]:
        return list((self.folder / "front").glob("*"))

    def _alone(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the file of one network: `fgspace build` takes it."""
        registry = self.experiment.registry
        network = self.experiment.space.network_at(point)
        space = {**network, "input_shape": list(self.experiment.space.input_shape)}
        return {"search_space": with_full_names(space, registry), "origins": origins(network, registry)}

    def _kept(self, trial: Trial) -> Trial:
        """Write out one trial of the front; return it with its held-out metrics, which are measured once."""
        place, weights = self._front_folder(trial), self._weights_of(trial)
        described = place / "metrics.json"
        if described.exists():
            return replace(trial, metrics=json.loads(described.read_text("utf-8")))
        place.mkdir(parents=True, exist_ok=True)
        description = self.experiment.space.at(trial.point)
        if hasattr(self.evaluator, "test") and weights.exists():
            trial = replace(trial, metrics={**trial.metrics, **self.evaluator.test(description)})
            os.replace(weights, place / "weights.pt")
        write_aside(place / "description.yaml", in_yaml(self._alone(trial.point)))
        write_aside(described, json.dumps(trial.metrics, indent=2) + "\n")
        return trial
