"""Reads the arguments that a program gives to a study, or says what to give instead."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.config.loading import space_of
from fgspace.documents.plain import as_plain
from fgspace.errors import FgspaceError, brief, did_you_mean, nearest
from fgspace.spaces.space import Space
from fgspace.study.algorithms.algorithm import Algorithm

_ELSEWHERE = {
    **dict.fromkeys(
        ("folder", "path", "dir", "directory", "out", "storage", "db", "file"),
        "the folder of a study is its argument 'store'",
    ),
    **dict.fromkeys(
        ("trials", "budget", "n_trials", "evaluate", "executor", "workers", "on_trial"),
        "study.run(evaluate, trials, executor) takes what a run needs",
    ),
    **dict.fromkeys(
        ("space", "direction", "directions", "metrics"), "objectives={'accuracy': 'max'} names what is searched for"
    ),
}
"""What a program may give to a study as an option → what to write."""


def space_argument(given: Any) -> Space:
    """Return the space to search: a space, a space class, or whatever `fgspace.space` takes."""
    return given if isinstance(given, Space) else space_of(given)


def algorithm_argument(given: Any, options: Mapping[str, Any]) -> tuple[str | type[Algorithm], dict[str, Any]]:
    """Return the name or class of an algorithm, and its options; `{"type": name, **options}` is both."""
    if given is None:
        return "Auto", dict(options)
    if isinstance(given, Mapping) and "type" in given:
        return algorithm_argument(given["type"], {**{key: given[key] for key in given if key != "type"}, **options})
    if isinstance(given, str):
        return given, dict(options)
    if isinstance(given, Algorithm):
        raise FgspaceError(f"algorithm: give the class {type(given).__name__} and its options, not an instance")
    if not (isinstance(given, type) and issubclass(given, Algorithm)):
        expected = "the name of an algorithm, such as 'RandomSearch', or a subclass of fgspace.Algorithm"
        raise FgspaceError(f"algorithm: expected {expected}; got {brief(given)}")
    if inspect.isabstract(given):
        raise FgspaceError(f"algorithm: {given.__name__} lacks {' and '.join(sorted(given.__abstractmethods__))}")
    return given, dict(options)


def check_options(kind: type[Algorithm], options: Mapping[str, Any], of_study: Sequence[str]) -> None:
    """Refuse options that the algorithm does not have where the study, or its run, is what takes them."""
    known = inspect.signature(kind).parameters
    for name in options:
        if name in known or nearest(name, known):
            continue
        if hint := _ELSEWHERE.get(name) or did_you_mean(name, of_study).removeprefix("; "):
            raise FgspaceError(f"neither Study nor {kind.__name__} takes {name!r}; {hint}")


def rule_argument(given: Any) -> Mapping[str, Any] | None:
    """Return a rule of early stopping as a mapping with `type`; a name or a class is one too."""
    if given is None or given == {}:
        return None
    written = given if isinstance(given, Mapping) else {"type": given} if isinstance(given, str | type) else {}
    if "type" not in written:
        raise FgspaceError(f"early_stopping: expected a rule, such as {{'type': 'MedianStop'}}; got {brief(given)}")
    return written


def points_argument(given: Any, space: Space) -> Sequence[Any] | Mapping[str, Any]:
    """Return initial points: a list of them, or a mapping of names to them."""
    if given is None:
        return ()
    given = given.tolist() if hasattr(given, "dtype") and hasattr(given, "tolist") else given
    one = isinstance(given, Mapping) and given.keys() <= space.hyper_parameters.keys() and bool(given)
    if one or isinstance(given, str | bytes) or not isinstance(given, Mapping | Sequence):
        hint = f"; write [{brief(given)}]" if one else ""
        raise FgspaceError(f"initial_points: expected a list of points, got {brief(given)}{hint}")
    return given


def recorded(name: str, given: Any) -> Any:
    """Return a mapping that is recorded with the study, as plain JSON."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        hint = "; the evaluator itself goes to study.run(evaluate, trials)" if name == "evaluator" else ""
        raise FgspaceError(f"{name}: expected a mapping that is recorded with the study, got {brief(given)}{hint}")
    return as_plain(given, name)


def check_evaluate(given: Any) -> None:
    """Check that this can be called with a description."""
    if isinstance(given, type):
        raise FgspaceError(f"evaluate: {given.__name__} is a class; give an instance, such as {given.__name__}()")
    if not callable(given):
        what = "a function of a description, or an object of an evaluator's class"
        raise FgspaceError(f"evaluate: expected {what}, got {brief(given)}")


def check_executor(given: Any) -> None:
    """Check that this has the interface of an executor."""
    if isinstance(given, type):
        raise FgspaceError(f"executor: {given.__name__} is a class; give an instance, such as {given.__name__}()")
    if given is not None and not hasattr(given, "submit"):
        workers = given if isinstance(given, int) else 2
        raise FgspaceError(f"executor: expected an executor, such as ProcessExecutor({workers}); got {brief(given)}")
