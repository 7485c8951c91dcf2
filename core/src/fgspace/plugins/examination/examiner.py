"""Examines plugins after they were loaded, as `fgspace plugins` and `--strict` do."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from fgspace.errors import FgspaceError
from fgspace.plugins.examination.targets import Sources
from fgspace.plugins.examination.weight import heavy_imports
from fgspace.plugins.hookspecs import KIND_WORDS
from fgspace.plugins.loading import CORE, PluginRecord, State
from fgspace.plugins.registry import Registry


def examined(registry: Registry, *, strictly: bool = False) -> tuple[PluginRecord, ...]:
    """Return the records of the plugins, with what is wrong with them besides that which loading them tells.

    A type whose target is missing makes its plugin "broken". A plugin that imports something heavy stays as it is, with
    the cause. Strictly, every type is imported.
    """
    modules = {record.name: record.module for record in registry.plugins if record.module and record.milliseconds}
    heavy = heavy_imports(modules)
    sources = Sources()

    def lost(record: PluginRecord) -> Iterator[str]:
        return _unusable(record, registry) if strictly else _missing(record, sources)

    return tuple(_with(lost(record), heavy.get(record.name), record) for record in registry.plugins)


def _with(lost: Iterable[str], heavy: Iterable[str] | None, record: PluginRecord) -> PluginRecord:
    if record.name == CORE:
        return record
    lost, slow = [*lost], [_slow(record, heavy)] if heavy else []
    state: State = "broken" if lost and record.state == "ok" else record.state
    return replace(record, state=state, cause="; ".join([*filter(None, [record.cause]), *lost, *slow]))


def _slow(record: PluginRecord, heavy: Iterable[str]) -> str:
    what = f"{record.module} imports {' and '.join(heavy)}, which every command waits for"
    return f"{what}; leave that to the modules that its targets name"


def _missing(record: PluginRecord, sources: Sources) -> Iterator[str]:
    for kind, provided in record.provides:
        if problem := sources.missing(provided.target):
            yield f"{KIND_WORDS[kind]} {provided.name!r}: {problem}"


def _unusable(record: PluginRecord, registry: Registry) -> Iterator[str]:
    """Import every type, and yield why one cannot be imported."""
    for one in registry.types:
        if one.plugin != record.name:
            continue
        try:
            if not callable(loaded := one.load()):
                yield f"{KIND_WORDS[one.kind]} {one.short_name!r}: {one.target} is {loaded!r}, no class or function"
        except FgspaceError as error:
            yield f"{KIND_WORDS[one.kind]} {one.short_name!r}: {str(error).partition('): ')[2]}"
