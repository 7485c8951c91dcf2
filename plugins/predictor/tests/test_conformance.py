"""Predictor keeps the contract of every algorithm, and the plugin that of every plugin."""

from fgspace.testing import AlgorithmSuite, PluginSuite
from fgspace_predictor.predictor import Predictor


class TestPredictor(AlgorithmSuite):
    def make(self, space, objectives, seed, **options):
        return Predictor(space, objectives, seed=seed, **options)


class TestPlugin(PluginSuite):
    name = "predictor"
