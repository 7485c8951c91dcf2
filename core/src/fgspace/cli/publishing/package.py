"""Fills the templates for one plugin, and compares a package with what they would be now."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from importlib.resources import files
from pathlib import Path
from string import Template

from fgspace.cli.publishing.kinds import NEW_KINDS, NewKind
from fgspace.errors import FgspaceError
from fgspace.plugins.hookspecs import HOOKS, KIND_WORDS
from fgspace.plugins.loading import CORE, PROGRAM
from fgspace.plugins.official_names import KNOWN_PLUGINS
from fgspace.plugins.versions import __version__

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PACKAGE = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "LICENSE": "LICENSE",
    "CHANGELOG.md": "CHANGELOG.md",
    ".gitignore": "gitignore",
    ".github/workflows/tests.yml": "tests.yml",
    "src/{package}/__init__.py": "init.py",
    "src/{package}/plugin.py": "plugin.py",
    "tests/test_conformance.py": "test_conformance.py",
}
"""File of a package → its template."""


@dataclass(frozen=True)
class NewPackage:
    """A plugin to write: its name, the kinds of types that it has an example of, and its author."""

    name: str
    kinds: Sequence[str]
    author: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise FgspaceError(
                f"{self.name!r} cannot be the name of a plugin: expected lower case letters and digits, words joined by"
                " '-', such as 'acme-blocks'"
            )
        if self.name in (CORE, PROGRAM, *KNOWN_PLUGINS):
            raise FgspaceError(f"{self.name!r} is the name of a plugin of fgspace itself; choose another")

    @property
    def folder(self) -> str:
        """The name of its distribution, and of its folder."""
        return f"fgspace-plugin-{self.name}"

    def files(self) -> dict[str, str]:
        """Return path → text of its files."""
        words = self._words()
        made = {
            path.format(package=words["package"]): _filled(f"package/{template}.txt", words)
            for path, template in _PACKAGE.items()
        }
        for kind in self.kinds:
            path = f"src/{words['package']}/{NEW_KINDS[kind].module}.py"
            made[path] = _filled(f"kinds/{kind.replace('-', '_')}.py.txt", words)
        made[f"src/{words['package']}/py.typed"] = ""
        return made

    def differences(self, folder: Path) -> Iterator[str]:
        """Yield, file by file, how a package differs from what would be written now.

        Args:
            folder: that of the package, or one that holds it.

        Raises:
            FgspaceError: there is no such package.
        """
        there = next(filter(self._is_in, (folder / self.folder, folder)), None)
        if there is None:
            raise FgspaceError(f"{folder / self.folder}: no such package; without --diff, fgspace new writes it")
        for path, text in self.files().items():
            old = (there / path).read_text("utf-8") if (there / path).is_file() else ""
            lines = (old.splitlines(), text.splitlines())
            yield from unified_diff(*lines, str(there / path), f"template of fgspace {__version__}", lineterm="")

    def _is_in(self, folder: Path) -> bool:
        about = folder / "pyproject.toml"
        return about.is_file() and f'"{self.folder}"' in about.read_text("utf-8")

    def _words(self) -> dict[str, str]:
        kinds = [NEW_KINDS[kind] for kind in self.kinds]
        camel = "".join(word.capitalize() for word in self.name.split("-"))
        words = {"name": self.name, "Name": camel, "package": f"fgspace_{self.name.replace('-', '_')}"}
        listed = _and([kind.words for kind in kinds])
        return {
            **words,
            "author": json.dumps(self.author, ensure_ascii=False)[1:-1],
            "version": __version__,
            "kinds": " ".join(self.kinds),
            "Kinds": f"{listed[0].upper()}{listed[1:]} of {camel}",
            "table": Template("\n".join(_table(kinds))).substitute(words),
            "hooks": Template("".join(_hooks(kinds))).substitute(words),
        }


def _table(kinds: Sequence[NewKind]) -> Iterator[str]:
    for kind in kinds:
        for name, word, summary in kind.shown:
            yield f"| `{name}` | {word} | {summary} |"


def _hooks(kinds: Sequence[NewKind]) -> Iterator[str]:
    """Yield the hooks of `plugin.py`, each with the records of all kinds that have one for it."""
    hooks: dict[str, list[str]] = {}
    for kind in kinds:
        for hook, record in kind.records.items():
            hooks.setdefault(hook, []).append(record)
    for hook, records in hooks.items():
        listed = "".join(f"        {record},\n" for record in records)
        yield f"\n\n@hookimpl\ndef fgspace_provide_{hook}() -> list[Provided]:\n"
        yield f'    """Name the {KIND_WORDS[HOOKS[f"fgspace_provide_{hook}"]]}s."""\n    return [\n{listed}    ]\n'


def _filled(template: str, words: dict[str, str]) -> str:
    text = files("fgspace.cli.publishing").joinpath("files", *template.split("/")).read_text("utf-8")
    return Template(text).substitute(words).rstrip("\n") + "\n"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
