"""The suite of every kind of type: a new kind has its entry here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, Self

from fgspace.plugins.kinds import PROCESS
from fgspace.plugins.registry import Type
from fgspace.testing.algorithms import AlgorithmSuite
from fgspace.testing.converters import ConverterSuite
from fgspace.testing.cost_rules import CostRuleSuite
from fgspace.testing.costs import CostSuite, MeasurementSuite
from fgspace.testing.datasets import DatasetSuite
from fgspace.testing.early_stopping import EarlyStoppingSuite
from fgspace.testing.evaluators import EvaluatorSuite
from fgspace.testing.executors import ExecutorSuite
from fgspace.testing.exporters import ExporterSuite
from fgspace.testing.kit.examples import Example
from fgspace.testing.modules import ModuleSuite
from fgspace.testing.observers import ObserverSuite
from fgspace.testing.processes import ProcessSuite
from fgspace.testing.spaces import SpaceSuite


class KindSuite(Protocol):
    """The suite of a kind: a class with tests.

    `promises` is the number of checks that it makes of a type at least, for each example; `given(name)` returns what
    a test has as an argument of that name.
    """

    promises: ClassVar[int]

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite that tests a type as an example has it."""

    def given(self, name: str) -> Any:
        """Return what a test gets as the argument of this name."""


SUITES: Mapping[str, type[KindSuite]] = MappingProxyType(
    {
        "module": ModuleSuite,
        PROCESS: ProcessSuite,
        "search_space": SpaceSuite,
        "algorithm": AlgorithmSuite,
        "evaluator": EvaluatorSuite,
        "dataset": DatasetSuite,
        "executor": ExecutorSuite,
        "exporter": ExporterSuite,
        "early_stopping": EarlyStoppingSuite,
        "converter": ConverterSuite,
        "cost": CostSuite,
        "measurement": MeasurementSuite,
        "observer": ObserverSuite,
        "cost_rule": CostRuleSuite,
    }
)
"""Kind → its suite; a process is a module type with a suite of its own."""


def suite_of(found: Type) -> type[KindSuite] | None:
    """Return the suite of the kind of a type, None where the kind has none."""
    return SUITES.get(PROCESS if PROCESS in found.tags else found.kind)
