"""The hooks that a plugin may implement, and the light records they return."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import pluggy

Kind = Literal[
    "module",
    "search_space",
    "algorithm",
    "evaluator",
    "dataset",
    "executor",
    "exporter",
    "early_stopping",
    "converter",
    "cost",
    "measurement",
    "observer",
    "cost_rule",
]
KIND_WORDS: Mapping[Kind, str] = MappingProxyType(
    {
        "module": "module type",
        "search_space": "search space",
        "algorithm": "search algorithm",
        "evaluator": "evaluator",
        "dataset": "data set",
        "executor": "executor",
        "exporter": "exporter",
        "early_stopping": "early stopping rule",
        "converter": "converter",
        "cost": "cost",
        "measurement": "measurement",
        "observer": "observer",
        "cost_rule": "cost rule",
    }
)
"""The kinds of types, and what messages call them."""
KINDS: tuple[Kind, ...] = tuple(KIND_WORDS)
NAMED_KINDS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "cost_rule")
"""The kinds that a file can name; a cost rule is found by the module type whose name it has."""
HOOKS: Mapping[str, Kind] = MappingProxyType(
    {
        "fgspace_provide_modules": "module",
        "fgspace_provide_search_spaces": "search_space",
        "fgspace_provide_algorithms": "algorithm",
        "fgspace_provide_evaluators": "evaluator",
        "fgspace_provide_datasets": "dataset",
        "fgspace_provide_executors": "executor",
        "fgspace_provide_exporters": "exporter",
        "fgspace_provide_early_stopping": "early_stopping",
        "fgspace_provide_converters": "converter",
        "fgspace_provide_costs": "cost",
        "fgspace_provide_measurements": "measurement",
        "fgspace_provide_observers": "observer",
        "fgspace_provide_cost_rules": "cost_rule",
    }
)
"""The hooks, and the kind of the types that each gives."""

NAME = re.compile(r"[^\s/]+")
"""What a type may be called."""

hookspec = pluggy.HookspecMarker("fgspace")
hookimpl = pluggy.HookimplMarker("fgspace")


@dataclass(frozen=True)
class SearchTask:
    """The task of a search, as far as the choice of an algorithm depends on it.

    `points` is the number of points of the space (infinite where a hyper-parameter is continuous), `trials` the number
    of trials that will be evaluated, `objectives` are the names of the objectives, and `measured` those of them that
    are known only after a trial was evaluated; the others are costs.
    """

    points: int | float
    trials: int
    objectives: tuple[str, ...]
    measured: tuple[str, ...]


class Fit(NamedTuple):
    """How well an algorithm suits a task.

    Of all algorithms that suit a task, `Auto` takes the one with the highest score. As a guide: 10 suits whatever the
    task is, 50 is made for such a task, 90 cannot be beaten on it. `reason` goes on a sentence that begins "since";
    `options` are the algorithm's options for this task.
    """

    score: float
    reason: str
    options: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Provided:
    """One type that a plugin provides: its name, what makes it, and one line on what it is.

    `target` is "package.module:Attribute"; it is imported when the type is first used.
    The tag "process" marks a module type that turns a finished model into another (`fgspace.Process`).
    `formerly` holds the former targets and the former full names ("plugin/name") of a type that has moved; studies and
    files that use them still work.
    `suits`, of an algorithm, returns how well it suits a task, or None where it does not. It is called when a file
    names no algorithm, and must import nothing heavy.
    `examples` are what the conformance kit tries the type with: mappings of its parameters, besides which `input` says
    the input of a module and `network` the network of a process, an evaluator or an exporter, as a file would; or the
    target of a function that is given an empty folder, for files, and returns such mappings.
    """

    name: str
    target: str
    summary: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    suits: Callable[[SearchTask], Fit | None] | None = None
    examples: tuple[Mapping[str, Any], ...] | str = field(default=(), compare=False)


@hookspec
def fgspace_provide_modules() -> Iterable[Provided]:
    """Return the module types: blocks, networks, combinators, processes."""


@hookspec
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Return the named search spaces."""


@hookspec
def fgspace_provide_algorithms() -> Iterable[Provided]:
    """Return the search algorithms."""


@hookspec
def fgspace_provide_evaluators() -> Iterable[Provided]:
    """Return the evaluators, which turn a description into metrics."""


@hookspec
def fgspace_provide_datasets() -> Iterable[Provided]:
    """Return the data sets that evaluators train and measure on."""


@hookspec
def fgspace_provide_executors() -> Iterable[Provided]:
    """Return the executors, which run trials: in processes, on a cluster."""


@hookspec
def fgspace_provide_exporters() -> Iterable[Provided]:
    """Return the exporters, which write a network in a format that other programs run: see `fgspace.Exporter`."""


@hookspec
def fgspace_provide_early_stopping() -> Iterable[Provided]:
    """Return the early stopping rules, which end poor trials early."""


@hookspec
def fgspace_provide_converters() -> Iterable[Provided]:
    """Return the converters, which turn files of other tools into experiment files: see `fgspace.Converter`."""


@hookspec
def fgspace_provide_costs() -> Iterable[Provided]:
    """Return the costs, which are known before training: see `fgspace.CostType`."""


@hookspec
def fgspace_provide_measurements() -> Iterable[Provided]:
    """Return the measurements, which are taken of every trial while no other runs: see `fgspace.Measurement`."""


@hookspec
def fgspace_provide_observers() -> Iterable[Provided]:
    """Return the observers, which are told what happens in a search: see `fgspace.Observer`."""


@hookspec
def fgspace_provide_cost_rules() -> Iterable[Provided]:
    """Return the cost rules: each has the name of one of the plugin's module types, and counts it without building it.

    A target is a function `(shape, *args, **kwargs)` that returns (output shape, parameters, MACs); `args` and `kwargs`
    are the module's own. See `fgspace.CostRule`.
    """
