"""Makes the sections of an experiment from one step of a file of Vega."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fgspace.errors import brief

from fgspace_migrate.domains import with_own_copies
from fgspace_migrate.points import Entry, forbidden
from fgspace_migrate.sections import Notes, Section, rendered
from fgspace_migrate.vega.algorithms import Search, search
from fgspace_migrate.vega.compression import pruned_evaluator, with_process
from fgspace_migrate.vega.conditions import Condition, read_conditions
from fgspace_migrate.vega.data_sets import data_set
from fgspace_migrate.vega.free_names import free_space
from fgspace_migrate.vega.hyper_parameters import TO, HyperParameter, Keys, entries, read_hyper_parameters
from fgspace_migrate.vega.limits import constraints
from fgspace_migrate.vega.networks import fine_grained, network
from fgspace_migrate.vega.options import put, split, split_at
from fgspace_migrate.vega.training import present_keys, training, with_present_names

_OF_THE_TRAINER = ("optimizer", "lr_scheduler", "loss")
"""Sections of the trainer whose type decides about their parameters."""
_FINE = "FineGrainedSpace"


@dataclass
class _Step:
    """The sections of a step that searches, and the hyper-parameters that it lists."""

    space: Section
    network: Section
    trainer: Section
    data: Section
    known: dict[str, HyperParameter]
    conditions: Mapping[str, list[Condition]]
    notes: Notes

    @property
    def is_fine_grained(self) -> bool:
        """Whether the space is described part by part, in the language of 0.9.3."""
        return self.space.look("type") == _FINE and isinstance(self.space.look("modules"), list)

    @property
    def is_of_a_program(self) -> bool:
        """Whether a program of the user's own makes something of the values."""
        return self.trainer.look("type") == "ScriptRunner" or not (
            self.is_fine_grained or any(key in self.network for key in ("modules", "type"))
        )


def experiment(written: Section, file: Section, notes: Notes) -> dict[str, Any]:
    """Return the sections of the experiment of a step; note what is not carried over."""
    step = _read(written, notes)
    found = search(written.section("search_algorithm", notes), notes)
    general = file.section("general", notes)
    bounds = constraints(general, step.trainer, notes)
    space, evaluator = _of_a_program(step) if step.is_of_a_program else _of_parts(step, found)
    with_own_copies({"search_space": space, "evaluator": evaluator})
    if evaluator is None and "epochs" in found.evaluator:
        told = f"search_algorithm: a trial has up to {found.evaluator['epochs']} epochs; your evaluator decides that"
        notes.add(written.place("search_algorithm"), told, ("early_stopping",))
    taken_out = _forbidden(step, space, evaluator)
    _close(step, written, file, general)
    sections = {
        "search_space": {**space, "forbidden": taken_out} if taken_out else space,
        "search_algorithm": found.algorithm,
        "evaluator": evaluator,
        "early_stopping": found.early_stopping,
        "objectives": found.objectives,
        "constraints": bounds,
        "budget": {} if found.trials is None else {"trials": found.trials},
        "seed": _seed(step),
    }
    return {name: value for name, value in sections.items() if value is not None and value != {}}


def _seed(step: _Step) -> int | None:
    seed = step.trainer.look("seed")
    if type(seed) is int and seed >= 0:
        return seed
    if seed is not None:
        step.notes.add(step.trainer.place("seed"), f"trainer.seed: is no seed, {brief(rendered(seed))}", ())
    return None


def _read(written: Section, notes: Notes) -> _Step:
    space = written.section("search_space", notes)
    trainer, data = written.section("trainer", notes), written.section("dataset", notes)
    with_present_names(trainer)
    listed = read_hyper_parameters(space.take("hyperparameters"), space.place("hyperparameters"), notes)
    known = {one.key: one._replace(keys=present_keys(one.keys)) for one in listed}
    conditions = read_conditions(space.take("condition"), space.place("condition"), known, notes)
    return _Step(space, _described(written, space, notes), trainer, data, known, conditions, notes)


def _described(written: Section, space: Section, notes: Notes) -> Section:
    """Return the description of the network: that of the model, else the modules of the space."""
    model = written.section("model", notes)
    described = model.section("model_desc", notes)
    model.close(notes, TO)
    names = space.look("modules")
    if not isinstance(names, list) or space.look("type") == _FINE:
        return described
    made = Section({}, space.at)
    for name in ("modules", *(name for name in names if isinstance(name, str))):
        if name in space:
            made.put(name, space.take(name), space.place(name))
    return made


