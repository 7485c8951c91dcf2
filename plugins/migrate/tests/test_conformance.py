"""The conformance suites: of the plugin, and of its two converters."""

from pathlib import Path

from fgspace.testing import ConverterSuite, PluginSuite
from fgspace_migrate.paddleslim import PaddleSlimConverter
from fgspace_migrate.vega.converter import VegaConverter

FILES = Path(__file__).parent / "files"


class TestPlugin(PluginSuite):
    name = "migrate"


class TestVegaConverter(ConverterSuite):
    converter = VegaConverter
    files = sorted(FILES.glob("vega/*.yml"))


class TestPaddleSlimConverter(ConverterSuite):
    converter = PaddleSlimConverter
    files = sorted(FILES.glob("paddleslim/*.json"))
