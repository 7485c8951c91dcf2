"""The conformance suite of plugins: their types can be used, and listing them is cheap."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata, requires
from typing import Any, Self

import pytest

from fgspace.plugins.examination.weight import HEAVY
from fgspace.plugins.hookspecs import KIND_WORDS
from fgspace.plugins.loading import PROGRAM, PluginRecord
from fgspace.plugins.registry import Registry, Type, load_registry
from fgspace.signatures.parameters import parameters
from fgspace.signatures.schemas import schema_of
from fgspace.testing.kit.checks import only_if

_REPORT = """
import sys
from importlib_metadata import entry_points
(entry,) = entry_points(group="fgspace", name={name!r})
entry.load()
print(*[heavy for heavy in {heavy!r} if heavy in sys.modules])
"""


class PluginSuite:
    """What every plugin must do: subclass it in a test module, with `name`, and install the plugin first.

        class TestMyPlugin(PluginSuite):
            name = "acme"

    Attributes:
        name: the name of its entry point.
    """

    name = ""
    known: Registry | None = None

    @classmethod
    def of(cls, name: str, registry: Registry) -> Self:
        """Return the suite of a plugin."""
        suite = cls()
        suite.name, suite.known = name, registry
        return suite

    def given(self, name: str) -> Any:
        """Return what the tests call `registry`."""
        return self.known

    @property
    def is_installed(self) -> bool:
        """Whether it comes in a distribution."""
        return self.name != PROGRAM

    @pytest.fixture(scope="class")
    @classmethod
    def registry(cls) -> Registry:
        """Load the installed plugins, once for the class."""
        if not cls.name:
            raise NotImplementedError("name is the name of the plugin's entry point")
        return load_registry()

    @only_if("is_installed", "it is no package")
    def test_it_is_in_order(self, registry: Registry) -> None:
        """It is found and loaded without an error."""
        found = {record.name: (record.state, record.cause) for record in registry.plugins}
        assert found.get(self.name) == ("ok", ""), f"{self.name!r} is not among {sorted(found)}: is it installed?"

    def test_it_provides_something(self, registry: Registry) -> None:
        """It provides at least one type."""
        assert self._types(registry)

    def test_each_of_its_types_can_be_imported_and_is_documented(self, registry: Registry) -> None:
        """Every target can be imported, and has a summary of one line and a docstring."""
        for found in self._types(registry):
            what = f"{KIND_WORDS[found.kind]} {found.name!r}"
            assert callable(found.load()), what
            assert found.summary, f"{what} has no summary"
            assert "\n" not in found.summary, f"the summary of {what} is longer than a line"
            assert (found.load().__doc__ or "").strip(), f"{what} has no docstring"

    def test_the_parameters_of_each_of_its_types_can_be_read(self, registry: Registry) -> None:
        """The signature is the schema: `fgspace show` prints it, and files are checked by it."""
        for found in self._types(registry):
            parameters(schema_of(found))

    @only_if("is_installed", "it is no package")
    def test_its_package_says_what_it_is(self, registry: Registry) -> None:
        """It has a version and a summary, and takes every fgspace from some version on."""
        record = self._record(registry)
        try:
            about = metadata(record.distribution)
        except PackageNotFoundError:
            raise AssertionError(f"{record.distribution} has no metadata that can be read: install it") from None
        assert record.version, f"{record.distribution} has no version"
        assert about["Summary"], f"{record.distribution} has no description"
        needs = [need for need in requires(record.distribution) or () if need.replace(" ", "").startswith("fgspace>")]
        assert needs, f"{record.distribution} does not require fgspace: write dependencies = ['fgspace>=0.1.0']"
        assert "<" not in needs[0], f"{record.distribution} requires {needs[0]}: leave the upper bound out"

    @only_if("is_installed", "it is no package")
    def test_loading_it_imports_nothing_heavy(self) -> None:
        """`fgspace list` stays fast while it is installed."""
        program = _REPORT.format(name=self.name, heavy=HEAVY)
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout.split() == []

    def _record(self, registry: Registry) -> PluginRecord:
        return next(record for record in registry.plugins if record.name == self.name)

    def _types(self, registry: Registry) -> list[Type]:
        return [found for found in registry.types if found.plugin == self.name]
