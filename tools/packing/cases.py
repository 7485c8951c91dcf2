"""Tries one distribution, installed from its wheel beside those of the workspace that it depends on."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from packing.archives import archives_of
from packing.commands import Failed, run
from packing.distributions import Distribution, needed_together, normalised
from packing.environments import Base, Environment, site_packages

_MISSING = re.compile(r"requires ([\w.-]+), which is not installed")
_IMPORT_ALL = Path(__file__).with_name("import_all.py")


@dataclass(frozen=True)
class Case:
    """A distribution on one Python; `archives` holds what was built, `brought_by` is what `imports.owners` returns."""

    subject: Distribution
    workspace: Mapping[str, Distribution]
    archives: Path
    brought_by: Mapping[str, Collection[str]]
    base: Base
    folder: Path

    @property
    def together(self) -> tuple[Distribution, ...]:
        """What is installed: the subject, and of the workspace what it depends on."""
        return needed_together(self.subject, self.workspace)

    def tried(self, root: Path, with_tests: bool) -> list[str]:
        """Install the wheels and return what was found to be so.

        Raises:
            Failed: something is not as it should be.
        """
        environment = Environment(self.base, self.folder)
        environment.make()
        told = [_installed(self, environment), _compiled(self, environment), _listed(self, environment)]
        told += _imported(self, environment)
        if with_tests:
            told.append(_tested(self, environment, root))
        return told


def _installed(case: Case, environment: Environment) -> str:
    needs = [need for one in case.together for need in one.project["dependencies"]]
    environment.show(case.base.closure(needs))
    wheels = [archives_of(one, case.archives).wheel for one in case.together]
    environment.pip("install", "--quiet", "--no-deps", "--no-index", *wheels)
    if problems := [line for line in _check(environment) if not _excused(line, case.base.absent)]:
        raise Failed("\n".join(problems))
    absent = sorted(case.base.absent & frozenset().union(*(one.dependencies for one in case.together)))
    return f"installed without {', '.join(absent)}" if absent else "installed, dependencies satisfied"


def _check(environment: Environment) -> list[str]:
    """Return what pip says of requirements of installed distributions that are not met."""
    try:
        environment.pip("check")
    except Failed as failed:
        return [line for line in str(failed).splitlines()[1:] if not line.startswith("WARNING")]
    return []


def _excused(line: str, absent: Collection[str]) -> bool:
    match = _MISSING.search(line)
    return match is not None and normalised(match[1]) in absent


def _compiled(case: Case, environment: Environment) -> str:
    source = site_packages(environment.python) / case.subject.package
    run([environment.python, "-I", "-W", "error", "-m", "compileall", "-q", "-f", source], environment.folder)
    return "compiled"


def _listed(case: Case, environment: Environment) -> str:
    command = environment.folder / "bin" / "fgspace"
    run([command, "list", "--strict"], environment.folder)
    plugins = json.loads(run([command, "plugins", "--json"], environment.folder))["plugins"]
    provided = [one["provides"] for one in plugins if (one["distribution"], one["state"]) == (case.subject.name, "ok")]
    if not provided:
        raise Failed(f"fgspace plugins does not find {case.subject.name} in order")
    count = sum(len(names) for names in provided[0].values())
    return f"{count} type{'s' * (count != 1)} listed"


def _imported(case: Case, environment: Environment) -> list[str]:
    """Import every module: first without extras, which may make a module wait, then with them."""
    modules = archives_of(case.subject, case.archives).modules()
    later = _import(case, environment, modules, frozenset().union(*case.subject.extras.values()))
    told = [f"{len(modules) - len(later)} modules imported"]
    for extra in case.subject.extras:
        needs = case.subject.project["optional-dependencies"][extra]
        environment.show(case.base.closure(needs))
        if not case.base.absent:
            wanted = f"{case.subject.name}[{extra}]"  # which may bring other plugins
            environment.pip("install", "--quiet", "--dry-run", "--no-index", "--find-links", case.archives, wanted)
    # All of them once more: in a new process, what waited may rely on what another module did when it was imported.
    left = _import(case, environment, modules, frozenset()) if later else []
    if len(left) < len(later):
        told.append(f"{len(later) - len(left)} more with {', '.join(case.subject.extras)}")
    if left:
        told.append(f"{len(left)} not, for want of {', '.join(sorted(case.base.absent))}")
    return told


def _import(case: Case, environment: Environment, modules: list[str], optional: frozenset[str]) -> list[str]:
    """Return the modules that cannot be imported yet, for want of what is optional or what the base has not."""
    if not modules:
        return []
    failed = json.loads(run([environment.python, "-I", _IMPORT_ALL, *modules], environment.folder))
    excused = optional | case.base.absent
    wrong = [
        f"{module}: {error}"
        for module, (missing, error) in failed.items()
        if excused.isdisjoint(case.brought_by.get(missing, ()))
    ]
    if wrong:
        raise Failed("\n".join(wrong))
    return list(failed)


def _tested(case: Case, environment: Environment, root: Path) -> str:
    """Run the distribution's own tests, with all that the base has: what tests use, users need not have.

    No other plugin is there; tests that need one are marked so, and skip.
    """
    if case.base.absent:
        return f"tests not run, for want of {', '.join(sorted(case.base.absent))}"
    environment.show(case.base.distributions.keys())
    return tested(environment, root, case.subject.folder / "tests")


def tested(environment: Environment, root: Path, *tests: Path) -> str:
    """Run tests in an environment, and return the line that tells how many there were.

    Raises:
        Failed: one fails.
    """
    options = ["-q", "--tb=line", "--continue-on-collection-errors", "-p", "no:cacheprovider"]
    said = run([environment.python, "-m", "pytest", *options, *tests], root)
    return said.strip().splitlines()[-1].strip("= ")
