"""`fgspace status`: tells what a search is at, once."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.arguments import imports
from fgspace.cli.display.panel import in_full
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.documents.shell import command
from fgspace.runs.watching.reading import Reading


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace status`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder of a search")


def run(arguments: Namespace) -> int:
    """Print the status of the search in a folder."""
    status, _, _ = Reading(arguments.dir).look()
    if arguments.json:
        tell("status/1", {"folder": str(arguments.dir), **status.to_json()})
        return 0
    say("\n".join(in_full(status)))
    if status.state in ("killed", "stopped") and (file := arguments.dir / "experiment.yaml").exists():
        again = command("fgspace", "search", file, "--out", arguments.dir, "--resume", *imports(arguments))
        say(f"go on: {again}")
    return 0
