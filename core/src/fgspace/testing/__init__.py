"""Conformance suites: a plugin's author subclasses the one for its kind of type and has its tests."""

from fgspace.testing.algorithms import AlgorithmSuite as AlgorithmSuite
from fgspace.testing.evaluators import EvaluatorSuite as EvaluatorSuite
