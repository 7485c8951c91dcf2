"""Calls a plugin's hooks one by one, and checks each record: a bad hook or record loses only itself."""

import inspect
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from importlib import import_module
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import Any

import pluggy

from fgspace.errors import brief, did_you_mean, nearest
from fgspace.plugins.hookspecs import HOOKS, KIND_WORDS, NAME, Kind, Provided

Provisions = tuple[tuple[Kind, Provided], ...]

PREFIX = "fgspace_"
"""What the names of hooks begin with."""

_API = "fgspace_api"
_RESTS = tuple(hook.removeprefix(PREFIX) for hook in HOOKS)
_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_FULL_NAME = re.compile(r"[^\s/]+/[^\s/]+")


def provisions(hooks: pluggy.PluginManager, plugin: object) -> tuple[Provisions, tuple[str, ...]]:
    """Return the sound records of a registered plugin, and what is wrong with the others."""
    provides: list[tuple[Kind, Provided]] = []
    problems = list(_misnamed(hooks, plugin))
    taken: set[tuple[Kind, str]] = set()
    for hook, kind in HOOKS.items():
        for item in _call(hooks, plugin, hook, problems):
            if problem := _junk(item) or _twice(taken, kind, item):
                problems.append(f"{hook} gives {problem}")
            else:
                provides.append((kind, item))
                taken.update((kind, name) for name in (item.name, *item.aliases))
    return tuple(provides), tuple(dict.fromkeys(problems))


def arguments_of(hook: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that a function of a plugin must be given; a hook is given none."""
    declared = inspect.signature(hook).parameters.values()
    return [one.name for one in declared if one.default is one.empty and one.kind not in _STARRED]


def _misnamed(hooks: pluggy.PluginManager, plugin: object) -> Iterator[str]:
    callers = hooks.get_hookcallers(plugin) or []
    for caller in callers:
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls()):
            yield f"there is no hook {caller.name!r}{did_you_mean(caller.name, HOOKS)}"
    implemented = {caller.name for caller in callers}
    meant = [
        problem
        for name, thing in (vars(plugin) if hasattr(plugin, "__dict__") else {}).items()
        if name not in implemented and (problem := _meant(name, thing))
    ]
    yield from meant
    if not (implemented or meant):
        yield "it implements no hook, such as 'fgspace_provide_modules'"


def _meant(name: str, thing: Any) -> str | None:
    """Return what is wrong with an attribute of a plugin that was meant for fgspace, None where it was not."""
    if isinstance(thing, FunctionType) and hasattr(thing, "fgspace_impl"):
        if not name.startswith(PREFIX):
            return f"{name!r} is marked with @hookimpl, but is no hook{did_you_mean(name, HOOKS)}"
        arguments = " and ".join(map(repr, arguments_of(thing)))
        return f"{name} takes {arguments}; a hook takes no arguments"
    if isinstance(thing, ModuleType) or name == _API:
        return None
    rest = name.lower().partition("fgspace")[2].strip("_")
    if name.startswith(PREFIX) and (rest.startswith("provide") or (callable(thing) and nearest(rest, _RESTS))):
        return f"{name!r} is not marked with @hookimpl"
    api = not callable(thing) and (rest.startswith("api") or nearest(rest, ["api"]))
    return f"there is no {name!r}; did you mean {_API!r}?" if api else None


def _call(hooks: pluggy.PluginManager, plugin: object, hook: str, problems: list[str]) -> list[Any]:
    caller = getattr(hooks.hook, hook)
    implementations = [impl for impl in caller.get_hookimpls() if impl.plugin is plugin]
    try:
        given = [impl.function() for impl in implementations]
        if any(isinstance(items, str) or not isinstance(items, Iterable) for items in given):
            raise TypeError(f"it returned {given[0]!r}, not a list of Provided records")
        return [item for items in given for item in items]
    except (Exception, SystemExit) as error:
        problems.append(f"{hook} failed: {told(error)}")
        return []


def _junk(item: Any) -> str | None:
    """Return what is wrong with a record that a hook returned, None if nothing is."""
    if not isinstance(item, Provided):
        return f"{item!r}, which is not a Provided record"
    if not all(isinstance(given, tuple) for given in (item.aliases, item.tags, item.formerly)):
        return f"{item.name!r} with aliases, tags or former names that are not a tuple"
    for former in item.formerly:
        if not (isinstance(former, str) and (_TARGET.fullmatch(former) or _FULL_NAME.fullmatch(former))):
            what = "which is neither 'package.module:Attribute' nor 'plugin/name'"
            return f"{item.name!r} the former name {former!r}, {what}"
    if not (item.suits is None or callable(item.suits)):
        return f"{item.name!r} with suits={item.suits!r}, which is not a function"
    if not _are_examples(item.examples):
        what = "neither a tuple of mappings nor 'package.module:function'"
        return f"{item.name!r} with examples={brief(item.examples)}, which is {what}"
    for name in (item.name, *item.aliases):
        if not (isinstance(name, str) and NAME.fullmatch(name)):
            return f"{name!r} as a name, which is not a word without spaces and '/'"
    if not (isinstance(item.target, str) and _TARGET.fullmatch(item.target)):
        return f"{item.name!r} the target {item.target!r}, which is not 'package.module:Attribute'"
    if not (isinstance(item.summary, str) and len(item.summary.splitlines()) <= 1):
        return f"{item.name!r} a summary that is not one line"
    return None


def _are_examples(given: Any) -> bool:
    if isinstance(given, str):
        return _TARGET.fullmatch(given) is not None
    return isinstance(given, tuple) and all(isinstance(one, Mapping) for one in given)


def _twice(taken: set[tuple[Kind, str]], kind: Kind, item: Provided) -> str | None:
    again = [name for name in (item.name, *item.aliases) if (kind, name) in taken]
    return f"the {KIND_WORDS[kind]} {again[0]!r} twice" if again else None


def imported(target: str) -> Any:
    """Import what a target "package.module:Attribute" names.

    Raises:
        ImportError: it cannot be imported, for whatever reason.
    """
    module, _, attribute = target.partition(":")
    try:
        found = import_module(module)
    except (Exception, SystemExit) as error:  # the code of a plugin
        raise ImportError(placed(error)) from error
    try:
        return reduce(getattr, attribute.split("."), found)
    except AttributeError as error:
        raise ImportError(str(error)) from error


def told(error: BaseException) -> str:
    """Return an exception of a plugin as one line."""
    if isinstance(error, ImportError | pluggy.PluginValidationError):
        return "; ".join(str(error).splitlines())
    return f"{type(error).__name__}: {error}"


def placed(error: BaseException) -> str:
    """Return an exception of the code of a module that was imported as one line, with the file and line of it."""
    if isinstance(error, ImportError | SyntaxError) or error.__traceback__ is None:
        return told(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{PurePath(place.filename).name}:{place.lineno}: {told(error)}"
