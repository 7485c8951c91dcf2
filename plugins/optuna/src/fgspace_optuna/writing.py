"""Writes a study of fgspace as one of Optuna, which its dashboard opens."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import optuna
from fgspace import FgspaceError, Objectives, Results, Trial, WrittenStudy
from optuna.trial import FrozenTrial, TrialState

from fgspace_optuna.places import Places
from fgspace_optuna.quiet import quiet
from fgspace_optuna.storages import opened
from fgspace_optuna.told import constraints_of, directions, reported, state_of, values_of

EXPERIMENT = "fgspace:experiment"
"""The attribute of a study that holds its sections as JSON."""
_LEFT_OUT = ("initial_points", "origins", "expects", "log", "executor")
"""Sections that say how a search ran, and nothing about its study."""
_LONGEST = 60_000
"""The number of characters that every database takes as an attribute."""


def written(study: Results, experiment: Any, storage: str, name: str) -> WrittenStudy:
    """Write the finished trials of a study into a storage; see `OptunaConverter.write_study`."""
    places = Places(experiment.space)
    running = sum(trial.state == "running" for trial in study.trials)
    trials = _frozen(study, places)
    facts = _facts(study, experiment.document.data)
    with quiet(), opened(storage) as place:
        try:
            made = optuna.create_study(
                storage=place, study_name=name, directions=directions(study.objectives), load_if_exists=False
            )
        except optuna.exceptions.DuplicatedStudyError:
            raise FgspaceError(f"{storage}: has a study {name!r} already; name another by --study") from None
        made.set_metric_names(list(study.objectives.directions))
        for key, value in facts.items():
            made.set_user_attr(key, value)
        made.add_trials(trials)
    counts = Counter(trial.state.name.lower() for trial in trials)
    told = ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none"
    notes = [f"{running} running trial{'s are' if running > 1 else ' is'} left out"] if running else []
    if EXPERIMENT not in facts:
        notes.append(
            "the experiment is too long for an attribute, and left out; --from makes a space of the parameters"
        )
    return WrittenStudy(f"study {name!r} of {len(trials)} trials: {told}", tuple(notes))


def _facts(study: Results, sections: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of the study besides its trials."""
    known = study.identity
    text = json.dumps({key: value for key, value in sections.items() if key not in _LEFT_OUT})
    facts = {
        "fgspace:algorithm": known.algorithm,
        "fgspace:seed": known.seed,
        "fgspace:space": known.digest,
        "fgspace:constraints": json.dumps(dict(known.constraints)),
    }
    return facts | ({EXPERIMENT: text} if len(text) <= _LONGEST else {})


def _frozen(study: Results, places: Places) -> list[FrozenTrial]:
    """Return the finished trials in order of number, one after the other in time: only their durations are known."""
    finished = [trial for trial in study.trials if trial.state != "running"]
    end = datetime.fromtimestamp(_file_of(study).stat().st_mtime)
    at = end - timedelta(seconds=sum(trial.seconds or 0.0 for trial in finished))
    found = []
    for trial in finished:
        start, at = at, at + timedelta(seconds=trial.seconds or 0.0)
        found.append(_one(trial, study.objectives, places, start, at))
    return found


def _file_of(study: Results) -> Path:
    place = Path(study.place)
    return place / "study.db" if place.is_dir() else place


def _one(trial: Trial, objectives: Objectives, places: Places, start: datetime, end: datetime) -> FrozenTrial:
    parameters, distributions = places.told(trial.point)
    single = len(objectives.directions) == 1
    state = state_of(trial, single=single)
    if trial.state == "stopped":
        state = TrialState.PRUNED
    made = FrozenTrial(
        number=-1,
        trial_id=-1,
        state=state,
        value=None,
        values=values_of(trial, objectives) if state is TrialState.COMPLETE or single else None,
        datetime_start=start,
        datetime_complete=end,
        params=parameters,
        distributions=distributions,
        user_attrs=_attributes(trial),
        system_attrs={"fail_reason": trial.error} if trial.state == "failed" and trial.error else {},
        intermediate_values=reported(trial, objectives),
    )
    for name, excess in constraints_of(trial, objectives).items():
        made.set_constraint(name, excess)
    return made


def _attributes(trial: Trial) -> dict[str, Any]:
    """Return what Optuna has no field for."""
    origin = trial.lineage.get("operator")
    parents = trial.lineage.get("parents")
    said = {
        "state": trial.state,
        "error": trial.error,
        "operator": origin,
        "parents": parents or None,
        "duplicate_of": trial.duplicate_of,
    }
    return {**trial.metrics, **{f"fgspace:{key}": value for key, value in said.items() if value is not None}}
