"""`fgspace install`: installs plugins by their short names, with pip, and checks them."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.printing import say
from fgspace.cli.publishing.changes import said_after
from fgspace.cli.publishing.pip import changed_by, distribution_of
from fgspace.errors import FgspaceError


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace install`."""
    parser.add_argument("names", metavar="NAME", nargs="+", help="a plugin: acme stands for fgspace-plugin-acme")
    parser.add_argument("--upgrade", action="store_true", help="take the newest version of a plugin that is installed")
    parser.add_argument(
        "--from", dest="folder", metavar="DIR", help="take wheels of a folder alone, without a package index"
    )


def run(arguments: Namespace) -> int:
    """Install the plugins, print what changed, and check all plugins in a new process."""
    wanted = [distribution_of(name) for name in arguments.names]
    options = ["--upgrade"] if arguments.upgrade else []
    if arguments.folder is not None:
        if not Path(arguments.folder).is_dir():
            raise FgspaceError(f"--from: {arguments.folder}: no such folder; it holds the wheels to install")
        options += ["--no-index", "--find-links", arguments.folder]
    if not arguments.json:
        say(f"pip install {' '.join(wanted)}")
    return said_after(changed_by(["install", *options, *wanted], wanted), wanted, arguments.json)
