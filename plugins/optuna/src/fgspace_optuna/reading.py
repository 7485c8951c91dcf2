"""Reads a study of Optuna: its distributions become a space, and its finished trials those of a study."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from fgspace import ConversionNote, Converted, FgspaceError, ForeignFile, Report, Space, Trial, space
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from fgspace_optuna.guessing import Guessed, guessed
from fgspace_optuna.places import Places
from fgspace_optuna.quiet import quiet
from fgspace_optuna.storages import opened
from fgspace_optuna.writing import EXPERIMENT

_OWN = "fgspace:"


def converted(file: ForeignFile) -> Converted:
    """Return the space and the trials of a study; see `OptunaConverter.convert`."""
    with quiet(), opened(file.address or str(file.path)) as storage:
        study = _chosen(storage, file)
        trials = study.get_trials(deepcopy=False)
        kept = study.user_attrs.get(EXPERIMENT)
        names = _names(study)
    finished = [one for one in trials if one.state.is_finished()]
    notes = []
    if left := len(trials) - len(finished):
        notes.append(f"{left} trial{'s' if left > 1 else ''} of {len(trials)} not finished, left out")
    if kept is not None:
        sections = json.loads(kept)
        made, lost = _own(space(sections), finished, list(sections.get("objectives", names)))
        if lost:
            notes.append(f"{lost} trial{'s' if lost > 1 else ''} without a point of the space, left out")
        return Converted(sections, _noted(notes), tuple(made))
    found = guessed([one for one in finished if one.params], str(file.address or file.path))
    bounds = sorted({key for one in finished for key in one.constraints})
    sections = {
        "search_space": found.tree,
        "objectives": names,
        **({"constraints": {_constraint(key): {"max": 0} for key in bounds}} if bounds else {}),
    }
    made, lost = _foreign(found, space(sections), finished, list(names))
    if lost:
        notes.append(f"{lost} trial{'s' if lost > 1 else ''} without parameters, left out")
    return Converted(sections, _noted([*notes, *found.notes]), tuple(made))


def _chosen(storage: Any, file: ForeignFile) -> optuna.Study:
    """Return the study that is asked for, or the only one.

    Raises:
        FgspaceError: there is none, none of that name, or none is named and there are several.
    """
    place, there = file.address or file.path, optuna.get_all_study_names(storage)
    if not there:
        raise FgspaceError(f"{place}: holds no study of Optuna")
    if file.study is None and len(there) > 1:
        raise FgspaceError(f"{place}: holds {len(there)} studies; choose by --study: {', '.join(sorted(there))}")
    name = there[0] if file.study is None else file.study
    if name not in there:
        raise FgspaceError(f"{place}: has no study {name!r}; there are {', '.join(sorted(there))}")
    return optuna.load_study(study_name=name, storage=storage)


def _names(study: optuna.Study) -> dict[str, str]:
    """Return the objectives: the names that the study gives its metrics, or `objective`, with their directions."""
    single = len(study.directions) == 1
    names = study.metric_names or ["objective" if single else f"objective_{at}" for at in range(len(study.directions))]
    ways = ["max" if one == StudyDirection.MAXIMIZE else "min" for one in study.directions]
    return dict(zip(names, ways, strict=True))


def _noted(notes: Sequence[str]) -> tuple[ConversionNote, ...]:
    return tuple(ConversionNote(note, 1) for note in notes)


def _constraint(key: str) -> str:
    return f"constraint {key}"


def _own(of: Space, trials: Sequence[FrozenTrial], names: list[str]) -> tuple[list[Trial], int]:
    """Return the trials of a study that fgspace wrote, and the number of those that are no points of its space."""
    places = Places(of)
    found: list[Trial] = []
    for one in trials:
        try:
            point = places.point(one.params)
        except ValueError:
            continue
        found.append(_trial(len(found), point, one, names))
    return found, len(trials) - len(found)


def _foreign(found: Guessed, of: Space, trials: Sequence[FrozenTrial], names: list[str]) -> tuple[list[Trial], int]:
    made: list[Trial] = []
    paths = found.paths(of)
    for one in trials:
        if one.params:
            made.append(_trial(len(made), of.complete(found.point(of, paths, one.params)), one, names))
    return made, len(trials) - len(made)


def _trial(number: int, point: Mapping[str, Any], one: FrozenTrial, names: list[str]) -> Trial:
    """Return a trial as fgspace knows it: a pruned one has the value of its last report."""
    metrics = _metrics(one, names)
    curve = _curve(one, names)
    attributes = one.user_attrs
    state: Any
    state, why = attributes.get(f"{_OWN}state"), attributes.get(f"{_OWN}error")
    if one.state == TrialState.COMPLETE:
        state = "complete"
    elif one.state == TrialState.FAIL:
        state, metrics = "failed", {}
    elif state not in ("stopped", "infeasible"):
        state = "stopped" if set(names) <= set(metrics) else "failed"
    default = {"stopped": "pruned by Optuna", "failed": one.system_attrs.get("fail_reason") or "failed in Optuna"}
    duration = one.duration
    return Trial(
        number,
        dict(point),
        state,
        metrics,
        why or default.get(state),
        None if duration is None else duration.total_seconds(),
        curve=curve if state in ("stopped", "complete") else (),
    )


def _metrics(one: FrozenTrial, names: list[str]) -> dict[str, float]:
    given = {key: value for key, value in one.user_attrs.items() if not key.startswith(_OWN) and _is_number(value)}
    metrics = given if any(key.startswith(_OWN) for key in one.user_attrs) else {}
    values = one.values or []
    if not values and len(names) == 1 and one.intermediate_values:
        values = [one.intermediate_values[max(one.intermediate_values)]]
    constraints = {} if metrics else {_constraint(key): float(value) for key, value in one.constraints.items()}
    return {**metrics, **dict(zip(names, map(float, values), strict=False)), **constraints}


def _curve(one: FrozenTrial, names: list[str]) -> tuple[Report, ...]:
    """Return the reports, whose epochs are counted from 1."""
    if len(names) > 1 or not one.intermediate_values:
        return ()
    first = 0 if min(one.intermediate_values) > 0 else 1
    return tuple(
        Report(step + first, {names[0]: float(value)}) for step, value in sorted(one.intermediate_values.items())
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
