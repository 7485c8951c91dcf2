"""The trainer of Vega: its section becomes the options of an evaluator of image classification."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fgspace.errors import brief

from fgspace_migrate.domains import Options, translated
from fgspace_migrate.sections import Notes, Path, Section, rendered
from fgspace_migrate.vega.data_sets import DataSet
from fgspace_migrate.vega.optimisers import optimizer, scheduler, typed

_TO: Path = ("evaluator",)
_ALIASES = {"optim": "optimizer", "metrics": "metric"}
"""Older name of a section → the name that 1.x has for it."""

_DEFAULTS = {
    "optimizer": "Adam at 0.1",
    "lr_scheduler": "MultiStepLR at 75 and 150 by 0.5",
    "epochs": "1",
}
"""What Vega does where a file leaves something out, and fgspace does something else."""
_DEFAULTS_OF_CIFAR = {"batch_size": "256", "transforms": "crops and flips"}


def with_present_names(trainer: Section) -> None:
    """Give sections of the trainer the names that Vega 1.x has for them."""
    for old, new in _ALIASES.items():
        if old in trainer and new not in trainer:
            trainer.put(new, trainer.look(old), trainer.place(old))
            trainer.remove(old)
            renamed = trainer.look(new)
            if isinstance(renamed, Section):
                renamed.name = trainer.named(old)


def present_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a key of the trainer, with the names that Vega 1.x has for its sections."""
    return (keys[0], _ALIASES.get(keys[1], keys[1]), *keys[2:]) if keys[0] == "trainer" and keys[1:] else keys


def training(trainer: Section, data: DataSet, notes: Notes) -> dict[str, Any]:
    """Return the evaluator that trains as a section `trainer` says; note what is not carried over."""
    evaluator: dict[str, Any] = {"type": "ImageClassification", "dataset": data.described, **data.options}
    trainer.skip("seed")  # a section of its own
    kind = rendered(trainer.take("type"))
    if kind not in (None, "Trainer"):
        notes.add(
            trainer.place("type"), f"trainer.type: {brief(kind)} is no evaluator; this one trains in its place", _TO
        )
    if trainer.look("epochs") is not None:
        evaluator["epochs"] = rendered(trainer.take("epochs"))
    for name, translate in (("optimizer", optimizer), ("lr_scheduler", scheduler)):
        made = translated(_mapping(trainer, name, notes), partial(translate, notes=notes))
        if made is not None:
            evaluator[name] = made
    evaluator |= _loss(trainer, notes)
    _metric(trainer, notes)
    if trainer.take("amp") is True:
        evaluator["precision"] = "16-mixed"
    trainer.close(notes, _TO)
    _left_out(evaluator, trainer, notes)
    return evaluator


def _mapping(trainer: Section, name: str, notes: Notes) -> Section | Options | None:
    """Return a section, or the options that it became; note a value that is neither."""
    value = trainer.take(name)
    if value is None or isinstance(value, Section | Options):
        return value
    notes.add(trainer.place(name), f"{trainer.named(name)}: is not carried over, since it is not a mapping", _TO)
    return None


def _loss(trainer: Section, notes: Notes) -> dict[str, Any]:
    """Return what of a loss there is here, where networks are trained with cross entropy."""
    loss = _mapping(trainer, "loss", notes)
    for one in [option.value for option in loss] if isinstance(loss, Options) else []:
        _cross_entropy(one, notes)
    return _cross_entropy(loss, notes) if isinstance(loss, Section) else {}


def _cross_entropy(loss: Section, notes: Notes) -> dict[str, Any]:
    kind, given = typed(loss, notes)
    fits = kind in (None, "CrossEntropyLoss")
    if not fits:
        told = "trainer.loss.type: is not carried over; networks are trained with cross entropy here"
        notes.add(loss.place("type"), told, _TO)
    for name, one in given.items():
        if name not in ("sparse", "is_grad") and not (fits and name == "label_smoothing"):  # as Vega hands targets over
            notes.add(one.at, f"{one.named}: has no counterpart here", _TO)
    return {name: one.value for name, one in given.items() if fits and name == "label_smoothing"}


def _metric(trainer: Section, notes: Notes) -> None:
    metric = trainer.take("metric")
    kind = metric.take("type") if isinstance(metric, Section) else metric
    if isinstance(metric, Section):
        metric.close(notes, ("objectives",))
    if kind not in (None, "accuracy"):
        notes.add(
            trainer.place("metric"),
            f"trainer.metric: {brief(rendered(kind))} is not measured here; accuracy is",
            ("objectives",),
        )


def _left_out(evaluator: Mapping[str, Any], trainer: Section, notes: Notes) -> None:
    """Note what the file leaves out, where fgspace has other defaults than Vega."""
    augmented = "crop_padding" in evaluator or "flip" in evaluator
    given = {*evaluator, *(("transforms",) if augmented else ())}
    of_data = _DEFAULTS_OF_CIFAR if evaluator["dataset"]["type"].startswith("Cifar") else {}
    missing = [f"{name} ({default})" for name, default in {**_DEFAULTS, **of_data}.items() if name not in given]
    if missing:
        told = f"what the file leaves out has another default here than in Vega: {', '.join(missing)}"
        notes.add(trainer.at, f"trainer: {told}", _TO)
