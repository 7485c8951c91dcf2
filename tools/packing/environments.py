"""Environments to try wheels in, each with the third-party distributions that the wheels ask for and no others.

torch and what comes with it take 700 MB and minutes to install, so that is done once for each Python, in a base: for
the Python that runs this, the workspace's own .venv; for another, an environment that is kept between runs. An
environment to try wheels in is new and empty, and sees of its base only the distributions that were chosen, through
links in its site-packages. All of the base, by a .pth file, would do for an installation, but would hide that a package
imports what it does not declare; and the .venv holds the workspace's packages, editable.
"""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from packing.commands import Failed, run
from packing.distributions import normalised, required

_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True)
class Base:
    """Third-party distributions for one Python: `absent` are the names of those that it should have and has not."""

    python: Path
    version: str
    distributions: Mapping[str, metadata.Distribution]
    absent: frozenset[str] = frozenset()

    def closure(self, requirements: Iterable[str]) -> frozenset[str]:
        """Return the names of what requirements need, directly or not, as far as the base has it.

        Of markers only those on extras are read: what the base has for another marker's sake does no harm.
        """
        found: set[tuple[str, str | None]] = set()
        open_needs = [required(one) for one in requirements]
        while open_needs:
            name, extras = open_needs.pop()
            new = {(name, extra) for extra in (None, *extras)} - found
            if new and name in self.distributions:
                found |= new
                open_needs.extend(_needs(self.distributions[name], extras))
        return frozenset(name for name, _ in found)


def _needs(distribution: metadata.Distribution, extras: Collection[str]) -> list[tuple[str, frozenset[str]]]:
    lines = distribution.requires or []
    asked = [line for line in lines if (marker := _EXTRA.search(line)) is None or marker[1] in extras]
    return [required(line) for line in asked]


def own_base(left_out: Collection[str]) -> Base:
    """Return the environment that runs this as a base, without some distributions: those of the workspace."""
    python = Path(sys.executable)
    found = {name: one for name, one in _installed(python).items() if name not in left_out}
    return Base(python, run([python, "-c", _VERSION], python.parent).strip(), found)


def found_python(version: str) -> Path | None:
    """Return an interpreter of a version such as 3.12: of PATH, else of pyenv; None where the machine has none."""
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), reverse=True)
    of_path = shutil.which(f"python{version}")
    for python in [*([Path(of_path)] if of_path else []), *of_pyenv]:
        try:
            if run([python, "-c", _VERSION], python.parent).strip() == version:
                return python
        except Failed:  # pyenv puts commands on PATH that only say that the version is not the chosen one
            continue
    return None


def kept_base(python: Path, version: str, folder: Path, wanted: Mapping[str, str]) -> Base:
    """Return a base for another Python, with distributions, name → version, as far as the index has them for it.

    It is made in a folder, or lies there from an earlier run. torch is left out for its size.

    Raises:
        Failed: no environment can be made.
    """
    interpreter = folder / "bin" / "python"
    if not interpreter.is_file():
        run([python, "-m", "venv", folder], folder.parent)
    there = _installed(interpreter)
    lines = [
        f"{name}=={number}"
        for name, number in wanted.items()
        if name != "torch" and (name not in there or there[name].version != number)
    ]
    if lines and not _could_install(interpreter, lines):
        for line in lines:  # of several, one of which cannot be had, pip installs none
            _could_install(interpreter, [line])
    found = _installed(interpreter)
    return Base(interpreter, version, found, frozenset(wanted.keys() - found.keys()))


def _could_install(python: Path, lines: list[str]) -> bool:
    try:
        run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", *lines], python.parent)
    except Failed:
        return False
    return True


def _installed(python: Path) -> dict[str, metadata.Distribution]:
    found = metadata.distributions(path=[str(site_packages(python))])
    return {normalised(one.metadata["Name"]): one for one in found}


def site_packages(python: Path) -> Path:
    """Return where an interpreter's environment keeps its packages."""
    return Path(run([python, "-c", _SITE], python.parent).strip())


@dataclass(frozen=True)
class Environment:
    """A new environment on a base: no pip, and no package but those that are put into it."""

    base: Base
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def make(self) -> None:
        """Make it, empty, in place of what stood in its folder.

        Raises:
            Failed: Python cannot make one.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        run([self.base.python, "-m", "venv", "--without-pip", self.folder], self.folder.parent)

    def pip(self, *arguments: str | Path) -> str:
        """Run the base's pip for it, without an index, and return what it prints.

        Raises:
            Failed: pip ends with an error.
        """
        return run([self.base.python, "-m", "pip", "--python", self.python, *arguments], self.folder)

    def show(self, names: Collection[str]) -> None:
        """Link distributions of the base, by normalised name, into it; those that it has stay.

        A folder of one distribution is one link; one that several share, such as `google`, is a folder of links.
        """
        source, site = site_packages(self.base.python), site_packages(self.python)
        shared = _shared(self.base.distributions)
        for name in names:
            for path in _paths(self.base.distributions[name]):
                part = path if path.parts[0] in shared else PurePosixPath(path.parts[0])
                _link(source / part, site / part)


def _paths(distribution: metadata.Distribution) -> Iterable[PurePosixPath]:
    """Return the files in site-packages; commands, which lie elsewhere, and compiled files of single modules not."""
    for path in distribution.files or ():
        if path.parts[0] not in ("..", "__pycache__"):
            yield path


def _shared(distributions: Mapping[str, metadata.Distribution]) -> frozenset[str]:
    owners = Counter(top for one in distributions.values() for top in {path.parts[0] for path in _paths(one)})
    return frozenset(top for top, count in owners.items() if count > 1)


def _link(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
