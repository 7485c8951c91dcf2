"""The `fgspace` command: reads the arguments, imports the one subcommand that was chosen, and runs it."""

import errno
import sys
import warnings
from argparse import Action, ArgumentError, ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import MappingProxyType
from typing import Any, NoReturn, TextIO, cast

from fgspace.cli.printing import escaped, say
from fgspace.cli.streams import escape_what_cannot_be_encoded, open_closed_streams
from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins.versions import __version__
from fgspace.study.executors.streams import Steady, silence

# Name → module and summary. The module has `add_arguments(parser)` and `run(arguments) -> int`, and is imported
# when its subcommand is chosen, so that no subcommand waits for the imports of another.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "search": ("fgspace.cli.commands.search", "search a space, and keep the front"),
        "watch": ("fgspace.cli.studies.watch", "show a search that runs, from another terminal"),
        "status": ("fgspace.cli.studies.status", "tell what a search is at, once"),
        "report": ("fgspace.cli.studies.report", "write what a search did and found as a page, and as figures"),
        "train": ("fgspace.cli.studies.train", "train in full what a search found, or the network of a file"),
        "repair": ("fgspace.cli.studies.repair", "copy what is sound of a damaged study"),
        "why": ("fgspace.cli.studies.why", "tell where a trial of a search comes from"),
        "sample": ("fgspace.cli.commands.sample", "draw points of a space at random"),
        "build": ("fgspace.cli.commands.build", "show the parts of a network, with shapes, params and MACs"),
        "export": ("fgspace.cli.commands.export", "write a network in a format that other programs run"),
        "profile": ("fgspace.cli.commands.profile", "measure on a device what a cost of a file reads"),
        "check": ("fgspace.cli.commands.check", "check a space before any trial"),
        "convert": ("fgspace.cli.commands.convert", "turn a file of another tool into an experiment file"),
        "show": ("fgspace.cli.commands.show", "show a type, or how a file is understood"),
        "schema": ("fgspace.cli.commands.schema", "write the JSON Schema of files, for editors"),
        "new": ("fgspace.cli.commands.new", "write a package for a plugin, with an example of each kind"),
        "list": ("fgspace.cli.commands.list", "list the types that descriptions can name"),
        "install": ("fgspace.cli.publishing.install", "install plugins by their short names, with pip"),
        "uninstall": ("fgspace.cli.publishing.uninstall", "remove plugins, with pip"),
        "search-plugins": ("fgspace.cli.publishing.search_plugins", "find plugins in the catalogue"),
        "plugins": ("fgspace.cli.commands.plugins", "list the plugins, and what became of each"),
    }
)


_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0, 2 after an error of the user, 3 where no trial of a search is feasible, 130 after Ctrl-C.
    """
    open_closed_streams()
    escape_what_cannot_be_encoded(sys.stdout, sys.stderr)
    argv = sys.argv[1:] if argv is None else argv
    for_programs = "--json" in argv
    warnings.showwarning = _shown_once(for_programs)
    stderr = sys.stderr
    sys.stderr = cast(TextIO, Steady(stderr))
    try:
        return _run(argv, for_programs)
    finally:
        sys.stderr = stderr


def _run(argv: Sequence[str], for_programs: bool) -> int:
    try:
        arguments = parser_for(argv, for_programs).parse_args(argv)
        command = import_module(COMMANDS[arguments.command][0])
        with _clean_output() if for_programs else nullcontext():
            status: int = command.run(arguments)
        sys.stdout.flush()
    except FgspaceError as error:
        _say_error(error, for_programs)
        return 2
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of the output (`| head`) has closed it
        silence(sys.stdout)
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        silence(sys.stdout)
        _say_error(FgspaceError(f"the output cannot be written: {error.strerror}; make room"), for_programs)
        return 2
    return status


def _clean_output() -> AbstractContextManager[None]:
    from fgspace.cli.machine import clean_output

    return clean_output()


def _say_error(error: FgspaceError, for_programs: bool) -> None:
    if for_programs:
        from fgspace.cli.machine import tell_error

        tell_error(error)
    else:
        say(error, file=sys.stderr)


def _shown_once(for_programs: bool) -> Callable[..., None]:
    """Return a function that prints the text of a warning without a line of code, and each text once.

    A search of hundreds of candidates would otherwise repeat the same warning.
    """
    said: set[str] = set()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in said:
            said.add(str(message))
            if for_programs:
                from fgspace.cli.machine import tell_note

                tell_note(str(message))
            else:
                say(f"warning: {message}", file=sys.stderr)

    return show


class _Parser(ArgumentParser):
    """The parser of arguments, except that it says what was meant, and prints what was written escaped."""

    for_programs = False

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong, for a program as JSON, and exit with status 2."""
        if self.for_programs:
            _say_error(FgspaceError(message), self.for_programs)
            self.exit(2)
        super().error(message)

    def _check_value(self, action: Action, value: object) -> None:
        choices = [str(choice) for choice in action.choices or ()]
        if choices and value not in choices:
            near = did_you_mean(str(value), choices) or f"; there are {', '.join(choices)}"
            raise ArgumentError(None, f"unknown {str(action.metavar or action.dest).lower()} {value!r}{near}")

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(escaped(message), file)


def parser_for(argv: Sequence[str], for_programs: bool = False) -> ArgumentParser:
    """Return the parser of a command line; it knows the arguments of the command that the line names, and no others."""
    parser = _Parser("fgspace", description="Describe networks in YAML, and search them.")
    parser.for_programs = for_programs
    parser.add_argument("--version", action="version", version=f"fgspace {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        subparser.for_programs = for_programs
        if argv and argv[0] == name:
            import_module(module).add_arguments(subparser)
            subparser.add_argument("--json", action="store_true", help="print JSON, for programs: docs/programs.md")
            _add_plugin_arguments(subparser)
    return parser


def _add_plugin_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("plugins")
    group.add_argument(
        "-p",
        dest="modules",
        metavar="MODULE",
        action="append",
        default=[],
        help="import my_blocks or ./my_blocks.py first, for its types and networks",
    )
    group.add_argument(
        "--no-plugin", metavar="NAME", action="append", default=[], help="leave this plugin out; may be given again"
    )
