"""`fgspace report`: writes what a search did and what it found as one page, and its figures as files."""

import errno
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import load_registry
from fgspace.runs.atomic_write import write_atomically
from fgspace.runs.figures.figure import FORMATS
from fgspace.runs.reports.opening import opened
from fgspace.runs.reports.study_data import report_data


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace report`."""
    parser.add_argument(
        "dirs", nargs="+", type=Path, metavar="DIR", help="the folder of a study; several are compared with each other"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="the page to write (default: report.html in the study's folder, or here where there are several)",
    )
    for name in FORMATS:
        parser.add_argument(
            f"--{name}",
            action="store_true",
            help=f"also write each figure as {name.upper()}, in a folder beside the page",
        )


def run(arguments: Namespace) -> int:
    """Write the report, and print the files; for a program, print its data and write none."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    with opened(arguments.dirs, registry) as sources:
        data = report_data(sources)
    if arguments.json:
        tell("report/1", data)
        return 0
    from fgspace.runs.pages.page import page

    output = arguments.output or _default(arguments.dirs)
    if output.is_dir():
        raise FgspaceError(
            f"--output: {str(output)!r} is a folder; name a file, such as {str(output / 'report.html')!r}"
        )
    text = page(data)
    with _explained(output):
        write_atomically(output, text)
        say(output)
        _write_figures(arguments, data, output.with_name(f"{output.stem}_figures"))
    return 0


@contextmanager
def _explained(output: Path) -> Iterator[None]:
    """Turn errors of the file system into ones that name the output and say what to do."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        name = str(error.filename or output)
        raise FgspaceError(f"{name!r} cannot be written: {error.strerror}; name another place by -o") from error


def _write_figures(arguments: Namespace, data: dict[str, object], folder: Path) -> None:
    formats = [name for name in FORMATS if getattr(arguments, name)]
    if formats:
        from fgspace.runs.figures.all_figures import write_figures

        files = write_figures(data, folder, formats)
        say(f"{folder}: {len(files)} files")


def _default(dirs: list[Path]) -> Path:
    """Return where the page is written unless the user says where."""
    if len(dirs) > 1:
        return Path("report.html")
    return (dirs[0] if dirs[0].is_dir() else dirs[0].parent) / "report.html"
