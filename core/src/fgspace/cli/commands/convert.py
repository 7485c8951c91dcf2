"""`fgspace convert`: turns files and studies of other tools into ours, and our studies into theirs."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fgspace.cli.arguments import imports
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.config.converter import Converted, ForeignFile
from fgspace.config.foreign_files import lacks_converters, read_foreign, read_storage, recognised
from fgspace.documents.laid_out import Comment, laid_out
from fgspace.documents.plain import plain
from fgspace.documents.shell import command
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Registry, Type, load_registry
from fgspace.runs.atomic_write import write_atomically


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace convert`."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="a file of another tool; with --to, the folder of a search"
    )
    parser.add_argument(
        *("--from", "--format"),
        dest="format",
        metavar="NAME",
        help="the converter to use, where several know the file: fgspace list converter",
    )
    parser.add_argument("--to", metavar="NAME", help="write the study in the folder for this tool, such as optuna")
    parser.add_argument(
        "--storage", metavar="URL", help="where the other tool keeps its studies: sqlite:///studies.db, a journal file"
    )
    parser.add_argument("--study", metavar="NAME", help="the name of the study in the storage")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="the file to write (default: to standard output); a folder for a study"
    )
    parser.add_argument("--force", action="store_true", help="replace the file that --out names")
    parser.add_argument(
        "--strict", action="store_true", help="write nothing, and exit 2, where something cannot be carried over"
    )


def run(arguments: Namespace) -> int:
    """Write the experiment, and on stderr what of the file was not carried over; with --to, write the study."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    return _to(arguments, registry) if arguments.to else _from(arguments, registry)


def _from(arguments: Namespace, registry: Registry) -> int:
    out: Path | None = arguments.out
    file = _read(arguments)
    converter, words = _converter(file, arguments.format, registry)
    converted: Converted = converter.load()().convert(file)
    if out is not None:
        _check_output(out, file.path, converted, arguments.force)
    name = file.address or file.path
    for note in () if arguments.json else converted.notes:
        say(f"{name}:{note.line}: {note.message}", file=sys.stderr)
    if arguments.strict and converted.notes:
        raise FgspaceError(f"{name}: {_count(converted)} not carried over as written; --strict writes nothing then")
    text = laid_out(plain(converted.sections), _comments(converted, file, words))
    if out is not None:
        _write(out, text, converted, registry)
    if arguments.json:
        notes = [{"line": note.line, "message": note.message} for note in converted.notes]
        told = {"file": str(name), "out": out and str(out), "experiment": text, "notes": notes}
        tell("convert/1", {**told, "trials": len(converted.trials)})
    elif out is None:
        say(text, end="")
        if converted.trials:
            say(f"{_trials(converted)} not written; --out FOLDER keeps them", file=sys.stderr)
    elif converted.trials:
        say(out)
        say(f"next: {command('fgspace', 'report', out, *imports(arguments))}")
        say(f"start a search from its front: {command('fgspace', 'search', 'FILE', '--from', out)}")
    else:
        say(out)
        say(f"next: {command('fgspace', 'check', out, *imports(arguments))}")
    return 0


def _to(arguments: Namespace, registry: Registry) -> int:
    """Write the study in a folder for another tool."""
    from fgspace.runs.foreign_studies import hand_over

    for name in ("format", "out", "force", "strict"):
        if getattr(arguments, name):
            raise FgspaceError(f"--to takes no {'--from' if name == 'format' else f'--{name}'}")
    if arguments.file is None or arguments.storage is None:
        missing = "the folder of a search" if arguments.file is None else "--storage URL"
        raise FgspaceError(
            f"--to {arguments.to} needs {missing}: fgspace convert DIR --to {arguments.to} --storage URL"
        )
    kind = registry.get("converter", arguments.to)
    converter = kind.load()()
    if not hasattr(converter, "write_study"):
        raise FgspaceError(f"--to {arguments.to}: {kind} reads files of its tool, and writes no studies for it")
    name = arguments.study or arguments.file.resolve().name
    written = hand_over(arguments.file, converter, arguments.storage, name, registry)
    if arguments.json:
        notes = [{"line": None, "message": note} for note in written.notes]
        told = {"folder": str(arguments.file), "to": arguments.to, "storage": arguments.storage, "study": name}
        tell("convert-study/1", {**told, "notes": notes})
        return 0
    for note in written.notes:
        say(f"{arguments.file}: {note}", file=sys.stderr)
    say(f"{arguments.storage}: {written.words}")
    return 0


def _read(arguments: Namespace) -> ForeignFile:
    if (arguments.file is None) == (arguments.storage is None):
        raise FgspaceError("name a file of another tool, or its storage by --storage URL")
    if arguments.storage is not None:
        return read_storage(arguments.storage, arguments.study)
    return replace(read_foreign(arguments.file), study=arguments.study)


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


def _trials(converted: Converted) -> str:
    number = len(converted.trials)
    return f"{number} trial{'s are' if number != 1 else ' is'}"


def _comments(converted: Converted, file: ForeignFile, words: str) -> list[Comment]:
    """Return a head that says where the experiment comes from, and each note at its place."""
    told = "; comments name its lines that are not carried over as written" if converted.notes else ""
    return [
        ((), f"Converted from {file.path.name}, {words}{told}."),
        *((note.at, f"line {note.line}: {note.message}") for note in converted.notes),
    ]


def _check_output(out: Path, file: Path, converted: Converted, force: bool) -> None:
    """Check that the output replaces nothing that is to be kept.

    Raises:
        FgspaceError: it would.
    """
    if out.exists() and file.exists() and out.samefile(file):
        raise FgspaceError(f"--out {out}: is the file that is converted; name another")
    if converted.trials:
        if out.exists() and not out.is_dir():
            raise FgspaceError(f"--out {out}: is a file, and a study with its trials is a folder; name another")
        out = out / "experiment.yaml"
    elif out.is_dir():
        raise FgspaceError(f"--out {out}: is a folder; name a file in it")
    if out.exists() and not force:
        raise FgspaceError(f"--out {out}: exists already; name another, or replace it by --force")


def _write(out: Path, text: str, converted: Converted, registry: Registry) -> None:
    """Write the experiment to a file; with trials, to a folder that is the study."""
    try:
        if converted.trials:
            from fgspace.runs.foreign_studies import write_folder

            write_folder(out, text, converted.trials, registry)
        else:
            write_atomically(out, text)
    except FileExistsError as error:
        raise FgspaceError(f"--out {out}: {error.filename} is a file, not a folder") from None
    except OSError as error:
        raise FgspaceError(f"--out {out}: {(error.strerror or str(error)).lower()}") from None