def _of_a_program(step: _Step) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the space of values that a program of the user's own makes something of."""
    tree, step.known = free_space(step.known, step.conditions, step.notes)
    told = "is not carried over; write an evaluator that takes the values of the space"
    step.trainer.skip("type", "seed")
    for section, name in ((step.trainer, "trainer"), (step.data, "dataset")):
        if [*section]:
            step.notes.add(section.at, f"{name}: {told}", TO)
            section.skip(*section)
    if [*step.network]:
        step.notes.add(step.network.at, f"model: {told}", TO)
    return tree.plain(), None


def _of_parts(step: _Step, found: Search) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the space of a network, and the evaluator that trains it."""
    tree = Section({}, ())
    for name, section in (("network", step.network), ("trainer", step.trainer), ("dataset", step.data)):
        tree.put(name, section, section.at)
        tree.skip(name)
    for one in step.known.values():
        put(tree, one, step.notes)
    split(tree, step.known, step.conditions, _unit, step.notes)
    for one in step.known.values():
        place = _unit(one.keys)
        if place is not None and one.keys == (*place, "type") and one.domain.candidates() is not None:
            split_at(tree, place, one)
    tree.close(step.notes, TO)
    space = fine_grained(step.space, step.notes) if step.is_fine_grained else network(step.network, step.notes)
    if space is None:
        return {}, None
    return with_process(space, found, step.space, step.notes), _evaluator(step, found)


def _unit(keys: Keys) -> Keys | None:
    """Return the keys of the mapping around a hyper-parameter that may become options."""
    if len(keys) > 2 and (keys[0] == "network" or (keys[0] == "trainer" and keys[1] in _OF_THE_TRAINER)):
        return keys[:2]
    return None


def _evaluator(step: _Step, found: Search) -> dict[str, Any] | None:
    data = data_set(step.data, step.notes)
    if data is None:
        step.notes.add(step.data.at, "dataset: is missing, so there is no evaluator; add one", ())
        step.trainer.close(step.notes, (), "is not carried over without a dataset")
        step.trainer.skip(*step.trainer)
        return None
    if found.algorithm.get("type") in ("PruneEA", "QuantEA"):
        step.trainer.skip("callbacks")  # they prune and quantise
    pruning = found.algorithm.get("type") == "PruneEA"
    if pruning:
        step.trainer.skip("init_model_file")
    _note_epochs(step, found)
    evaluator = {**training(step.trainer, data, step.notes), **found.evaluator}
    return pruned_evaluator(evaluator, step.trainer, step.notes) if pruning else evaluator


def _note_epochs(step: _Step, found: Search) -> None:
    """Note that halving algorithms decide about the epochs of a trial, whatever the trainer says."""
    epochs = step.trainer.look("epochs")
    if "epochs" in found.evaluator and epochs not in (None, found.evaluator["epochs"]):
        told = (
            f"trainer.epochs: the search algorithm trains up to {found.evaluator['epochs']} epochs, so this is left out"
        )
        step.notes.add(step.trainer.place("epochs"), told, ("evaluator",))


def _forbidden(step: _Step, space: dict[str, Any], evaluator: dict[str, Any] | None) -> list[Entry]:
    written = list(entries(step.space.take("forbidden"), step.space.place("forbidden"), step.notes))
    if not written:
        return []
    return forbidden(written, {**space, **({"evaluator": evaluator} if evaluator else {})}, step.notes)


def _close(step: _Step, written: Section, file: Section, general: Section) -> None:
    """Note what nothing has taken."""
    kind = step.space.take("type")
    if kind not in (None, "SearchSpace", _FINE):
        named = brief(rendered(kind))
        told = f"search_space.type: {named} makes its hyper-parameters by a program, so they are not carried over"
        step.notes.add(step.space.place("type"), told, TO)
    step.space.skip("modules", "hyper_parameters")
    step.space.close(step.notes, TO)
    _metric_of_evaluator(written.section("evaluator", step.notes), step.notes)
    written.close(step.notes, ())
    if general.take("backend") not in (None, "pytorch"):
        step.notes.add(
            general.place("backend"), "general.backend: networks are trained with PyTorch here", ("evaluator",)
        )
    if general.take("parallel_search"):
        told = "general.parallel_search: say how many trials run at a time by fgspace search --workers"
        step.notes.add(general.place("parallel_search"), told, ())
    general.close(step.notes, ())
    if "benchmark" in file:
        step.notes.add(("benchmark",), "benchmark: is not carried over", ())


def _metric_of_evaluator(section: Section, notes: Notes) -> None:
    section.skip("type")
    for name in ("host_evaluator", "gpu_evaluator"):
        inside = section.section(name, notes)
        inside.skip("type")
        metric = inside.section("metric", notes)
        if metric.take("type") not in (None, "accuracy"):
            notes.add(
                metric.place("type"), f"{metric.named('type')}: is not measured here; accuracy is", ("objectives",)
            )
        metric.close(notes, ("objectives",))
        inside.close(notes, ("objectives",))
    section.close(notes, ("evaluator",))
