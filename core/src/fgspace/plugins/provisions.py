"""Calls a plugin's hooks one by one, and checks each record: a bad hook or record loses only itself."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pluggy

from fgspace.errors import did_you_mean
from fgspace.plugins.hookspecs import HOOKS, KIND_WORDS, NAME, Kind, Provided

Provisions = tuple[tuple[Kind, Provided], ...]

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


def _misnamed(hooks: pluggy.PluginManager, plugin: object) -> Iterator[str]:
    callers = hooks.get_hookcallers(plugin) or []
    for caller in callers:
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls()):
            yield f"there is no hook {caller.name!r}{did_you_mean(caller.name, HOOKS)}"
    implemented = {caller.name for caller in callers}
    for name in vars(plugin) if hasattr(plugin, "__dict__") else ():
        if name.startswith("fgspace_provide") and name not in implemented:
            yield f"{name!r} is not marked with @hookimpl"
            implemented.add(name)
    if not implemented:
        yield "it implements no hook, such as 'fgspace_provide_modules'"


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
    for name in (item.name, *item.aliases):
        if not (isinstance(name, str) and NAME.fullmatch(name)):
            return f"{name!r} as a name, which is not a word without spaces and '/'"
    if not (isinstance(item.target, str) and _TARGET.fullmatch(item.target)):
        return f"{item.name!r} the target {item.target!r}, which is not 'package.module:Attribute'"
    if not (isinstance(item.summary, str) and len(item.summary.splitlines()) <= 1):
        return f"{item.name!r} a summary that is not one line"
    return None


def _twice(taken: set[tuple[Kind, str]], kind: Kind, item: Provided) -> str | None:
    again = [name for name in (item.name, *item.aliases) if (kind, name) in taken]
    return f"the {KIND_WORDS[kind]} {again[0]!r} twice" if again else None


def told(error: BaseException) -> str:
    """Return an exception of a plugin as one line."""
    if isinstance(error, ImportError | pluggy.PluginValidationError):
        return "; ".join(str(error).splitlines())
    return f"{type(error).__name__}: {error}"
