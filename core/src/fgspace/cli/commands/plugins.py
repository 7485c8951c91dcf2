"""`fgspace plugins`: lists the installed plugins, the types that they provide, and their states."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from typing import Any

from fgspace.cli.display.table import table
from fgspace.cli.printing import say
from fgspace.plugins.examination.examiner import examined
from fgspace.plugins.hookspecs import KIND_WORDS, KINDS
from fgspace.plugins.loading import PluginRecord
from fgspace.plugins.registry import load_registry

_BROKEN = (
    "a broken plugin: fgspace install NAME --upgrade, or tell its author; until then, --no-plugin NAME leaves it out"
)
_HEADER = ("PLUGIN", "STATE", "ORIGIN", "VERSION", "MS", "PROVIDES")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace plugins`."""
    parser.add_argument(
        "--strict", action="store_true", help="import every type too, and exit 2 where a plugin is not in order"
    )


def run(arguments: Namespace) -> int:
    """List the plugins, with the cause below each that is not in order, and what to do about broken ones."""
    plugins = examined(load_registry(arguments.no_plugin, arguments.modules), strictly=arguments.strict)
    if arguments.json:
        _tell(plugins)
    else:
        say("\n".join(_lines(plugins)))
    return 2 if arguments.strict and any(record.out_of_order for record in plugins) else 0


def _lines(plugins: tuple[PluginRecord, ...]) -> Iterator[str]:
    header, *lines = table([_HEADER, *map(_row, plugins)]).splitlines()
    yield header
    for record, line in zip(plugins, lines, strict=True):
        yield line
        if record.cause:
            yield f"    {record.cause}"
    if any(record.state == "broken" for record in plugins):
        yield _BROKEN


def _row(record: PluginRecord) -> tuple[str, ...]:
    counts = Counter(kind for kind, _ in record.provides)
    provides = ", ".join(
        f"{counts[kind]} {KIND_WORDS[kind]}{'s' * (counts[kind] > 1)}" for kind in KINDS if kind in counts
    )
    return record.name, record.state, record.distribution, record.version, f"{record.milliseconds:.1f}", provides


def _tell(plugins: tuple[PluginRecord, ...]) -> None:
    from fgspace.cli.machine import tell

    tell("plugins/1", {"plugins": [_record(record) for record in plugins]})


def _record(record: PluginRecord) -> dict[str, Any]:
    provides: dict[str, list[str]] = {}
    for kind, one in record.provides:
        provides.setdefault(kind, []).append(one.name)
    return {
        "name": record.name,
        "state": record.state,
        "distribution": record.distribution,
        "version": record.version,
        "cause": record.cause,
        "milliseconds": round(record.milliseconds, 3),
        "provides": provides,
    }
