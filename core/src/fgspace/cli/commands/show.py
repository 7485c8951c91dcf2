"""`fgspace show`: shows a type of the registry, or how a file is understood."""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace show`."""
    parser.add_argument("what", metavar="TYPE|FILE", help="a name that stands after `type:`, or a YAML file")


def run(arguments: Namespace) -> int:
    """Show the file of this name if there is one, else the type."""
    is_file = arguments.what.endswith((".yaml", ".yml")) or Path(arguments.what).is_file()
    status: int = import_module(f"fgspace.cli.showing.show_{'file' if is_file else 'type'}").run(arguments)
    return status
