"""The conformance suite of plugins: their types can be used, and listing them is cheap."""

import subprocess
import sys

import pytest

from fgspace.plugins.hookspecs import KIND_WORDS
from fgspace.plugins.registry import Registry, Type, load_registry

_HEAVY = ("torch", "numpy", "scipy", "pandas", "tensorflow")
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

    @pytest.fixture(scope="class")
    @classmethod
    def registry(cls) -> Registry:
        """Load the installed plugins, once for the class."""
        if not cls.name:
            raise NotImplementedError("name is the name of the plugin's entry point")
        return load_registry()

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

    def test_loading_it_imports_nothing_heavy(self) -> None:
        """`fgspace list` stays fast while it is installed."""
        program = _REPORT.format(name=self.name, heavy=_HEAVY)
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout.split() == []

    def _types(self, registry: Registry) -> list[Type]:
        return [found for found in registry.types if found.plugin == self.name]
