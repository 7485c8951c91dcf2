"""Conformance suites: a plugin's author takes them all in one call, or subclasses the one for a kind of type."""

from pathlib import Path

import pytest

# So that a failing assert shows its values, as in a test module.
pytest.register_assert_rewrite(
    *(f"{__name__}.{suite.stem}" for suite in Path(__file__).parent.glob("[a-z]*.py")), f"{__name__}.kit"
)

from fgspace.testing.algorithms import AlgorithmSuite as AlgorithmSuite
from fgspace.testing.converters import ConverterSuite as ConverterSuite
from fgspace.testing.cost_rules import CostRuleSuite as CostRuleSuite
from fgspace.testing.costs import CostSuite as CostSuite
from fgspace.testing.costs import MeasurementSuite as MeasurementSuite
from fgspace.testing.datasets import DatasetSuite as DatasetSuite
from fgspace.testing.early_stopping import EarlyStoppingSuite as EarlyStoppingSuite
from fgspace.testing.evaluators import EvaluatorSuite as EvaluatorSuite
from fgspace.testing.evaluators import TrainingSuite as TrainingSuite
from fgspace.testing.executors import ExecutorSuite as ExecutorSuite
from fgspace.testing.executors import WorkersSuite as WorkersSuite
from fgspace.testing.exporters import ExporterSuite as ExporterSuite
from fgspace.testing.kit.conformance import conformance as conformance
from fgspace.testing.modules import ModuleSuite as ModuleSuite
from fgspace.testing.observers import ObserverSuite as ObserverSuite
from fgspace.testing.plugins import PluginSuite as PluginSuite
from fgspace.testing.processes import ProcessSuite as ProcessSuite
from fgspace.testing.spaces import SpaceSuite as SpaceSuite
