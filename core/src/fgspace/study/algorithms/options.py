"""Finds the class of a study's algorithm by its name, and checks its options by its signature."""

import inspect
from collections.abc import Mapping
from typing import Any

from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins.default_registry import default_registry
from fgspace.signatures.annotations import misfit
from fgspace.signatures.parameters import parameters
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.objectives import Objectives

_GIVEN = ("space", "objectives", "seed")


class OptionError(FgspaceError):
    """A value of an option that a type does not take: `section` is that of a file, `reason` the words of the type."""

    def __init__(self, owner: str, section: str, reason: str) -> None:
        super().__init__(f"{owner}: {reason}")
        self.section = section
        self.reason = reason


def algorithm_class(algorithm: str | type[Algorithm]) -> type[Algorithm]:
    """Return the class of an algorithm; a name is looked up in the registry."""
    found: type[Algorithm] = (
        default_registry().get("algorithm", algorithm).load() if isinstance(algorithm, str) else algorithm
    )
    return found


def all_options(algorithm: type[Algorithm], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given options, as plain data, and the defaults of the others.

    Raises:
        FgspaceError: the algorithm has no option of that name, needs one that is not given, or a value is not of the
            type that its signature says.
    """
    known = {name: one for name, one in inspect.signature(algorithm).parameters.items() if name not in _GIVEN}
    for name in options:
        if name not in known:
            raise FgspaceError(f"{algorithm.__name__} has no option {name!r}{did_you_mean(name, known)}")
    missing = [name for name, one in known.items() if name not in options and one.default is one.empty]
    if missing:
        raise FgspaceError(f"{algorithm.__name__} needs option {missing[0]!r}")
    given = {name: _taken(algorithm, name, value) for name, value in options.items()}
    return {name: given.get(name, one.default) for name, one in known.items()}


def _taken(algorithm: type[Algorithm], name: str, value: Any) -> Any:
    """Return an option as plain data; one that is none is left to the algorithm itself."""
    try:
        value = plain(value)
    except ValueError:
        return value
    if wrong := misfit(value, parameters(algorithm)[name].annotation):
        inside, message = wrong
        place = ".".join(map(str, (name, *inside)))
        raise FgspaceError(f"{algorithm.__name__}: {place}: {message}")
    return value


def make_algorithm(
    algorithm: type[Algorithm], space: Space, objectives: Objectives, seed: int, options: Mapping[str, Any]
) -> Algorithm:
    """Make the algorithm.

    Raises:
        OptionError: an option has a value that the algorithm does not take.
    """
    try:
        return algorithm(space, objectives, seed=seed, **options)
    except FgspaceError:
        raise
    except FAILURES as error:
        raise OptionError(algorithm.__name__, "search_algorithm", reason(error)) from error
