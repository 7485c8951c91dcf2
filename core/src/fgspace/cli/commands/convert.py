"""`fgspace convert`: turns a file of another tool into an experiment file."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from fgspace.cli.arguments import imports
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.config.converter import Converted, ForeignFile
from fgspace.config.foreign_files import lacks_converters, read_foreign, recognised
from fgspace.documents.laid_out import Comment, laid_out
from fgspace.documents.plain import plain
from fgspace.documents.shell import command
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Registry, Type, load_registry
from fgspace.runs.atomic_write import write_atomically


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace convert`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a file of another tool")
    parser.add_argument(
        "--format", metavar="NAME", help="the converter to use, where several know the file: fgspace list converter"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="the file to write (default: to standard output)")
    parser.add_argument("--force", action="store_true", help="replace the file that --out names")
    parser.add_argument(
        "--strict", action="store_true", help="write nothing, and exit 2, where something cannot be carried over"
    )


def run(arguments: Namespace) -> int:
    """Write the experiment, and on stderr what of the file was not carried over."""
    out: Path | None = arguments.out
    registry = load_registry(arguments.no_plugin, arguments.modules)
    file = read_foreign(arguments.file)
    if out is not None:
        _check_output(out, arguments.file, arguments.force)
    converter, words = _converter(file, arguments.format, registry)
    converted: Converted = converter.load()().convert(file)
    for note in () if arguments.json else converted.notes:
        say(f"{file.path}:{note.line}: {note.message}", file=sys.stderr)
    if arguments.strict and converted.notes:
        raise FgspaceError(
            f"{file.path}: {_count(converted)} not carried over as written; --strict writes nothing then"
        )
    text = laid_out(plain(converted.sections), _comments(converted, file, words))
    if out is not None:
        _write(out, text)
    if arguments.json:
        notes = [{"line": note.line, "message": note.message} for note in converted.notes]
        tell("convert/1", {"file": str(file.path), "out": out and str(out), "experiment": text, "notes": notes})
    elif out is None:
        say(text, end="")
    else:
        say(out)
        say(f"next: {command('fgspace', 'check', out, *imports(arguments))}")
    return 0


def _converter(file: ForeignFile, wanted: str | None, registry: Registry) -> tuple[Type, str]:
    """Return the converter of a file, and what it takes the file for.

    Raises:
        FgspaceError: no converter recognises the file, or several do and none is named.
    """
    found = recognised(file, registry)
    if wanted is not None:
        named = registry.get("converter", wanted)
        for one, words in found.values():
            if one == named:
                return one, words
        if file.problem is None:
            raise FgspaceError(f"{file.path}: {wanted} does not recognise it{_others(found)}")
    if len(found) > 1:
        several = " and ".join(f"{words} ({name})" for name, (_, words) in found.items())
        ways = " or ".join(f"--format {name}" for name in found)
        raise FgspaceError(f"{file.path}: is {several}; choose by {ways}")
    for one, words in found.values():
        return one, words
    raise _unknown(file, registry)


def _unknown(file: ForeignFile, registry: Registry) -> FgspaceError:
    """Return the error on a file that no converter recognises."""
    if file.problem is not None:
        return file.problem
    if isinstance(file.data, Mapping) and "search_space" in file.data:
        check = command("fgspace", "check", file.path)
        return FgspaceError(f"{file.path}: is an experiment of fgspace already; see: {check}")
    lacking = lacks_converters(registry)
    missing = f"; there are more, {lacking}" if lacking else ""
    return FgspaceError(f"{file.path}: no converter recognises it{registry.there_are('converter')}{missing}")


def _others(found: Mapping[str, tuple[Type, str]]) -> str:
    return "".join(f"; it is {words} ({name})" for name, (_, words) in found.items())


def _count(converted: Converted) -> str:
    number = len(converted.notes)
    return f"{number} line{'s are' if number != 1 else ' is'}"


def _comments(converted: Converted, file: ForeignFile, words: str) -> list[Comment]:
    """Return a head that says where the experiment comes from, and each note at its place."""
    told = "; comments name its lines that are not carried over as written" if converted.notes else ""
    return [
        ((), f"Converted from {file.path.name}, {words}{told}."),
        *((note.at, f"line {note.line}: {note.message}") for note in converted.notes),
    ]


def _check_output(out: Path, file: Path, force: bool) -> None:
    """Check that the output replaces nothing that is to be kept.

    Raises:
        FgspaceError: it would.
    """
    if out.exists() and out.samefile(file):
        raise FgspaceError(f"--out {out}: is the file that is converted; name another")
    if out.is_dir():
        raise FgspaceError(f"--out {out}: is a folder; name a file in it")
    if out.exists() and not force:
        raise FgspaceError(f"--out {out}: exists already; name another, or replace it by --force")


def _write(out: Path, text: str) -> None:
    try:
        write_atomically(out, text)
    except FileExistsError as error:
        raise FgspaceError(f"--out {out}: {error.filename} is a file, not a folder") from None
    except OSError as error:
        raise FgspaceError(f"--out {out}: {(error.strerror or str(error)).lower()}") from None
