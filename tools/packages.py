"""Builds every distribution of the workspace and tries each, installed from its wheel: `make packages`.

Each is built into an sdist and, from that, a wheel, whose files and metadata are checked; its imports are compared with
what it declares; twine checks all archives. Then core alone, and each plugin beside core alone, is installed from
wheels in an environment of its own that has nothing but what these declare. There pip checks the dependencies, every
module is compiled with warnings as errors, `fgspace list --strict` finds the types, and every module is imported,
before and after what extras bring. Beside core alone, a package of each kind that `fgspace new` writes is checked,
built, installed and tested. `--tests` runs the distribution's own tests there, too, beside core alone. Then all
are installed together, with `--tests` for the tests of all plugins at once.

This is done on every Python that the classifiers name and the machine has. On others than the .venv's torch is left
out, since an index may serve it in several gigabytes: modules that need it are compiled and not imported, and no tests
run. To try another Python whole, make the .venv with it: `make install PYTHON=python3.12`. What it makes lies in
build/packages.
"""

import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter

from packing.archives import archives_of, build
from packing.cases import Case
from packing.commands import Failed, run
from packing.distributions import Distribution, workspace
from packing.environments import Base, found_python, kept_base, own_base
from packing.imports import owners, undeclared
from packing.new_plugins import new_plugins
from packing.together import Together

ROOT = Path(__file__).parents[1]
MADE = ROOT / "build" / "packages"
ARCHIVES = MADE / "archives"

Step = tuple[str, Callable[[], list[str]]]
"""What a line of the report begins with, and what returns the rest of it, or raises Failed."""


def main() -> int:
    """Do what the command line asks, a line for each step, and return 1 where one failed."""
    everything = workspace(ROOT)
    arguments = _arguments(everything)
    shutil.rmtree(ARCHIVES, ignore_errors=True)
    ARCHIVES.mkdir(parents=True)
    # Every step of a list is done, whether the one before failed or not.
    if not all([_done(*step) for step in _builds(everything)]):
        return 1
    return 0 if all([_done(*step) for step in _trials(everything, arguments)]) else 1


def _arguments(everything: Mapping[str, Distribution]) -> Namespace:
    parser = ArgumentParser(description="Build every distribution and try each, installed from its wheel.")
    known = [one.folder.name for one in everything.values()]
    versions = [*_core(everything).pythons()]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"try only these: {', '.join(known)}")
    parser.add_argument("--python", action="append", choices=versions, help="try only this version; may be given again")
    parser.add_argument("--tests", action="store_true", help="run each distribution's own tests where it is installed")
    arguments = parser.parse_args()
    if unknown := sorted({*arguments.names} - {*known}):
        parser.error(f"there is no distribution {unknown[0]!r}; there are {', '.join(known)}")
    return arguments


def _core(everything: Mapping[str, Distribution]) -> Distribution:
    return next(iter(everything.values()))


def _done(label: str, work: Callable[[], list[str]]) -> bool:
    began = perf_counter()
    try:
        line, in_order = "; ".join(work()), True
    except Failed as failed:
        line, in_order = "FAILED\n    " + str(failed).replace("\n", "\n    "), False
    print(f"{label:<26} {line}  ({perf_counter() - began:.1f} s)", flush=True)
    return in_order


def _builds(everything: Mapping[str, Distribution]) -> Iterator[Step]:
    brought_by = owners(everything.values())
    for one in everything.values():
        yield one.name, partial(_built, one, brought_by)
    yield "twine", _checked


def _built(one: Distribution, brought_by: Mapping[str, frozenset[str]]) -> list[str]:
    build(one, ARCHIVES)
    if problems := [*undeclared(one, brought_by)]:
        raise Failed("\n".join(problems))
    return [f"sdist and wheel built, {len(archives_of(one, ARCHIVES).modules())} modules, imports declared"]


def _checked() -> list[str]:
    archives = sorted(ARCHIVES.iterdir())
    run([sys.executable, "-m", "twine", "check", "--strict", *archives], ARCHIVES)
    return [f"{len(archives)} archives in order"]


def _trials(everything: Mapping[str, Distribution], arguments: Namespace) -> Iterator[Step]:
    brought_by = owners(everything.values())
    bases: dict[str, Base] = {}
    for version in arguments.python or _core(everything).pythons():
        yield version, partial(_based, bases, version, everything)
        chosen = [one for one in everything.values() if not arguments.names or one.folder.name in arguments.names]
        for one in chosen if version in bases else ():
            label = f"{version} {one.folder.name}"
            case = Case(one, everything, ARCHIVES, brought_by, bases[version], MADE / label.replace(" ", "-"))
            yield label, partial(case.tried, ROOT, arguments.tests)
        if version in bases and not bases[version].absent and not arguments.names:
            together = Together(everything, ARCHIVES, bases[version], MADE / f"{version}-together")
            yield f"{version} together", partial(together.tried, ROOT, arguments.tests)
            for kind, new in new_plugins(_core(everything), ARCHIVES, bases[version], MADE / version).items():
                yield f"{version} new {kind}", new.tried


def _based(bases: dict[str, Base], version: str, everything: Mapping[str, Distribution]) -> list[str]:
    """Put the base for a version into `bases`, where the machine has that Python."""
    own = own_base(everything.keys())
    if version == own.version:
        bases[version] = own
        return [f"the environment of this program, {len(own.distributions)} distributions"]
    python = found_python(version)
    if python is None:
        return ["not on this machine"]
    base = bases[version] = kept_base(python, version, MADE / f"base-{version}", _wanted(own, everything))
    without = f", without {', '.join(sorted(base.absent))}" if base.absent else ""
    return [f"an environment of its own, {len(base.distributions)} distributions{without}"]


def _wanted(own: Base, everything: Mapping[str, Distribution]) -> dict[str, str]:
    """Return what another Python needs, name → version, as it is installed here."""
    needs = [need for one in everything.values() for need in one.all_requirements()]
    return {name: own.distributions[name].version for name in sorted(own.closure(needs))}


if __name__ == "__main__":
    sys.exit(main())
