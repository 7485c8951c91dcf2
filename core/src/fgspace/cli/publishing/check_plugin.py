"""`fgspace check PLUGIN`: runs the conformance suites of everything that a plugin provides."""

import io
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.errors import FgspaceError, did_you_mean
from fgspace.plugins.loading import PluginRecord
from fgspace.plugins.registry import Registry, load_registry

_PROGRAM = "from fgspace.testing import conformance\n\ntest = conformance({!r})\n"
_LONGEST = 12
"""Lines of a failure that are shown, unless tracebacks are asked for."""


def run(arguments: Namespace) -> int:
    """Check the plugin; print a line for each of its types, what failed, and how many checks there were."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    record = _record(registry, arguments.file)
    if find_spec("pytest") is None:
        raise FgspaceError("the suites that check a plugin need pytest: pip install 'fgspace[testing]'")
    report = _Report(io.StringIO() if arguments.json else sys.stdout, arguments.tracebacks)
    with TemporaryDirectory(prefix="fgspace-check-") as folder, _alone(arguments.no_plugin):
        _run_pytest(Path(folder), arguments.file, report)
    last = report.end(f"{arguments.file} ({record.distribution} {record.version})" if record else arguments.file)
    if arguments.json:
        counts = {"checks": report.ran, "failed": report.failed, "skipped": report.skipped}
        tell("check-plugin/1", {"plugin": arguments.file, **counts, "text": f"{report.text}{last}"})
    else:
        say(last)
    return 2 if report.failed or not report.ran else 0


def _record(registry: Registry, name: str) -> PluginRecord | None:
    """Return the record of a plugin, None for the types that a program has registered."""
    records = {record.name: record for record in registry.plugins}
    if name in records:
        return records[name]
    if name in {found.plugin for found in registry.types}:
        return None
    near = did_you_mean(name, records) or "; fgspace plugins lists those that are installed"
    raise FgspaceError(f"{name}: no such file, and no plugin of that name{near}")


def _run_pytest(folder: Path, name: str, report: "_Report") -> None:
    import pytest

    (folder / "pytest.ini").write_text("[pytest]\n")
    test = folder / "test_plugin.py"
    test.write_text(_PROGRAM.format(name), encoding="utf-8")
    options = ["-s", "-c", folder / "pytest.ini", "--rootdir", folder, "-p", "no:cacheprovider", test]
    with redirect_stdout(io.StringIO()) as said:
        pytest.main([*map(str, options), "--import-mode=importlib"], plugins=[report])
    if not report.ran:
        raise FgspaceError(f"{name}: its checks cannot be made:\n{said.getvalue()}")


@contextmanager
def _alone(no_plugin: list[str]) -> Iterator[None]:
    """Keep options and plugins of pytest out that are meant for other tests, and the plugins that are left out."""
    before = dict(os.environ)
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    left_out = [name for name in (os.environ.get("FGSPACE_DISABLE_PLUGINS"), *no_plugin) if name]
    if left_out:
        os.environ["FGSPACE_DISABLE_PLUGINS"] = ",".join(left_out)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Report:
    """Listens to pytest, and prints what became of each type once its checks have run."""

    def __init__(self, out: TextIO, tracebacks: bool) -> None:
        self._out, self._tracebacks = out, tracebacks
        self._of, self._mine = "", 0
        self._skipped: dict[str, int] = {}
        self._failures: dict[str, list[str]] = {}
        self.ran = self.failed = self.skipped = 0

    @property
    def text(self) -> str:
        """What was printed so far, where it was kept."""
        return self._out.getvalue() if isinstance(self._out, io.StringIO) else ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count a check, at its call, or where it was skipped or could not be set up."""
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return
        check = dict(report.user_properties).get("check")
        if check is None:
            return
        of, _, says = check.partition(": ")
        if of != self._of:
            self._line()
            self._of = of
        if report.skipped:
            self.skipped += 1
            reason = report.longrepr[2].removeprefix("Skipped: ")
            self._skipped[reason] = self._skipped.get(reason, 0) + 1
            return
        self.ran += 1
        self._mine += 1
        if report.failed:
            self.failed += 1
            self._failures.setdefault(self._told(report), []).append(says)

    def pytest_itemcollected(self, item: Any) -> None:
        """Give every check its name, which pytest escapes in its own."""
        check = item.callspec.params.get("check") if hasattr(item, "callspec") else None
        if hasattr(check, "says"):
            item.user_properties.append(("check", str(check)))

    def end(self, whole: str) -> str:
        """Print the last line of a type, and return that of the plugin."""
        self._line()
        became = f"{self.failed} of them failed" if self.failed else "in order"
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{whole}: {_checks(self.ran)}{skipped}, {became}"

    def _line(self) -> None:
        if not self._of:
            return
        skipped = sum(self._skipped.values())
        number = sum(map(len, self._failures.values()))
        failed = f", {number} failed" if number else ""
        say(f"{self._of}: {_checks(self._mine)}{f', {skipped} skipped' if skipped else ''}{failed}", file=self._out)
        for reason, number in self._skipped.items():
            say(f"    {number} skipped: {reason}", file=self._out)
        for told, (first, *others) in self._failures.items():
            more = f", and {len(others)} more for the same reason" if others else ""
            say(f"    failed: {first}{more}\n{told}", file=self._out)
        self._mine, self._skipped, self._failures = 0, {}, {}

    def _told(self, report: Any) -> str:
        crash = getattr(report.longrepr, "reprcrash", None)
        if self._tracebacks or crash is None:
            return "\n".join(f"        {line}" for line in str(report.longrepr).splitlines())
        lines = crash.message.splitlines()
        more = [f"... {len(lines) - _LONGEST} more lines: --tracebacks"] if len(lines) > _LONGEST else []
        return "\n".join(f"        {line}" for line in (*lines[:_LONGEST], *more))


def _checks(number: int) -> str:
    return f"{number} check{'s' * (number != 1)}"
