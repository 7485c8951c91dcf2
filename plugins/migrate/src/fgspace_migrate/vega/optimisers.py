"""Optimisers and learning rate schedules of Vega, by torch's names; each keeps the parameters that it has in torch."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section, rendered

_COMMON = "lr weight_decay foreach maximize capturable differentiable fused"
_OPTIMIZERS: Mapping[str, frozenset[str]] = {
    name: frozenset(f"{_COMMON} {others}".split())
    for name, others in {
        "Adadelta": "rho eps",
        "Adagrad": "lr_decay initial_accumulator_value eps",
        "Adam": "betas eps amsgrad",
        "AdamW": "betas eps amsgrad",
        "Adamax": "betas eps",
        "NAdam": "betas eps momentum_decay",
        "RMSprop": "alpha eps centered momentum",
        "SGD": "momentum dampening nesterov",
    }.items()
}
"""Optimiser → its parameters."""
_SCHEDULERS: Mapping[str, tuple[str, str]] = {
    "ConstantLR": ("", "factor total_iters"),
    "CosineAnnealingLR": ("", "T_max eta_min"),
    "CosineAnnealingWarmRestarts": ("T_0", "T_mult eta_min"),
    "CyclicLR": ("base_lr max_lr", "step_size_up step_size_down mode gamma cycle_momentum base_momentum max_momentum"),
    "ExponentialLR": ("gamma", ""),
    "LinearLR": ("", "start_factor end_factor total_iters"),
    "MultiStepLR": ("milestones", "gamma"),
    "OneCycleLR": ("", "max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy div_factor"),
    "PolynomialLR": ("", "total_iters power"),
    "StepLR": ("step_size", "gamma"),
}
"""Schedule → the parameters that it needs, and others that it has."""


class Given(NamedTuple):
    """A parameter of an old file: its value here, its place there, and how notes call it."""

    value: Any
    at: Path
    named: str


def optimizer(section: Section, notes: Notes) -> dict[str, Any] | None:
    """Return an optimiser, None if torch has none of its type; Vega's default is Adam."""
    to = ("evaluator", "optimizer")
    kind, given = typed(section, notes)
    kind = "Adam" if kind is None else kind
    if not isinstance(kind, str) or kind not in _OPTIMIZERS:
        notes.add(section.place("type"), f"{section.named('type')}: {_told(kind)} is no optimiser of torch", to)
        return None
    return {"type": kind, **_kept(kind, given, _OPTIMIZERS[kind], to, notes)}


def scheduler(section: Section, notes: Notes) -> dict[str, Any] | None:
    """Return a learning rate schedule, None if evaluators take none of its type."""
    to = ("evaluator", "lr_scheduler")
    kind, given = typed(section, notes)
    if not isinstance(kind, str) or kind not in _SCHEDULERS:
        told = f"{section.named('type')}: {_told(kind)} is no schedule that evaluators take"
        notes.add(section.place("type"), told, to)
        return None
    by_epoch = given.pop("by_epoch", Given(None, section.at, "")).value
    step = {"step": "epoch" if by_epoch else "batch"} if isinstance(by_epoch, bool) else {}
    needed, others = (names.split() for names in _SCHEDULERS[kind])
    for name in needed:
        if name not in given:
            notes.add(section.place("type"), f"{section.name}: {kind} needs {name}; add it", to)
    return {"type": kind, **_kept(kind, given, {*needed, *others, "last_epoch"}, to, notes), **step}


def typed(section: Section, notes: Notes) -> tuple[Any, dict[str, Given]]:
    """Return the type of a section and its parameters, which stand under `params` or beside the type."""
    kind = section.take("type")
    sections = [section.section("params", notes), section] if "params" in section else [section]
    given: dict[str, Given] = {}
    for one in sections:
        for name in one:
            if name not in ("type", "params"):
                given.setdefault(name, Given(rendered(one.take(name)), one.place(name), one.named(name)))
    return kind, given


def _kept(
    kind: str, given: Mapping[str, Given], known: frozenset[str] | set[str], to: Path, notes: Notes
) -> dict[str, Any]:
    for name, one in given.items():
        if name not in known:
            notes.add(one.at, f"{one.named}: {kind} has no {name}, so it is left out there", to)
    return {name: one.value for name, one in given.items() if name in known}


def _told(kind: Any) -> str:
    return brief(rendered(kind))
