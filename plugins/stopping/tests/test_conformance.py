"""The rules keep the contract of every early stopping rule, and the plugin that of every plugin."""

from fgspace.testing import EarlyStoppingSuite, PluginSuite
from fgspace_stopping.hyperband import Hyperband
from fgspace_stopping.median_stop import MedianStop
from fgspace_stopping.successive_halving import SuccessiveHalving


class TestSuccessiveHalving(EarlyStoppingSuite):
    def make(self, objectives, **options):
        return SuccessiveHalving(objectives, **options)


class TestHyperband(EarlyStoppingSuite):
    def make(self, objectives, **options):
        return Hyperband(objectives, max_epochs=9, **options)


class TestMedianStop(EarlyStoppingSuite):
    def make(self, objectives, **options):
        return MedianStop(objectives, **options)


class TestPlugin(PluginSuite):
    name = "stopping"
