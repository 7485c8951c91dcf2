"""The hooks that a plugin may implement, and the light records they return."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pluggy

API_VERSION = 1
"""The version of the plugin interface; a plugin may name the one it was written for as `fgspace_api`."""
OLDEST_API_VERSION = 1
"""The oldest version of the plugin interface that this core still serves."""

Kind = Literal["module", "search_space", "algorithm", "evaluator", "dataset", "executor"]
KINDS: tuple[Kind, ...] = ("module", "search_space", "algorithm", "evaluator", "dataset", "executor")

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
