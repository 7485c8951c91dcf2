"""The steps of an experiment file of Vega: which of them searches, and what the others were for."""

from collections.abc import Mapping
from typing import Any

from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section

_BESIDE = ("general", "pipeline", "benchmark")
"""Sections of a file that are no steps."""
_OF_A_STEP = ("trainer", "dataset", "pipe_step")


def is_vega(data: Any) -> bool:
    """Return whether data are those of an experiment file of Vega, or of one step of it."""
    if not isinstance(data, Mapping):
        return False
    pipeline = data.get("pipeline")
    if isinstance(pipeline, list) and any(isinstance(data.get(name), Mapping) for name in _names(pipeline)):
        return True
    if _is_space(data):
        return True
    steps = [data, *(step for step in data.values() if isinstance(step, Mapping))]
    return any(_is_step(step) for step in steps)


def _is_space(data: Mapping[str, Any]) -> bool:
    """Return whether data are a search space alone: a list of hyper-parameters."""
    listed = data.get("hyperparameters")
    return isinstance(listed, list) and any(isinstance(one, Mapping) and "key" in one for one in listed)


def _space_alone(data: Mapping[str, Any]) -> Section:
    made = Section({}, ())
    made.put("search_space", dict(data), ())
    return made


def _is_step(step: Mapping[str, Any]) -> bool:
    space = step.get("search_space")
    if isinstance(step.get("pipe_step"), Mapping):
        return True
    if not isinstance(space, Mapping):
        return False
    if isinstance(space.get("hyperparameters"), list) or space.get("type") == "SearchSpace":
        return True
    return any(isinstance(step.get(name), Mapping) for name in _OF_A_STEP)


def search_step(data: Mapping[str, Any], notes: Notes) -> Section | None:
    """Return the step that is carried over: the first that searches, else the first that has a network.

    None if there is none. The others are noted.
    """
    steps = _steps(data, notes)
    searching = [name for name, step in steps.items() if isinstance(step.get("search_space"), Mapping)]
    training = [name for name, step in steps.items() if isinstance(step.get("model"), Mapping)]
    chosen = next(iter([*searching, *training]), None)
    for name, step in steps.items():
        if name != chosen:
            what = "only the first search is carried over" if name in searching else _others(step)
            notes.add((name,) if name else (), f"{name}: {what}")
    if chosen is None:
        return None
    at: Path = (chosen,) if chosen else ()
    made = _space_alone(data) if _is_space(data) else _resolved(steps[chosen], at, data, notes)
    if not chosen:  # the file is the step itself
        made.skip(*_BESIDE)
    pipe_step = made.section("pipe_step", notes)
    pipe_step.skip("type")
    pipe_step.close(notes, ())
    return made


def _others(step: Mapping[str, Any]) -> str:
    pipe = step.get("pipe_step")
    kind = pipe.get("type") if isinstance(pipe, Mapping) else None
    if kind in ("TrainPipeStep", "FullyTrainPipeStep"):
        return "is not carried over; train the front on by a second file, with more epochs and fixed values"
    return "is not carried over, since it neither searches nor describes a network"


def _steps(data: Mapping[str, Any], notes: Notes) -> dict[str, Mapping[str, Any]]:
    """Return name → step, in the order of the pipeline; the name is empty where the file is one step itself."""
    if _is_step(data):
        return {"": data}
    if _is_space(data):
        return {"": {"search_space": data}}
    present = {name: step for name, step in data.items() if isinstance(step, Mapping) and name not in _BESIDE}
    for name in data:
        if name not in present and name not in _BESIDE:
            notes.add((name,), f"{name}: is not carried over, since it is no step")
    pipeline = data.get("pipeline")
    if not isinstance(pipeline, list):
        return present
    names = _names(pipeline)
    for index, name in enumerate(pipeline):
        if not isinstance(name, str) or name not in present:
            notes.add(("pipeline", index), f"pipeline: {brief(name)} has no section of its own")
    for name in present:
        if name not in names:
            notes.add((name,), f"{name}: is not in the pipeline, so it is not carried over")
    return {name: present[name] for name in names if name in present}


def _names(pipeline: list[Any]) -> list[str]:
    return list(dict.fromkeys(name for name in pipeline if isinstance(name, str)))


def _resolved(step: Mapping[str, Any], at: Path, data: Mapping[str, Any], notes: Notes) -> Section:
    """Return a step as a section, its references (`ref: nas.trainer`) replaced by what they name."""
    made = Section({}, at)
    for key, value in step.items():
        place = (*at, key)
        if isinstance(value, dict) and "ref" in value:
            named, where = _named(value["ref"], data)
            if named is None:
                notes.add((*place, "ref"), f"{key}.ref: names nothing in this file: {brief(value['ref'])}")
            made.put(key, _laid_over(Section(named or {}, where, key), value, place), place)
        else:
            made.put(key, value, place)
    return made


def _named(reference: Any, data: Any) -> tuple[dict[str, Any] | None, Path]:
    at = tuple(str(reference).split("."))
    for step in at:
        data = data.get(step) if isinstance(data, Mapping) else None
    return (data if isinstance(data, dict) else None), at


def _laid_over(below: Section, own: Mapping[str, Any], at: Path) -> Section:
    """Put the keys of a mapping over those of a section, mappings in both key by key."""
    for key, value in own.items():
        inside = below.look(key)
        if key == "ref":
            continue
        if isinstance(value, dict) and isinstance(inside, Section):
            _laid_over(inside, value, (*at, key))
        else:
            below.put(key, value, (*at, key))
    return below
