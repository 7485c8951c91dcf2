"""`fgspace list`: every type that a description can name, with its origin."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import Any

from fgspace.cli.display.table import table
from fgspace.cli.printing import say
from fgspace.plugins.hookspecs import KINDS, NAMED_KINDS
from fgspace.plugins.loading import PluginRecord
from fgspace.plugins.registry import Registry, Type, load_registry

_HEADER = ("KIND", "NAME", "ORIGIN", "VERSION", "SUMMARY")
_SHOWN = 8
"""Plugins that are not in order and named each; of more, the rest is counted."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace list`."""
    parser.add_argument("kind", nargs="?", choices=KINDS, metavar="KIND", help=f"only this kind: {', '.join(KINDS)}")
    parser.add_argument(
        "--strict", action="store_true", help="import every type too, and exit 2 where a plugin is not in order"
    )


def run(arguments: Namespace) -> int:
    """List the types, and report on stderr the plugins that are not in order."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    kinds = NAMED_KINDS if arguments.kind is None else (arguments.kind,)
    types = [one for one in registry.types if one.kind in kinds]
    plugins = _examined(registry) if arguments.strict else registry.plugins
    out_of_order = [record for record in plugins if record.out_of_order]
    if arguments.json:
        _tell(registry, types, out_of_order)
    else:
        say(table([_HEADER, *_rows(registry, types)]))
        for record in out_of_order[:_SHOWN]:
            say(record, file=sys.stderr)
        if more := len(out_of_order[_SHOWN:]):
            say(f"{more} more plugins are not in order; fgspace plugins lists them", file=sys.stderr)
    return 2 if arguments.strict and out_of_order else 0


def _examined(registry: Registry) -> tuple[PluginRecord, ...]:
    from fgspace.plugins.examination.examiner import examined

    return examined(registry, strictly=True)


def _rows(registry: Registry, types: Iterable[Type]) -> Iterable[tuple[str, ...]]:
    for one in types:
        yield one.kind, registry.shortest(one), one.origin.distribution, one.origin.version, one.summary


def _tell(registry: Registry, types: Iterable[Type], out_of_order: Iterable[PluginRecord]) -> None:
    from fgspace.cli.machine import tell

    lost = [str(record) for record in out_of_order]
    tell("list/1", {"types": [_record(registry, one) for one in types], "out_of_order": lost})


def _record(registry: Registry, one: Type) -> dict[str, Any]:
    return {
        "name": registry.shortest(one),
        "full_name": one.name,
        "kind": one.kind,
        "aliases": one.aliases,
        "tags": one.tags,
        "origin": one.origin.distribution,
        "version": one.origin.version,
        "summary": one.summary,
    }
