"""Tells the kind of a class or function of a program by its contract, where the program does not say it."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, cast

from fgspace.errors import FgspaceError
from fgspace.plugins.hookspecs import KIND_WORDS, Kind

PROCESS = "process"
"""Written as a kind: a module type with this tag."""

# By name: core's lower layers cannot import the contracts, nor torch.
_BASES = {
    ("fgspace.study.algorithms.algorithm", "Algorithm"): "algorithm",
    ("fgspace.study.early_stopping.rule", "EarlyStopping"): "early_stopping",
    ("fgspace.spaces.python_spaces", "_SpaceClass"): "search_space",
    ("fgspace.study.evaluator", "Evaluator"): "evaluator",
    ("fgspace.study.dataset", "Dataset"): "dataset",
    ("fgspace.study.executors.executor", "Executor"): "executor",
    ("concurrent.futures._base", "Executor"): "executor",
    ("fgspace.config.converter", "Converter"): "converter",
    ("fgspace.network.count.counted", "CostType"): "cost",
    ("fgspace.study.measuring.measurement", "Measurement"): "measurement",
    ("fgspace.study.observers.observer", "Observer"): "observer",
    ("fgspace.network.process", "Process"): PROCESS,
    ("fgspace.network.parts.part", "Part"): "module",
    ("torch.nn.modules.module", "Module"): "module",
}
_METHODS = {
    "algorithm": ("ask", "tell"),
    "early_stopping": ("check", "learn"),
    "search_space": ("init_tokens", "range_table", "token2arch"),
    "dataset": ("load",),
    "executor": ("submit", "__enter__", "__exit__"),
    "converter": ("recognises", "convert"),
    PROCESS: ("layers_after",),
}
"""Kind → the methods that a class of this kind has, where it has none of the bases."""
_NOT_CALLED = ("dataset", "executor")
_CALLED_WITH = 2
"""The number of arguments that a process is called with: the model, and the shape of its input."""
_MODELS, _PATHS = ("model", "network", "net", "module"), ("path", "file", "output")
"""What the first two parameters of an exporter may be called."""


def kind_of(name: str, thing: Any) -> str:
    """Return the kind of a class or function: a kind of types, or "process".

    A class has the kind of its base; without one, of the contract whose members it has. A function makes a module,
    unless its parameters are those of an exporter. A class whose instances are not called is a module type too.

    Raises:
        FgspaceError: it keeps several contracts, or its instances are called and it keeps none.
    """
    found = sorted({*_of_class(thing)} if isinstance(thing, type) else {*_of_function(thing)})
    if len(found) == 1:
        return found[0]
    if not found and not (isinstance(thing, type) and _call(thing)):
        return "module"
    signs = f"may be {' or '.join(map(a_kind, found))}" if found else "keeps no contract that tells its kind"
    raise FgspaceError(f"{name!r} {signs}; write its kind: @fgspace.register(kind={(found or ['evaluator'])[0]!r})")


def unfit(kind: str, name: str, thing: Any) -> str | None:
    """Return why a thing that is no class cannot be of a kind, in one sentence; None where it may be."""
    if isinstance(thing, type):
        return None
    if any(_of_class(type(thing))):
        return f"{name!r} is an instance; register the class {type(thing).__name__} itself"
    given = _required(thing)
    if kind == "evaluator" and given[:1] == ["description"]:
        whole = "with metrics = ('score',), and with the function as __call__(self, description)"
        return f"evaluator {name!r} is a function; write a class {whole}"
    if kind == PROCESS and len(given) >= _CALLED_WITH:
        return f"process {name!r} is a function; write a class, with the function as __call__(self, model, input_shape)"
    return None


def _of_class(thing: type) -> Iterator[str]:
    bases = {_BASES[base] for one in thing.__mro__ if (base := (one.__module__, one.__name__)) in _BASES}
    if bases:
        yield from bases
        return
    call = _call(thing)
    for kind, names in _METHODS.items():
        if all(callable(getattr(thing, name, None)) for name in names) and not (call and kind in _NOT_CALLED):
            yield kind
    given = _required(call)[1:]
    if call and (_has(thing, "metrics") or given[:1] == ["description"]):
        yield "evaluator"
    elif call and given == ["network"]:
        yield "cost"
    elif len(given) == _CALLED_WITH:
        yield PROCESS


def _of_function(thing: Callable[..., Any]) -> Iterator[str]:
    model, path, *rest = [*_required(thing), "", ""]
    if model in _MODELS and path in _PATHS and any(rest):
        yield "exporter"
    if model == "description":
        yield "evaluator"


def _call(thing: type) -> Any:
    """Return the method that a call of an instance calls, None where instances cannot be called."""
    return next((vars(one)["__call__"] for one in thing.__mro__ if "__call__" in vars(one)), None)


def _has(thing: type, name: str) -> bool:
    annotated = (vars(one).get("__annotations__") for one in thing.__mro__)
    return hasattr(thing, name) or any(name in one for one in annotated if isinstance(one, dict))


def _required(function: Any) -> list[str]:
    """Return the names of the parameters that a call without names has to give."""
    try:
        declared = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one.name for one in declared if one.default is one.empty and one.kind in kinds]


def a_kind(kind: str) -> str:
    """Return a kind as messages call it, with its article."""
    words = KIND_WORDS.get(cast(Kind, kind), kind)
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
