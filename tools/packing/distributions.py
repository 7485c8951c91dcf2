"""The distributions of the workspace, core first, as their pyproject.toml files describe them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[(?P<extras>[^\]]*)\])?")


@dataclass(frozen=True)
class Distribution:
    """One folder that is built into a wheel and an sdist; `project` is the table of that name in its pyproject.toml."""

    folder: Path
    project: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name that pip installs."""
        return str(self.project["name"])

    @property
    def source(self) -> Path:
        """The folder of the one package that it imports as."""
        return next(self.folder.glob("src/*/__init__.py")).parent

    @property
    def package(self) -> str:
        """The name that programs import."""
        return self.source.name

    @property
    def file_stem(self) -> str:
        """What the names of its archives begin with: name and version."""
        return f"{self.name.replace('-', '_')}-{self.project['version']}"

    @property
    def dependencies(self) -> frozenset[str]:
        """The names, normalised, of what is installed with it always."""
        return frozenset(required(one)[0] for one in self.project.get("dependencies", ()))

    @property
    def extras(self) -> Mapping[str, frozenset[str]]:
        """The names, normalised, of what each of its extras brings beyond that."""
        described = self.project.get("optional-dependencies", {})
        return {extra: frozenset(required(one)[0] for one in needs) for extra, needs in described.items()}

    def all_requirements(self) -> list[str]:
        """Return its requirements as they are written, those of its extras included."""
        extras = self.project.get("optional-dependencies", {})
        return [*self.project.get("dependencies", ()), *(need for needs in extras.values() for need in needs)]

    @property
    def entry_points(self) -> Mapping[str, Mapping[str, str]]:
        """Group → name → object; commands are the group `console_scripts`."""
        scripts = self.project.get("scripts")
        commands = {"console_scripts": scripts} if scripts else {}
        return {**self.project.get("entry-points", {}), **commands}

    def pythons(self) -> Iterator[str]:
        """Return the versions of Python that the classifiers name, such as 3.11."""
        for classifier in self.project["classifiers"]:
            if match := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", classifier):
                yield match[1]


def workspace(root: Path) -> dict[str, Distribution]:
    """Return every distribution below a root by its normalised name: core, then the plugins by name."""
    folders = [root / "core", *sorted(path.parent for path in root.glob("plugins/*/pyproject.toml"))]
    found = [Distribution(folder, _project(folder)) for folder in folders]
    return {normalised(one.name): one for one in found}


def _project(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def needed_together(subject: Distribution, among: Mapping[str, Distribution]) -> tuple[Distribution, ...]:
    """Return a distribution and those of the workspace that it depends on, in the workspace's order."""
    found, open_names = set(), [normalised(subject.name)]
    while open_names:
        name = open_names.pop()
        if name in among and name not in found:
            found.add(name)
            open_names.extend(among[name].dependencies)
    return tuple(one for name, one in among.items() if name in found)


def normalised(name: str) -> str:
    """Return a distribution's name as indexes compare it (PEP 503): lower case, hyphens for `_` and `.`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(requirement: str) -> tuple[str, frozenset[str]]:
    """Return the normalised name and the extras that a requirement asks for.

    Raises:
        ValueError: the requirement does not begin with a name.
    """
    match = _REQUIREMENT.match(requirement.strip())
    if match is None:
        raise ValueError(f"{requirement!r} does not begin with the name of a distribution")
    extras = (extra.strip() for extra in (match["extras"] or "").split(","))
    return normalised(match["name"]), frozenset(filter(None, extras))
