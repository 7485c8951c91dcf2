"""The hooks that a plugin may implement, and the light records they return."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pluggy

API_VERSION = 1
"""The version of the plugin interface; a plugin may name the one it was written for as `fgspace_api`."""
OLDEST_API_VERSION = 1
"""The oldest version of the plugin interface that this core still serves."""

Kind = Literal["module", "search_space", "algorithm", "evaluator", "dataset", "executor", "exporter", "early_stopping"]
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
    }
)
"""The kinds of types, and what messages call them."""
KINDS: tuple[Kind, ...] = tuple(KIND_WORDS)
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
    }
)
"""The hooks, and the kind of the types that each gives."""

NAME = re.compile(r"[^\s/]+")
"""What a type may be called."""

hookspec = pluggy.HookspecMarker("fgspace")
hookimpl = pluggy.HookimplMarker("fgspace")


@dataclass(frozen=True)
class Provided:
    """One type that a plugin provides: its name, what makes it, and one line on what it is.

    `target` is "package.module:Attribute"; it is imported when the type is first used.
    The tag "process" says of a module type that it takes a finished model and returns a model.
    """

    name: str
    target: str
    summary: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the aliases."""
        return (self.name, *self.aliases)


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
    """Return the executors, which say where trials run."""


@hookspec
def fgspace_provide_exporters() -> Iterable[Provided]:
    """Return the exporters, functions (model, path, input_shape, weights=None) that write what other programs run."""


@hookspec
def fgspace_provide_early_stopping() -> Iterable[Provided]:
    """Return the early stopping rules, which say what trials end before they are through."""
