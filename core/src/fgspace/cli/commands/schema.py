"""`fgspace schema`: writes the JSON Schema of experiment files, by which editors complete and check them."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.config.schema.file import file_schema
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import load_registry


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace schema`."""
    parser.add_argument("--out", metavar="FILE", help="write it to this file, not to standard output")


def run(arguments: Namespace) -> int:
    """Make the schema of what is installed, and of what -p registers; write or print it."""
    schema = file_schema(load_registry(arguments.no_plugin, arguments.modules))
    if arguments.out is not None:
        _write(Path(arguments.out), json.dumps(schema, indent=1, ensure_ascii=False, default=str))
    if arguments.json:
        tell("schema/1", {"out": arguments.out, "json_schema": schema})
    elif arguments.out is None:
        say(json.dumps(schema, indent=1, ensure_ascii=False, default=str))
    else:
        say(f"{arguments.out}: in a file beside it, write as the first line")
        say(f"# yaml-language-server: $schema={Path(arguments.out).name}")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise FgspaceError(f"{path}: cannot be written: {error.strerror}") from error
