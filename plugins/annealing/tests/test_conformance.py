"""SimulatedAnnealing keeps the contract of every algorithm, and the plugin that of every plugin."""

from fgspace.testing import AlgorithmSuite, PluginSuite
from fgspace_annealing.annealing import SimulatedAnnealing


class TestSimulatedAnnealing(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return SimulatedAnnealing(space, objectives, seed=seed, **options)


class TestPlugin(PluginSuite):
    name = "annealing"
