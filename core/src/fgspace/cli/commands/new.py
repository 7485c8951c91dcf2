"""`fgspace new`: writes a package for a plugin, with a working example of each kind that is asked for."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.cli.publishing.kinds import NEW_KINDS
from fgspace.cli.publishing.package import NewPackage
from fgspace.documents.shell import command
from fgspace.errors import FgspaceError


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace new`."""
    parser.add_argument("name", metavar="NAME", help="the name of the plugin: acme makes fgspace-plugin-acme")
    parser.add_argument(
        "--kind",
        metavar="KIND",
        dest="kinds",
        nargs="+",
        action="extend",
        choices=list(NEW_KINDS),
        help=f"what it provides, one or more of {', '.join(NEW_KINDS)} (default: module)",
    )
    parser.add_argument("--out", metavar="DIR", default=".", help="where its folder is made (default: here)")
    parser.add_argument("--author", metavar="NAME", default="", help="who writes it")
    parser.add_argument(
        "--diff", action="store_true", help="write nothing; print how the package in DIR differs from the templates"
    )


def run(arguments: Namespace) -> int:
    """Write the package, and print what to do next; or print the differences."""
    kinds = tuple(dict.fromkeys(arguments.kinds or ["module"]))
    package = NewPackage(arguments.name, kinds, arguments.author or f"{arguments.name} contributors")
    differences = list(package.differences(Path(arguments.out))) if arguments.diff else []
    folder = Path(arguments.out) / package.folder
    if not arguments.diff:
        _write(package, folder)
    if arguments.json:
        written = [] if arguments.diff else list(package.files())
        tell("new/1", {"folder": str(folder), "files": written, "differences": differences})
    elif arguments.diff:
        say("\n".join(differences) or f"{package.folder}: as the templates are")
    else:
        _say_what_is_next(package, folder)
    return 0


def _say_what_is_next(package: NewPackage, folder: Path) -> None:
    say(f"{folder}: {len(package.files())} files")
    say("next:")
    say(f"  {command('cd', folder)}")
    say("  pip install -e '.[dev]'")
    say(f"  {command('fgspace', 'check', package.name)}")


def _write(package: NewPackage, folder: Path) -> None:
    if folder.exists():
        raise FgspaceError(f"{folder}: exists already; --diff shows how it differs from the templates")
    for path, text in package.files().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
