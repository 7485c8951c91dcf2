"""`fgspace uninstall`: removes plugins by their short names, with pip."""

from argparse import ArgumentParser, Namespace

from fgspace.cli.printing import say
from fgspace.cli.publishing.changes import said_after
from fgspace.cli.publishing.pip import PREFIX, changed_by
from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins.discovery.distributions import normal
from fgspace.plugins.loading import CORE, PluginRecord
from fgspace.plugins.registry import load_registry


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace uninstall`."""
    parser.add_argument("names", metavar="NAME", nargs="+", help="a plugin, or its distribution")


def run(arguments: Namespace) -> int:
    """Remove the plugins, and print what changed; what they depend on stays."""
    records = [one for one in load_registry().plugins if one.name != CORE]
    removed = [one for name in dict.fromkeys(arguments.names) for one in _distributions(name, records)]
    changes = changed_by(["uninstall", "--yes", *removed], removed)
    if not arguments.json:
        say(f"pip uninstall {' '.join(removed)}")
    return said_after(changes, removed, arguments.json)


def _distributions(name: str, records: list[PluginRecord]) -> list[str]:
    if normal(name) == CORE:
        raise FgspaceError("'fgspace' is core itself; pip uninstall fgspace removes it")
    found = [one.distribution for one in records if name == one.name or normal(name) == normal(one.distribution)]
    if len(found) > 1:
        raise FgspaceError(f"{name!r} is a plugin of {' and of '.join(found)}; name the distribution")
    if not found:
        known = [*(one.name for one in records), *(one.distribution for one in records)]
        near = did_you_mean(name, known) or "; fgspace plugins lists those that are installed"
        raise FgspaceError(f"no plugin {name.removeprefix(PREFIX)!r} is installed{near}")
    return found
