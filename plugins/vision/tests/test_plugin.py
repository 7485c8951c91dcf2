"""What the plugin provides: names, and targets that are there."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
from fgspace_vision.plugin import fgspace_provide_datasets, fgspace_provide_evaluators

PROVIDED = [*fgspace_provide_evaluators(), *fgspace_provide_datasets()]


def test_it_provides_the_evaluator_and_the_data_sets():
    names = [provided.name for provided in PROVIDED]
    assert names == [
        "ImageClassification",
        "CompressedClassification",
        "Digits",
        "Cifar10",
        "Cifar100",
        "Idx",
        "ImageFolder",
        "Npz",
    ]


@pytest.mark.parametrize("provided", PROVIDED, ids=lambda provided: provided.name)
def test_a_target_is_there_and_documented(provided):
    module, _, attribute = provided.target.partition(":")
    target = getattr(import_module(module), attribute)
    assert inspect.getdoc(target)
    assert target.__name__ == provided.name


def test_loading_it_imports_nothing_heavy():
    code = (
        "import sys, fgspace_vision.plugin; "
        "print([n for n in ('torch', 'numpy', 'sklearn', 'PIL', 'lightning_fabric') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
