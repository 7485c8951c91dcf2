"""Conformance suites: a plugin's author subclasses the one for its kind of type and has its tests."""

import pytest

# So that a failing assert shows its values, as in a test module.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{room}"
        for room in (
            "algorithms",
            "converters",
            "early_stopping",
            "evaluators",
            "executors",
            "modules",
            "plugins",
            "spaces",
        )
    )
)

from fgspace.testing.algorithms import AlgorithmSuite as AlgorithmSuite
from fgspace.testing.converters import ConverterSuite as ConverterSuite
from fgspace.testing.early_stopping import EarlyStoppingSuite as EarlyStoppingSuite
from fgspace.testing.evaluators import EvaluatorSuite as EvaluatorSuite
from fgspace.testing.executors import ExecutorSuite as ExecutorSuite
from fgspace.testing.executors import WorkersSuite as WorkersSuite
from fgspace.testing.modules import ModuleSuite as ModuleSuite
from fgspace.testing.plugins import PluginSuite as PluginSuite
from fgspace.testing.spaces import SpaceSuite as SpaceSuite
