"""Loads the installed plugins, each on its own, and returns a record of every one."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from time import perf_counter
from typing import Any, Literal, NamedTuple

import pluggy

from fgspace.errors import FgspaceError
from fgspace.plugins import hookspecs
from fgspace.plugins.discovery.distributions import normal
from fgspace.plugins.discovery.entry_points import installed
from fgspace.plugins.hookspecs import KIND_WORDS, Kind
from fgspace.plugins.provisions import PREFIX, Provisions, arguments_of, provisions, told
from fgspace.plugins.versions import API_VERSION, OLDEST_API_VERSION, __version__

GROUP = "fgspace"
CORE = "fgspace"
"""The plugin name under which core provides its own types, through the hooks that every plugin uses."""
PROGRAM = "program"
"""The plugin name of the types that a program registered for itself."""

State = Literal["ok", "disabled", "incompatible", "broken", "conflict"]


@dataclass(frozen=True)
class PluginRecord:
    """The state of one plugin after loading; `provides` holds the types that can be used, in every state.

    `module` is what its entry point names, empty where that is unknown.
    """

    name: str
    distribution: str
    version: str
    state: State = "ok"
    cause: str = ""
    milliseconds: float = 0.0
    provides: Provisions = ()
    module: str = ""

    @property
    def out_of_order(self) -> bool:
        """Whether its author or its user has something to correct."""
        return bool(self.cause) and self.state != "disabled"

    def __str__(self) -> str:
        return f"plugin {self.name!r} ({self.distribution} {self.version}): {self.cause}"


class Selection(NamedTuple):
    """The plugins that are left out, each with the reason; a plugin is named by its own name or its distribution's."""

    left_out: Mapping[str, str]
    allowed: frozenset[str] | None = None

    def against(self, record: PluginRecord) -> str | None:
        """Return why a plugin is left out, None if it is not."""
        for name, reason in self.left_out.items():
            if _names(name, record):
                return f"left out by {reason}"
        if self.allowed is not None and not any(_names(name, record) for name in self.allowed):
            return "left out by FGSPACE_PLUGINS, which does not name it"
        return None


def _names(name: str, record: PluginRecord) -> bool:
    """Return whether a word stands for a plugin: its own name, or that of its distribution in any spelling."""
    return name == record.name or normal(name) == normal(record.distribution)


class _Hooks(pluggy.PluginManager):
    """Looks only at a plugin's `fgspace_` attributes, so that no property or lazy attribute of it is evaluated.

    A hook that takes arguments is left to `provisions`, which says so: pluggy would refuse the whole plugin.
    """

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        options = super().parse_hookimpl_opts(plugin, name) if name.startswith(PREFIX) else None
        return None if options is None or arguments_of(getattr(plugin, name)) else options


def selection(no_plugin: Iterable[str] = (), environ: Mapping[str, str] = os.environ) -> Selection:
    """Read from the command line and the environment which plugins are left out.

    Raises:
        FgspaceError: core itself is to be left out.
    """
    left_out = dict.fromkeys(_words(environ.get("FGSPACE_DISABLE_PLUGINS", "")), "FGSPACE_DISABLE_PLUGINS")
    left_out |= dict.fromkeys(no_plugin, "--no-plugin")
    if CORE in left_out:
        raise FgspaceError(f"{left_out[CORE]} names {CORE!r}, which is core itself and cannot be left out")
    allowed = environ.get("FGSPACE_PLUGINS")
    return Selection(left_out, None if allowed is None else frozenset(_words(allowed)))


def load_plugins(chosen: Selection) -> tuple[PluginRecord, ...]:
    """Load the selected plugins, and return a record of every plugin: core's first, then by name."""
    hooks = _Hooks(GROUP)
    hooks.add_hookspecs(hookspecs)
    core = _load(hooks, PluginRecord(CORE, "fgspace", __version__), lambda: import_module("fgspace.plugins.builtin"))
    taken = {(kind, name) for kind, provided in core.provides for name in (provided.name, *provided.aliases)}
    return (core, *(_beside(taken, record) for record in _others(hooks, chosen)))


