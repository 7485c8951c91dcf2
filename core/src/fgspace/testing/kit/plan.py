"""All checks of one plugin: those of the plugin as a whole, and those of the suite of every type that it provides."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from types import MappingProxyType
from typing import NoReturn
from weakref import finalize

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins.hookspecs import KIND_WORDS
from fgspace.plugins.kinds import PROCESS
from fgspace.plugins.registry import Registry, Type
from fgspace.testing.kit.checks import Check, checks_of
from fgspace.testing.kit.examples import Example, examples_of
from fgspace.testing.kit.extras import UnlessAbsent, absent_extras
from fgspace.testing.kit.suites import KindSuite, suite_of
from fgspace.testing.plugins import PluginSuite

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Plan:
    """The checks of a plugin. The files of its examples are removed with the plan."""

    plugin: str
    checks: tuple[Check, ...]

    def summary(self) -> str:
        """Return how many checks there are of what, and which do not apply and why."""
        return "\n".join([f"{self.plugin}: {_in_numbers(self.checks)}", *map("  {}".format, self._of_each())])

    def _of_each(self) -> Iterator[str]:
        for of in dict.fromkeys(check.of for check in self.checks):
            mine = [check for check in self.checks if check.of == of]
            yield f"{of}: {_in_numbers(mine)}"
            for reason, number in Counter(check.skipped for check in mine if check.skipped).items():
                yield f"  {number} skipped: {reason}"


def plan_of(plugin: str, registry: Registry, without: Mapping[str, str] = NOTHING) -> Plan:
    """Return the checks of a plugin.

    Args:
        plugin: the name of its entry point.
        registry: the types that are installed.
        without: what is left out, each with the reason: the name of a type ("Squeeze"), or one check of it
            ("Squeeze: it can be exported").
    """
    files = Path(mkdtemp(prefix="fgspace-examples-"))
    checks = [_unless_left_out(check, without) for check in _checks(plugin, registry, files)]
    plan = Plan(plugin, (*checks, *_unknown(without, checks)))
    finalize(plan, rmtree, files, ignore_errors=True)
    return plan


def title(found: Type) -> str:
    """Return what checks of a type are of: "process Rounded"."""
    return f"{PROCESS if PROCESS in found.tags else KIND_WORDS[found.kind]} {found.short_name}"


def _checks(plugin: str, registry: Registry, files: Path) -> Iterator[Check]:
    yield from checks_of(PluginSuite.of(plugin, registry), "plugin")
    distribution = next((record.distribution for record in registry.plugins if record.name == plugin), "")
    absent = absent_extras(distribution) if distribution else frozenset()
    for number, found in enumerate(one for one in registry.types if one.plugin == plugin):
        folder = files / str(number)
        folder.mkdir()
        yield from (replace(one, run=UnlessAbsent(one.run, absent)) for one in _of_type(found, folder))


def _of_type(found: Type, folder: Path) -> Iterator[Check]:
    of, suite = title(found), suite_of(found)
    if suite is None:
        return
    try:
        examples = examples_of(found, folder)
        made = [check for one in _numbered(examples) for check in _of_example(found, suite, *one)]
    except FgspaceError as error:
        yield Check(of, "it has an example that can be tried", partial(_fail, str(error)))
        return
    yield from made
    yield Check(of, "enough checks apply", partial(_enough, made, suite.promises * len(examples)))


def _numbered(examples: list[Example]) -> list[tuple[str, Example]]:
    return [(f" (example {at})" if len(examples) > 1 else "", one) for at, one in enumerate(examples, 1)]


def _of_example(found: Type, suite: type[KindSuite], label: str, example: Example) -> Iterator[Check]:
    for check in checks_of(suite.of(found, example), title(found)):
        yield replace(check, says=check.says + label)


def _enough(made: list[Check], promised: int, _: Path) -> None:
    apply = sum(not check.skipped for check in made)
    assert apply >= promised, f"{apply} checks apply, and its kind promises {promised}: see what is skipped"


def _fail(message: str, _: Path) -> NoReturn:
    __tracebackhide__ = True  # pytest shows what was asserted, and not how it was called
    raise AssertionError(message)


def _unless_left_out(check: Check, left_out: Mapping[str, str]) -> Check:
    """Return a check, skipped where the author leaves it or its type out."""
    reasons = [left_out[name] or "left out" for name in _names(check) if name in left_out]
    return replace(check, skipped=check.skipped or reasons[0]) if reasons else check


def _unknown(left_out: Iterable[str], checks: Iterable[Check]) -> Iterator[Check]:
    """Yield a failing check for each name that is left out and stands for nothing."""
    known = {name for check in checks for name in _names(check)}
    for name in left_out:
        if name not in known:
            message = f"without: there is no {name!r}{did_you_mean(name, known)}"
            yield Check("plugin", f"{name!r} can be left out", partial(_fail, message))


def _names(check: Check) -> tuple[str, str]:
    """Return the names by which a check is left out: that of its type, and its own."""
    name = check.of.rpartition(" ")[2]
    return name, f"{name}: {check.says}"


def _in_numbers(checks: list[Check] | tuple[Check, ...]) -> str:
    skipped = sum(bool(check.skipped) for check in checks)
    number = len(checks) - skipped
    return f"{number} check{'s' * (number != 1)}" + (f", {skipped} skipped" if skipped else "")
