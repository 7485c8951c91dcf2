"""What the extras of a plugin would bring: a check that finds it absent is skipped, and says so."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from importlib_metadata import distributions

from fgspace.errors import FgspaceError

_OF_EXTRA = re.compile(r"""([\w.-]+).*;.*\bextra\s*==\s*['"]([^'"]+)""")


def absent_extras(distribution: str) -> frozenset[str]:
    """Return the extras of a distribution of which something is not installed, as pip takes them: "acme[onnx]"."""
    try:
        lines = requires(distribution) or []
    except (PackageNotFoundError, ValueError):
        return frozenset()
    found = [match.groups() for line in lines if (match := _OF_EXTRA.match(line))]
    return frozenset(f"{distribution}[{extra}]" for name, extra in found if not any(distributions(name=name)))


@dataclass(frozen=True)
class UnlessAbsent:
    """A check that is skipped where the type says, by a FgspaceError, which absent extra to install."""

    run: Callable[[Path], None]
    absent: frozenset[str]

    def __call__(self, folder: Path) -> None:
        """Run the check."""
        __tracebackhide__ = True  # pytest shows the check, and not how it was called
        try:
            self.run(folder)
        except FgspaceError as error:
            if any(extra in str(error) for extra in self.absent):
                pytest.skip(str(error))
            raise
