"""fgspace: describe networks by fine-grained blocks, declare any parameter searchable, search with any algorithm."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fgspace.errors import DescriptionError, FgspaceError
from fgspace.plugins.hookspecs import Fit, Provided, SearchTask, hookimpl
from fgspace.plugins.versions import __version__

if TYPE_CHECKING:  # the same for type checkers and editors, which do not run what is below
    from fgspace.api import build as build
    from fgspace.api import check as check
    from fgspace.api import compress as compress
    from fgspace.api import reference as reference
    from fgspace.api import space as space
    from fgspace.api import split_processes as split_processes
    from fgspace.api import untrained as untrained
    from fgspace.config.converter import ConversionNote as ConversionNote
    from fgspace.config.converter import Converted as Converted
    from fgspace.config.converter import Converter as Converter
    from fgspace.config.converter import ForeignFile as ForeignFile
    from fgspace.config.converter import WrittenStudy as WrittenStudy
    from fgspace.config.expected import expected as expected
    from fgspace.config.settings import LONGEST_SECONDS as LONGEST_SECONDS
    from fgspace.documents.digest import digest as digest
    from fgspace.network import trace as trace
    from fgspace.network.costs import Cost as Cost
    from fgspace.network.costs import Layer as Layer
    from fgspace.network.costs import PartError as PartError
    from fgspace.network.costs import Shape as Shape
    from fgspace.network.count.counted import CostType as CostType
    from fgspace.network.count.counted import CountedNetwork as CountedNetwork
    from fgspace.network.count.graph import Graph as Graph
    from fgspace.network.count.graph import Step as Step
    from fgspace.network.expected import Expected as Expected
    from fgspace.network.expected import Preprocessing as Preprocessing
    from fgspace.network.parts import nn as nn
    from fgspace.network.parts.combinators import Add as Add
    from fgspace.network.parts.combinators import Append as Append
    from fgspace.network.parts.combinators import Concat as Concat
    from fgspace.network.parts.combinators import Interpolate as Interpolate
    from fgspace.network.parts.combinators import Map as Map
    from fgspace.network.parts.combinators import Merge as Merge
    from fgspace.network.parts.combinators import Multiply as Multiply
    from fgspace.network.parts.combinators import Repeat as Repeat
    from fgspace.network.parts.combinators import Sequential as Sequential
    from fgspace.network.parts.combinators import Tuple as Tuple
    from fgspace.network.parts.combinators import View as View
    from fgspace.network.parts.part import FineGrainedSpace as FineGrainedSpace
    from fgspace.network.parts.part import Leaf as Leaf
    from fgspace.network.process import Process as Process
    from fgspace.network.resolve.cost_rules import CostRule as CostRule
    from fgspace.network.resolve.cost_rules import Counted as Counted
    from fgspace.network.weights.load import load_weights as load_weights
    from fgspace.plugins.program import import_modules as import_modules
    from fgspace.plugins.program import register as register
    from fgspace.plugins.registry import Registry as Registry
    from fgspace.runs import plot as plot
    from fgspace.runs.exporter import Exporter as Exporter
    from fgspace.runs.exporter import NetworkFacts as NetworkFacts
    from fgspace.runs.exporter import exporter as exporter
    from fgspace.signatures.markers import DatasetRef as DatasetRef
    from fgspace.signatures.markers import Holds as Holds
    from fgspace.signatures.markers import InWidth as InWidth
    from fgspace.signatures.markers import ModuleRef as ModuleRef
    from fgspace.signatures.markers import OutWidth as OutWidth
    from fgspace.signatures.markers import Reference as Reference
    from fgspace.signatures.markers import Searched as Searched
    from fgspace.spaces import halvings as halvings
    from fgspace.spaces.checking import Checked as Checked
    from fgspace.spaces.domains import Choice as Choice
    from fgspace.spaces.domains import Domain as Domain
    from fgspace.spaces.domains import Float as Float
    from fgspace.spaces.domains import Int as Int
    from fgspace.spaces.domains import Tokens as Tokens
    from fgspace.spaces.domains import Vector as Vector
    from fgspace.spaces.domains import bits as bits
    from fgspace.spaces.python_spaces import DescribedSpace as DescribedSpace
    from fgspace.spaces.python_spaces import TokenSpace as TokenSpace
    from fgspace.spaces.sharing import Bank as Bank
    from fgspace.spaces.space import Description as Description
    from fgspace.spaces.space import Point as Point
    from fgspace.spaces.space import Space as Space
    from fgspace.study.algorithms.algorithm import Algorithm as Algorithm
    from fgspace.study.algorithms.algorithm import Exhausted as Exhausted
    from fgspace.study.dataset import Dataset as Dataset
    from fgspace.study.early_stopping.comparison import Comparison as Comparison
    from fgspace.study.early_stopping.rule import Check as Check
    from fgspace.study.early_stopping.rule import EarlyStopping as EarlyStopping
    from fgspace.study.evaluator import Evaluator as Evaluator
    from fgspace.study.executors.call_outcome import CallOutcome as CallOutcome
    from fgspace.study.executors.call_outcome import refusal as refusal
    from fgspace.study.executors.call_outcome import value_of as value_of
    from fgspace.study.executors.executor import Executor as Executor
    from fgspace.study.executors.executor import ExecutorError as ExecutorError
    from fgspace.study.executors.executor import SerialExecutor as SerialExecutor
    from fgspace.study.executors.processes import ProcessExecutor as ProcessExecutor
    from fgspace.study.failure import TrialError as TrialError
    from fgspace.study.front import Values as Values
    from fgspace.study.front import dominates as dominates
    from fgspace.study.front import non_dominated as non_dominated
    from fgspace.study.measuring.measurement import Measurement as Measurement
    from fgspace.study.measuring.measurement import Sample as Sample
    from fgspace.study.objectives import Objectives as Objectives
    from fgspace.study.observers.observer import Observer as Observer
    from fgspace.study.observers.observer import StudyFacts as StudyFacts
    from fgspace.study.progress.progress import progress as progress
    from fgspace.study.results import Results as Results
    from fgspace.study.study import Study as Study
    from fgspace.study.trial import Curve as Curve
    from fgspace.study.trial import Metrics as Metrics
    from fgspace.study.trial import Report as Report
    from fgspace.study.trial import Trial as Trial

# Module → the public names that are imported from it when one of them is first used: `import fgspace` stays light.
_NAMES = {
    "api": "build check compress reference space split_processes untrained",
    "config.converter": "ConversionNote Converted Converter ForeignFile WrittenStudy",
    "config.expected": "expected",
    "config.settings": "LONGEST_SECONDS",
    "documents.digest": "digest",
    "network.costs": "Cost Layer PartError Shape",
    "network.parts.combinators": "Add Append Concat Interpolate Map Merge Multiply Repeat Sequential Tuple View",
    "network.parts.part": "FineGrainedSpace Leaf",
    "network.expected": "Expected Preprocessing",
    "network.count.counted": "CostType CountedNetwork",
    "network.count.graph": "Graph Step",
    "network.process": "Process",
    "network.resolve.cost_rules": "CostRule Counted",
    "network.weights.load": "load_weights",
    "plugins.program": "import_modules register",
    "plugins.registry": "Registry",
    "runs.exporter": "Exporter NetworkFacts exporter",
    "signatures.markers": "DatasetRef Holds InWidth ModuleRef OutWidth Reference Searched",
    "spaces.checking": "Checked",
    "spaces.domains": "Choice Domain Float Int Tokens Vector bits",
    "spaces.python_spaces": "DescribedSpace TokenSpace",
    "spaces.sharing": "Bank",
    "spaces.space": "Description Point Space",
    "study.algorithms.algorithm": "Algorithm Exhausted",
    "study.dataset": "Dataset",
    "study.early_stopping.comparison": "Comparison",
    "study.early_stopping.rule": "Check EarlyStopping",
    "study.evaluator": "Evaluator",
    "study.front": "Values dominates non_dominated",
    "study.executors.call_outcome": "CallOutcome refusal value_of",
    "study.executors.executor": "Executor ExecutorError SerialExecutor",
    "study.executors.processes": "ProcessExecutor",
    "study.objectives": "Objectives",
    "study.failure": "TrialError",
    "study.measuring.measurement": "Measurement Sample",
    "study.observers.observer": "Observer StudyFacts",
    "study.progress.progress": "progress",
    "study.results": "Results",
    "study.study": "Study",
    "study.trial": "Curve Metrics Report Trial",
}
_MODULES = {
    "plot": "runs.plot",
    "halvings": "spaces.halvings",
    "nn": "network.parts.nn",
    "trace": "network.trace",
}
"""Public module → where it stands. Besides these, `fgspace.errors` and `fgspace.testing` are public."""
_LAZY = {name: f"fgspace.{module}" for module, names in _NAMES.items() for name in names.split()}

__all__ = [
    "DescriptionError",
    "FgspaceError",
    "Fit",
    "Provided",
    "SearchTask",
    "__version__",
    "hookimpl",
    *sorted({*_LAZY, *_MODULES}),
]


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # so that a name that is not there is an error to a type checker

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f"fgspace.{_MODULES[name]}")
        if name not in _LAZY:
            raise AttributeError(f"module 'fgspace' has no attribute {name!r}")
        return getattr(import_module(_LAZY[name]), name)
