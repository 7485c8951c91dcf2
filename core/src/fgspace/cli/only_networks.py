"""Refuses, for commands that need a network, a file that describes none."""

from argparse import Namespace
from pathlib import Path

from fgspace.cli.arguments import imports
from fgspace.documents.descriptions import is_network
from fgspace.documents.shell import command
from fgspace.errors import FgspaceError
from fgspace.spaces.space import Space


def check_is_network(space: Space, arguments: Namespace, what: str) -> None:
    """Raise FgspaceError where a space lists no modules, so that it holds no network to build or to export."""
    if not is_network(space.tree):
        show = command("fgspace", "show", Path(arguments.file), *imports(arguments))
        raise FgspaceError(f"{arguments.file}: lists no modules, so there is no network to {what}; see: {show}")