def _others(hooks: pluggy.PluginManager, chosen: Selection) -> Iterator[PluginRecord]:
    found = sorted(installed(GROUP), key=lambda one: (one.name, one.distribution))
    records = [PluginRecord(one.name, one.distribution, one.version, module=one.module) for one in found]
    loadable = [record for record, one in zip(records, found, strict=True) if one.load is not None]
    enabled = [record for record in loadable if chosen.against(record) is None]
    for record, one in zip(records, found, strict=True):
        if reason := chosen.against(record):
            yield replace(record, state="disabled", cause=reason)
        elif one.load is None:
            yield _with(one.problems, record)
        elif clash := _clash(record, enabled):
            yield replace(record, state="conflict", cause=clash)
        else:
            yield _with(one.problems, _load(hooks, record, one.load))


def _with(problems: Iterable[str], record: PluginRecord) -> PluginRecord:
    causes = [*problems, *filter(None, [record.cause])]
    state: State = "broken" if problems and record.state == "ok" else record.state
    return replace(record, state=state, cause="; ".join(causes))


def _clash(record: PluginRecord, enabled: Iterable[PluginRecord]) -> str | None:
    if record.name in (CORE, PROGRAM):
        owner = "core" if record.name == CORE else "what a program registers"
        return f"the name {record.name!r} is kept for {owner}; its author has to name it otherwise"
    same = [f"{other.distribution} {other.version}" for other in enabled if other.name == record.name]
    if len(same) == 1:
        return None
    way_out = "uninstall one, or leave one out with --no-plugin and the distribution's name"
    return f"{' and '.join(same)} have a plugin of this name each; {way_out}"


def _load(hooks: pluggy.PluginManager, record: PluginRecord, load: Callable[[], object]) -> PluginRecord:
    started = perf_counter()
    loaded = _attempt(hooks, record, load)
    return replace(loaded, milliseconds=(perf_counter() - started) * 1000)


def _attempt(hooks: pluggy.PluginManager, record: PluginRecord, load: Callable[[], object]) -> PluginRecord:
    # SystemExit too: a plugin that exits when imported must not end the command. KeyboardInterrupt is the user's.
    try:
        plugin = load()
        if mismatch := _outside_interface(record, plugin):
            return replace(record, state="incompatible", cause=mismatch)
        _register(hooks, plugin, record.name)
    except (Exception, SystemExit) as error:
        return replace(record, state="broken", cause=told(error))
    provides, problems = provisions(hooks, plugin)
    state: State = "broken" if problems else "ok"
    return replace(record, state=state, cause="; ".join(problems), provides=provides)


def _outside_interface(record: PluginRecord, plugin: object) -> str | None:
    api = getattr(plugin, "fgspace_api", API_VERSION)
    oldest, newest = OLDEST_API_VERSION, API_VERSION
    if not isinstance(api, int) or isinstance(api, bool):
        raise TypeError(f"fgspace_api is {api!r}, not an integer")
    if oldest <= api <= newest:
        return None
    served = f"{newest}" if oldest == newest else f"{oldest} to {newest}"
    upgrade = "fgspace" if api > newest else record.distribution
    return f"it is written for plugin interface {api}, and this fgspace serves {served}; upgrade {upgrade}"


def _register(hooks: pluggy.PluginManager, plugin: object, name: str) -> None:
    try:
        hooks.register(plugin, name)
    except pluggy.PluginValidationError:
        if hooks.has_plugin(name):
            hooks.unregister(name=name)
        raise


def _beside(core_names: set[tuple[Kind, str]], record: PluginRecord) -> PluginRecord:
    """Mark a plugin one of whose types has the name of one of core's: only its full name can be used."""
    shadows = [
        f"{KIND_WORDS[kind]} {name!r} is core's own, so this one is {f'{record.name}/{name}'!r} only"
        for kind, provided in record.provides
        for name in (provided.name, *provided.aliases)
        if (kind, name) in core_names
    ]
    if not shadows:
        return record
    state: State = "broken" if record.state == "broken" else "conflict"
    return replace(record, state=state, cause="; ".join([*filter(None, [record.cause]), *shadows]))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
