"""Makes the pages on commands, on the example of each kind, and on decisions, from what they are about."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fgspace.cli import COMMANDS, parser_for
from fgspace.cli.publishing.kinds import NEW_KINDS

ROOT = Path(__file__).parents[2]


def write(target: Path) -> None:
    """Write the three pages below a folder."""
    pages = {"commands.md": commands(), "kinds.md": kinds(), "decisions.md": decisions()}
    for name, lines in pages.items():
        (target / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def commands() -> Iterator[str]:
    """Return the page of all commands, with their options."""
    yield from ("# The commands", "")
    yield "As `fgspace COMMAND --help` prints them."
    for name, (_, summary) in COMMANDS.items():
        yield from ("", f"## fgspace {name}", "", f"{summary[0].upper()}{summary[1:]}.", "")
        yield from ("| argument | |", "|---|---|")
        for action in options(name):
            written = ", ".join(action.option_strings) or str(action.metavar or action.dest)
            value = f" {_value(action)}" if action.option_strings and action.nargs != 0 else ""
            yield f"| `{written}{value}` | {_cell(_help(action))} |"


def options(command: str) -> list[argparse.Action]:
    """Return the arguments of a command, without those for help."""
    (commands,) = [one for one in parser_for([command])._actions if isinstance(one, argparse._SubParsersAction)]
    return [one for one in commands.choices[command]._actions if one.dest != "help"]


def kinds() -> Iterator[str]:
    """Return the page with the example of each kind that `fgspace new` writes."""
    yield from ("# An example of each kind", "")
    yield "`fgspace new acme --kind KIND` writes these into a package that installs and passes its tests as it is."
    yield "[Writing a plugin](writing_a_plugin.md) and [the contracts](contracts.md) say what each has to do."
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "fgspace", "new", "acme", "--kind", *NEW_KINDS]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        (package,) = Path(folder).glob("*/src/*")
        for kind, new in NEW_KINDS.items():
            text = (package / f"{new.module}.py").read_text("utf-8")
            yield from ("", f"## {kind}", "", f"```python title={new.module}.py".replace("=", '="') + '"')
            yield from (text.rstrip(), "```")
        yield from ("", "## plugin.py", "", "Names all of them:", "", "```python")
        yield from ((package / "plugin.py").read_text("utf-8").rstrip(), "```")


def decisions() -> Iterator[str]:
    """Return the page that names all decisions."""
    yield from ("# Decisions", "", "What the next person would question, and why it is as it is.", "")
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = page.read_text("utf-8").splitlines()[0].removeprefix("# ")
        yield f"- [{title}](decisions/{page.name})"


def _value(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else None
    return metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
