"""The conformance suite of evaluators, run on one without training."""

import sys
from importlib import import_module
from pathlib import Path

from fgspace.testing import EvaluatorSuite

sys.path.insert(0, str(Path(__file__).parent))
programs = import_module("search_programs")


class TestClimber(EvaluatorSuite):
    """An evaluator that reports."""

    def make(self, seed, folder):
        return programs.Climber(seed=seed, folder=folder)

    def description(self):
        return {"type": "ReLU"}


class TestTable(EvaluatorSuite):
    def make(self, seed, folder):
        return programs.Table(seed=seed, folder=folder)

    def description(self):
        return {"type": "ReLU"}
