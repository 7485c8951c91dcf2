"""Runs the search that an experiment describes, and writes its results to a folder."""

import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.documents.digest import digest
from fgspace.documents.shell import quoted
from fgspace.documents.writer import in_yaml
from fgspace.errors import FgspaceError
from fgspace.runs.atomic_write import explained_outputs, write_atomically
from fgspace.runs.executor_choice import executor_of
from fgspace.runs.front import FrontFolders, expected_of, saves_weights
from fgspace.runs.frozen import all_origins, frozen
from fgspace.runs.machines import note_machine
from fgspace.runs.options_check import located_options, rule_of
from fgspace.runs.seeding import front_of
from fgspace.runs.tables import write_tables
from fgspace.signatures.calls import make
from fgspace.signatures.full_names import with_full_names
from fgspace.spaces.points import given_points
from fgspace.study.algorithms.auto import Auto, Pick, picked
from fgspace.study.executors.executor import Executor, SerialExecutor
from fgspace.study.executors.in_worker import InWorker
from fgspace.study.objectives import Objectives
from fgspace.study.observers.observer import Observer
from fgspace.study.observers.observers import Observers
from fgspace.study.study import Study
from fgspace.study.trial import Point, Trial


class Driver:
    """One search: its study, its evaluator, and its folder.

    The folder holds study.db (every trial), experiment.yaml (the file as it was run, with full names and versions),
    machines.json, trials.csv and pareto_front.csv. For each trial of the front, front/NUMBER/ holds description.yaml,
    metrics.json and, where the evaluator saves them, weights.pt.

    Args:
        experiment: the experiment.
        folder: the folder of the results; made where it does not exist.
        seed: the seed, instead of the experiment's.
        trials: the number of evaluated trials in the end, instead of the experiment's budget.
        deterministic: the number of trials to look back, where the experiment gives none.
        resume: continue the study in the folder.
        modules: modules that worker processes import first, for the types they register.
        seeded_from: the folder of another study, whose front is evaluated first.

    Raises:
        FgspaceError: the folder holds a study and `resume` is False, or another study; the evaluator's data are
            missing; or no point of the other study's front fits this space.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        *,
        seed: int | None = None,
        trials: int | None = None,
        deterministic: int | None = None,
        resume: bool = False,
        modules: Sequence[str] = (),
        seeded_from: Path | None = None,
    ) -> None:
        seed = experiment.seed if seed is None else seed
        self.experiment = replace(experiment, seed=seed, deterministic=experiment.deterministic or deterministic)
        self.folder = folder
        self.trials: int = trials or experiment.budget["trials"]
        self._modules = tuple(modules)
        _check_folder(folder)
        if resume and not (folder / "study.db").exists():
            raise FgspaceError(f"{folder}: there is no study to resume; leave --resume out to start one")
        if not resume and (folder / "study.db").exists():
            raise FgspaceError(f"{folder}: holds a study already; continue it with --resume, or choose another --out")
        if resume and seeded_from is not None:
            raise FgspaceError(f"{folder}: the study already has its initial points; leave --from out to resume it")
        executor_of(self.experiment)
        seeds, self.notes = ({}, []) if seeded_from is None else front_of(seeded_from, self.experiment.space)
        self.evaluator = self.experiment.make_evaluator(folder=self._weights)
        self.picked: Pick | None = None
        """The pick of `Auto`, with its reason; None where the experiment names an algorithm."""
        self._settle_algorithm()
        self.study = self._study(seeds)
        self.experiment = replace(self.experiment, initial_points=tuple(map(dict, self.study.identity.initial_points)))
        self._observers = Observers()
        self._held: dict[int, Path] = {}
        """The files of the weights of the front's trials, by number, as far as this process knows them."""
        with explained_outputs(folder):
            write_atomically(folder / "experiment.yaml", in_yaml(frozen(self.experiment, self._expected())))
            note_machine(folder)

    def run(
        self,
        *,
        workers: int | None = None,
        on_trial: Callable[[Trial], None],
        observers: Sequence[Observer] = (),
        progress: Path | None = None,
    ) -> None:
        """Search until the study has its number of evaluated trials.

        Trials run in the executor of `executor_of`. Where an error ends the search, the tables are written. The
        observers are told of the study, until `finish` has written its results. `progress` is the folder in which the
        progress of trials is kept while they run.
        """
        self._observers = Observers(observers)
        self._observers.tell("study_began", self.study.facts(self.trials))

        def told(trial: Trial) -> None:
            self._forget_dominated(trial)
            on_trial(trial)

        self._held = {trial.number: self._weights_of(trial) for trial in self.study.front()}
        try:
            with self._executor(workers) as executor:
                here = isinstance(executor, SerialExecutor)
                modules = getattr(executor, "modules", self._modules)
                evaluate = self.evaluator if here else InWorker(self.evaluator, modules)
                self.study.run(
                    evaluate,
                    self.trials,
                    executor,
                    told,
                    warn=False,
                    observers=self._observers,
                    progress=progress,
                    measurements=self.experiment.make_measurements(),
                )
        except Exception:
            with suppress(FgspaceError, OSError):  # the error that ended the search is raised
                self._observers.tell("study_ended", self._write_tables(), self.folder)
            raise

    def finish(self, *, test: bool = False) -> list[Trial]:
        """Write the results, close the study, and return the front; with `test`, measured on held-out data too, once.

        Who chooses among the members of a front by held-out data has none left to tell how good the chosen one is.

        Raises:
            FgspaceError: a result cannot be written, or a trial of the front cannot be measured. All files are whole,
                and resuming the search writes the others.
        """
        with closing(self.study), explained_outputs(self.folder):
            folders = FrontFolders(self.folder / "front", self.experiment, self.evaluator, self.study, test)
            front = self._write_tables(lambda trial: folders.write(trial, self._weights_of(trial)))
            self._warn_of_missing_weights([trial for trial in front if not (folders.of(trial) / "weights.pt").exists()])
            folders.remove_others(front)
            shutil.rmtree(self._weights, ignore_errors=True)
        self._observers.tell("study_ended", front, self.folder)
        return front

    def _write_tables(self, write: Callable[[Trial], Trial] | None = None) -> list[Trial]:
        # From the store: Ctrl-C may have come after a trial was stored, and before this process counted it.
        with closing(Study.open(self.folder)) as results:
            front = [write(trial) if write else trial for trial in results.front()]
            write_tables(self.folder, results.trials, front)
        return front

    @property
    def _weights(self) -> Path:
        return self.folder / "weights"

    def _expected(self) -> dict[str, Any]:
        """Return what the network at the first of the points expects, None of it unless the evaluator says so."""
        return expected_of(self.evaluator, self.experiment.space.at(self.experiment.space.initial))

    def _settle_algorithm(self) -> None:
        """Where the experiment names no algorithm, take the one of the study in the folder, or pick one."""
        experiment = self.experiment
        named = {"type": "Auto", **experiment.algorithm}
        if experiment.registry.get("algorithm", named["type"]).load() is not Auto:
            return
        trials = named.get("trials") or self.trials
        objectives = Objectives(experiment.objectives, experiment.constraints)  # type: ignore[arg-type]
        self.picked = picked(experiment.space, objectives, trials, self.folder, experiment.registry)
        algorithm = {"type": self.picked.type.name, **self.picked.options}
        self.experiment = replace(experiment, algorithm=algorithm)

    def _study(self, seeds: Mapping[str, Point]) -> Study:
        experiment = self.experiment
        options = {name: value for name, value in experiment.algorithm.items() if name != "type"}
        with located_options(experiment):
            return self._study_of(experiment, seeds, options)

    def _study_of(self, experiment: Experiment, seeds: Mapping[str, Point], options: Mapping[str, Any]) -> Study:
        return Study(
            experiment.space,
            experiment.registry.get("algorithm", experiment.algorithm["type"]).load(),
            dict(experiment.objectives),  # type: ignore[arg-type]
            dict(experiment.constraints),  # type: ignore[arg-type]
            experiment.seed,
            self.folder,
            origins=all_origins(experiment),
            evaluator=with_full_names(dict(experiment.evaluator or {}), experiment.registry, "evaluator"),
            deterministic=experiment.deterministic,
            early_stopping=rule_of(experiment),
            data=getattr(self.evaluator, "data_digest", None),
            measure=with_full_names(dict(experiment.measure), experiment.registry, "measurement"),
            initial_points={**given_points(experiment.space, experiment.initial_points), **seeds},
            **options,
        )

    def _executor(self, workers: int | None) -> Executor:
        written = executor_of(self.experiment, workers, self._modules)
        executor: Executor = make(self.experiment.registry, "executor", written)
        return executor

    def _forget_dominated(self, trial: Trial) -> None:
        """Remove the weights of trials that are not on the front; a trial that is dominated stays dominated."""
        if not self._weights.is_dir():
            return
        # Only of trials that were told: other files may be those of trials that still run.
        self._held[trial.number] = self._weights_of(trial)
        front = {number: self._held[number] for number in self.study.leading if number in self._held}
        with explained_outputs(self._weights):
            for file in {*self._held.values()} - {*front.values()}:
                file.unlink(missing_ok=True)
        self._held = front

    def _weights_of(self, trial: Trial) -> Path:
        return self._weights / f"{digest(self.experiment.space.described(trial.point))}.pt"

    def _warn_of_missing_weights(self, missing: Sequence[Trial]) -> None:
        """Warn of trials of the front whose weights, which the evaluator should save, are not in the folder."""
        if missing and hasattr(self.evaluator, "test") and saves_weights(self.evaluator):
            numbers = ", ".join(str(trial.number) for trial in missing)
            warnings.warn(
                f"no weights of the front's trials {numbers}: none were saved in {self._weights}; where workers run on"
                " other machines, --out must be a folder that all of them share",
                stacklevel=3,
            )


def _check_folder(folder: Path) -> None:
    """Raise FgspaceError for the name of a file: a search writes several."""
    if folder.is_file():
        raise FgspaceError(f"--out: {str(folder)!r} is a file; name a folder, which is made where there is none")
    if folder.suffix == ".db":
        meant = quoted(folder.with_suffix(""))
        raise FgspaceError(f"--out: expected a folder, got the name of a file, {str(folder)!r}; write --out {meant}")
