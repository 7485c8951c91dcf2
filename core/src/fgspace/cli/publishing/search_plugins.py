"""`fgspace search-plugins`: finds plugins in the catalogue, by what they are for."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.display.table import table
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.cli.publishing.catalogue import catalogue
from fgspace.cli.publishing.pip import PREFIX
from fgspace.errors import FgspaceError
from fgspace.plugins.discovery.distributions import normal, on_path

_HEADER = ("PLUGIN", "INSTALLED", "PROVIDES", "WHAT FOR")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace search-plugins`."""
    parser.add_argument("words", metavar="WORD", nargs="*", help="each in the name, the summary or the kinds")
    parser.add_argument("--catalogue", metavar="FILE", type=Path, help="another catalogue than that of fgspace")


def run(arguments: Namespace) -> int:
    """List the plugins of the catalogue that have every word."""
    found = [one for one in catalogue(arguments.catalogue) if one.matches(arguments.words)]
    if not found:
        raise FgspaceError(
            f"no plugin of the catalogue has {' and '.join(map(repr, arguments.words))}; give fewer words"
        )
    versions = {one.key: one.version for one in on_path()}
    rows = [(one, versions.get(normal(f"{PREFIX}{one.name}"), "")) for one in found]
    if arguments.json:
        tell(
            "catalogue/1",
            {"plugins": [{**vars(one), "provides": list(one.provides), "installed": v} for one, v in rows]},
        )
    else:
        say(table([_HEADER, *((one.name, v or "no", ", ".join(one.provides), one.summary) for one, v in rows)]))
        say("fgspace install PLUGIN installs one")
    return 0
