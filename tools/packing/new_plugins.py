"""Tries what `fgspace new` writes: one package of each kind of type, built, installed from its wheel, and tested."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packing.archives import archives_of
from packing.commands import run
from packing.distributions import Distribution
from packing.environments import Base, Environment

_NAME = "acme"


@dataclass(frozen=True)
class NewPlugin:
    """A new package with one kind of type, beside core alone."""

    kind: str
    core: Distribution
    archives: Path
    base: Base
    folder: Path

    def tried(self) -> list[str]:
        """Write, check, build, install and test the package, and return what was found to be so.

        Raises:
            Failed: something is not as it should be.
        """
        environment = Environment(self.base, self.folder / "environment")
        self.folder.mkdir(parents=True, exist_ok=True)
        environment.make()
        environment.show(self.base.distributions.keys())
        environment.pip("install", "--quiet", "--no-deps", "--no-index", archives_of(self.core, self.archives).wheel)
        command = environment.folder / "bin" / "fgspace"
        run([command, "new", _NAME, "--kind", self.kind], environment.folder)
        package = environment.folder / f"fgspace-plugin-{_NAME}"
        _checked(package, environment)
        run([sys.executable, "-m", "build", "--no-isolation", "--wheel", package], package)
        environment.pip("install", "--quiet", "--no-deps", "--no-index", *(package / "dist").glob("*.whl"))
        run([command, "plugins", "--strict"], environment.folder)
        tested = run([environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"], package)
        said = run([command, "check", _NAME], environment.folder).splitlines()[-1]
        return ["ruff and mypy in order", tested.strip().splitlines()[-1].strip("= "), said]


def new_plugins(core: Distribution, archives: Path, base: Base, folder: Path) -> Mapping[str, NewPlugin]:
    """Return kind → the package to try, of every kind that `fgspace new` knows."""
    from fgspace.cli.publishing.kinds import NEW_KINDS

    return {kind: NewPlugin(kind, core, archives, base, folder / f"new-{kind}") for kind in NEW_KINDS}


def _checked(package: Path, environment: Environment) -> None:
    """Check the package unedited, by the tools that it names, with its own settings."""
    run([sys.executable, "-m", "ruff", "check", "."], package)
    run([sys.executable, "-m", "ruff", "format", "--check", "."], package)
    run([sys.executable, "-m", "mypy", "--python-executable", environment.python], package)
